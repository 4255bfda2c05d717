"""``scripts/faults``: attack a real system, and show what is left of it."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from tests.broker.faults.attack import attack
from tests.broker.faults.protections import PROTECTIONS
from tests.broker.faults.registry import FAULTS, MISSED_IN
from tests.broker.faults.report import Row, as_expected, table, write_document
from tests.broker.faults.run import Options
from tests.broker.faults.soak import soak

from playhead.lab.kafka import EmbeddedBroker

HOME = Path(".playhead")
WIDE = 170
EAGER = {"log.cleaner.backoff.ms": "500"}
"""Compaction comes within a second, not fifteen."""
out, err = Console(highlight=False, width=WIDE), Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> int:
    """Run what was asked for; 0 when nothing was lost, doubled or wrong."""
    asked = _arguments()
    HOME.mkdir(exist_ok=True)
    if asked.list:
        for name, fault in FAULTS.items():
            out.print(f"{name:36}{(fault.__doc__ or '').splitlines()[0]}")
        return 0
    if asked.soak:
        return _soak(asked)
    rows = [row for file in asked.rows for row in json.loads(file.read_text())] or _run(asked)
    out.print(table(rows))
    if asked.write_docs:
        write_document(rows)
    return 0 if all(as_expected(row) for row in rows) else 1


def _run(asked: argparse.Namespace) -> list[Row]:
    planned = list(_planned(asked))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=HOME, prefix="faults-") as folder:
        for number, (name, options) in enumerate(planned, 1):
            lacking = f", without {options.without}" if options.without else ""
            err.print(f"{number}/{len(planned)} {name}{lacking}, seed {options.seed} …", end=" ")
            rows.append(_row(name, Path(folder) / str(number), options))
            err.print("right" if rows[-1]["right"] else f"WRONG {rows[-1]['why']}", markup=False)
            if asked.json:
                asked.json.write_text(json.dumps(rows, indent=2) + "\n")
    return rows


def _soak(asked: argparse.Namespace) -> int:
    with (
        tempfile.TemporaryDirectory(dir=HOME, prefix="soak-") as folder,
        EmbeddedBroker(home=HOME, data=Path(folder) / "kafka") as broker,
    ):
        options = Options(asked.first_seed, asked.rate)
        soaked = soak(broker, Path(folder) / "run", options, asked.soak, err.print)
    for each in soaked.growth:
        out.print(f"{each.name:16} {each.megabytes:8,.0f} MB  {each.percent_an_hour:+8.1f} % an hour")
    out.print(f"{soaked.sent:,} events in {soaked.minutes:.1f} min")
    out.print(
        f"lag {soaked.lag_first:,.0f} in the first half after the warm-up, {soaked.lag_last:,.0f} in the second"
    )
    if asked.json:
        asked.json.write_text(
            json.dumps({**soaked._asdict(), "growth": [each._asdict() for each in soaked.growth]})
        )
    return 0


def _planned(asked: argparse.Namespace) -> Iterator[tuple[str, Options]]:
    """Each run: faults that must leave no trace, and faults that must when a protection is taken out."""
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        options = Options(seed, asked.rate, asked.quick, "", asked.partitions, asked.shards)
        if asked.without:
            for protection in PROTECTIONS if "all" in asked.without else asked.without:
                yield MISSED_IN[protection], replace(options, without=protection)
        else:
            for name in FAULTS:
                if not asked.only or any(_names(part, name) for part in asked.only):
                    yield name, options


def _names(part: str, name: str) -> bool:
    """Whether a fault is meant by a part of its name, or by the whole of it with = before."""
    return part == f"={name}" or part in name


def _row(name: str, folder: Path, options: Options) -> Row:
    began = time.monotonic()
    row: Row = {"fault": name, "seed": options.seed, "runs": 1, "rate": options.rate}
    try:
        with EmbeddedBroker(home=HOME, data=folder / "kafka", settings=EAGER, brief=True) as broker:
            figures, notes = attack(name, broker, folder / "run", options)
        row |= asdict(figures) | {"right": figures.right, "notes": notes}
    except AssertionError as error:
        row |= {"right": False, "why": [str(error)]}
    log = HOME / "logs" / f"faults-{name.replace(' ', '-')}-{options.seed}.log"
    if (workers_log := folder / "run" / "workers.log").exists():
        shutil.copy(workers_log, log)
    shutil.rmtree(folder, ignore_errors=True)
    row["log"] = str(log)
    return row | {"without": options.without, "took_s": round(time.monotonic() - began, 1)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="faults whose name has this (=NAME: is this)",
    )
    parser.add_argument("--list", action="store_true", help="name all faults")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs of each fault")
    parser.add_argument("--first-seed", type=int, default=1, metavar="N")
    parser.add_argument("--rate", type=float, default=1000.0, metavar="N", help="events a second")
    parser.add_argument(
        "--partitions", type=int, metavar="N", help="of the topics keyed by profile, 4 unless given"
    )
    parser.add_argument("--shards", type=int, metavar="N", help="of the models, 4 unless given")
    parser.add_argument("--quick", action="store_true", help="as little as shows the fault")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=["all", *PROTECTIONS],
        help="take a protection out, and show that the fault it is for is not survived",
    )
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="no fault: does memory or lag grow?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="an array of one object a fault and seed")
    parser.add_argument(
        "--rows", type=Path, nargs="+", default=[], metavar="FILE", help="run nothing, show what --json kept"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="put what was run into the table of docs/faults.md"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""``playhead bench``: measures of speed on this machine, beside references."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from playhead.cli.options import HOME, Home, interrupt_once, say, stdout

WIDE = 180
QUICK: dict[str, Any] = {
    "rounds": 1,
    "seconds": 2.0,
    "events": 3_000,
    "titles": 2_000,
    "profiles": 10_000,
    "stored": (10_000, 25_000),
    "growing_profiles": (1_000, 10_000),
    "growing_titles": (1_000, 2_000),
    "acts_of_others": 6,
}
"""Options for a first look, and to see that everything works; the figures are not those of the full measures."""


def bench(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Everything in small, within three minutes; other options count.")
    ] = False,
    only: Annotated[str, typer.Option(help="Measures to take, by name, with commas.", metavar="NAMES")] = "",
    list_: Annotated[bool, typer.Option("--list", help="Name the measures, and end.")] = False,
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Say where the time of a loaded worker goes, instead of measuring."),
    ] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Each measures everything [3].")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Of each latency in each round, beyond a warm-up [20].")
    ] = None,
    events: Annotated[int | None, typer.Option(min=500, help="A backlog of each round [40000].")] = None,
    rate: Annotated[
        float | None, typer.Option(min=1, help="Events a second where latency is measured [200].")
    ] = None,
    titles: Annotated[int | None, typer.Option(min=50, help="Size of the catalogue [10000].")] = None,
    profiles: Annotated[int | None, typer.Option(min=1, help="Simulated viewers [100000].")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same catalogue and events.")] = 1,
    home: Home = HOME,
    json: Annotated[
        Path | None,
        typer.Option(
            "--json", dir_okay=False, help="File to write: an array of one object a row.", metavar="FILE"
        ),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to write plots to.", metavar="FOLDER")
    ] = None,
    write_docs: Annotated[
        bool, typer.Option(help="Put what was found into docs/performance.md of this clone.")
    ] = False,
) -> None:
    """Measure the speed on this machine, beside simpler references; ends with a table.

    It starts an Apache Kafka of its own. The events are those of simulated viewers, made once and kept. Leave
    the machine alone meanwhile.

    Examples:
      playhead bench --list
      playhead bench --quick
      playhead bench --only throughput,freshness --rounds 1
      playhead bench --json bench.json --svg plots
      playhead bench --profile --write-docs
    """
    # One thread of maths, as workers have: before numpy is imported.
    from playhead.process.children import QUIET_MATHS

    os.environ.update(QUIET_MATHS)
    from playhead.domain.errors import Unavailable
    from playhead.lab.bench import plots, profiling, report
    from playhead.lab.bench.measure import BenchOptions
    from playhead.lab.bench.run import run, selected

    names = tuple(name.strip() for name in only.split(",") if name.strip())
    if list_:
        for measure in selected(names):
            stdout.print(f"{measure.name:<12} {measure.about}", markup=False)
        return
    asked = {
        "rounds": rounds,
        "seconds": seconds,
        "events": events,
        "rate": rate,
        "titles": titles,
        "profiles": profiles,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    options = BenchOptions(home=home, seed=seed, only=names, **((QUICK if quick else {}) | given))
    # Lines of a file have no width to keep to.
    console = stdout if stdout.is_terminal else Console(width=WIDE)
    with interrupt_once():
        if profile:
            profiled = profiling.profiled(options, say)
            console.print(profiling.table(profiled))
            if write_docs:
                report.write_section(profiling.MARK, profiling.markdown(profiled))
            return
        measured = run(options, say)
    console.print(report.table(measured))
    if json:
        report.write_json(json, measured)
    if svg:
        plots.write_plots(svg, measured)
    if measured.failed:
        raise Unavailable(
            f"Without figures: {'; '.join(measured.failed)}",
            "The rest is above, and in the files; no docs were written. Take these alone again, with --only.",
        )
    if write_docs:
        report.write_document(measured)
        plots.write_plots(report.PLOTS, measured)

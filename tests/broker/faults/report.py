"""Rows of figures for eyes and for the documentation."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.table import Table

Row = dict[str, Any]
"""What ``--json`` keeps of a run."""
DOCUMENT = Path("docs/faults.md")
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEADS = {
    "fault": "fault",
    "without": "without",
    "runs": "runs",
    "sent": "sent",
    "applied": "applied",
    "lost": "lost",
    "state_duplicated": "state duplicated",
    "examples_duplicated": "examples duplicated",
    "rankings_wrong": "rankings wrong",
    "output_duplicated": "output duplicated",
    "dead_lettered": "dead-lettered",
    "largest_staleness_s": "staleness s",
    "seconds_to_recover": "recover s",
    "verdict": "verdict",
}
ADDED = (
    "runs",
    "sent",
    "applied",
    "lost",
    "state_duplicated",
    "examples_duplicated",
    "rankings_wrong",
    "output_duplicated",
    "dead_lettered",
)
TOP = (
    "| " + " | ".join(HEADS.values()) + " |",
    "| --- | --- |" + " ---: |" * (len(HEADS) - 3) + " --- |",
)
"""How a table begins."""
LARGEST = ("largest_staleness_s", "seconds_to_recover")


def as_expected(row: Row) -> bool:
    """Whether a run left no trace, or did where a protection was taken out."""
    return bool(row["right"]) is not bool(row["without"])


def table(rows: list[Row]) -> Table:
    """For a terminal, a line a run."""
    shown = Table(title="Playhead faults")
    for name, head in HEADS.items():
        shown.add_column(head, justify="left" if name in {"fault", "without", "verdict"} else "right")
    for row in rows:
        shown.add_row(*_cells(_joined([row])), style=None if as_expected(row) else "red")
    return shown


def markdown(rows: list[Row]) -> list[str]:
    """For the documentation, a line a fault: sums of its runs, the largest of its times."""
    runs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        runs[row["fault"], row["without"]].append(row)
    return ["| " + " | ".join(_cells(_joined(each))) + " |" for each in runs.values()]


def write_document(rows: list[Row]) -> None:
    """Put the lines between the markers of the page, in the place of those of the same faults; others stay."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    known, _, after = rest.partition(END)
    lines = {_named(line): line for line in [*known.strip().splitlines()[2:], *markdown(rows)]}
    text = "\n".join([*TOP, *lines.values()])
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _named(line: str) -> tuple[str, ...]:
    """The fault of a line, and what it is without."""
    return tuple(cell.strip() for cell in line.split("|")[1:3])


def _joined(rows: list[Row]) -> Row:
    finished = [row for row in rows if "sent" in row]
    joined: Row = {name: sum(row[name] for row in finished) for name in ADDED} if finished else {}
    joined |= {name: max(row[name] for row in finished) for name in LARGEST} if finished else {}
    right = all(row["right"] for row in rows)
    expected = all(as_expected(row) for row in rows)
    verdict = (
        ("missed" if rows[0]["without"] else "right") if expected else ("NOT MISSED" if right else "WRONG")
    )
    return {"fault": rows[0]["fault"], "without": rows[0]["without"], "verdict": verdict, **joined}


def _cells(row: Row) -> list[str]:
    return [_cell(row.get(name, "–")) for name in HEADS]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

"""The results as a table, as JSON, and as Markdown for the documentation."""

from pathlib import Path

import orjson
from rich.table import Table

from playhead.domain.errors import Unavailable
from playhead.lab.bench.figures import BenchRow
from playhead.lab.bench.machine import Machine
from playhead.lab.bench.run import BenchReport

BENCH = "bench"
"""Marks the table in the documentation."""
HEADS = ("measure", "value", "range", "reference", "ratio", "bar", "holds")
DOCUMENT = Path("docs/performance.md")
PLOTS = Path("docs/images")


def table(report: BenchReport) -> Table:
    """The results as a table for a terminal."""
    shown = Table(title="Playhead bench", caption=str(report.machine))
    for head in HEADS:
        shown.add_column(head, justify="left" if head in {"measure", "holds"} else "right")
    for each in report.rows:
        style = "red" if each.holds is False else None
        shown.add_row(*cells(each), style=style)
    return shown


def cells(row: BenchRow) -> tuple[str, ...]:
    """A row as texts, one for each of ``HEADS``.

    >>> cells(BenchRow("speed", 9000.4, "events/s", 8800.0, 9100.0, 4000.0, "bare", 2.25, "> 1 ×", True))
    ('speed', '9,000 events/s', '8,800 – 9,100', '4,000 (bare)', '2.25 ×', '> 1 ×', 'yes')
    """
    reference = "" if row.reference is None else f"{_number(row.reference)} ({row.reference_name})"
    return (
        row.measure,
        f"{_number(row.value)} {row.unit}",
        f"{_number(row.low)} – {_number(row.high)}",
        reference,
        "" if row.ratio is None else f"{row.ratio:.2f} ×",
        row.bar or "",
        "" if row.holds is None else "yes" if row.holds else "NO",
    )


def write_json(path: Path, report: BenchReport) -> None:
    """One JSON object a measure, in an array."""
    rows = [each.as_dict() for each in report.rows]
    path.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def markdown(report: BenchReport) -> str:
    """The results as Markdown: table, machine, and how much was measured."""
    options = report.options
    lines = ["| " + " | ".join(HEADS) + " |", "| --- |" + " ---: |" * 5 + " --- |"]
    lines += ["| " + " | ".join(cells(each)) + " |" for each in report.rows]
    measured = (
        f"Medians and ranges of {options.rounds} rounds: a backlog of {options.events:,} events each, "
        f"{options.seconds:g} s of each latency, {options.profiles:,} profiles with a past, {options.titles:,} titles. "
        f"On: {report.machine}.{_disturbed(report.machine)}"
    )
    lines += ["", measured]
    return "\n".join(lines)


def inserted(document: str, mark: str, text: str) -> str:
    r"""The document with ``text`` between the markers of that name.

    >>> inserted("a <!-- x: begin --> old <!-- x: end --> z", "x", "new").split("\n")
    ['a <!-- x: begin -->', 'new', '<!-- x: end --> z']

    Raises:
        Unavailable: it has no such markers.
    """
    first, last = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, begin, rest = document.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise Unavailable(f"The document has no {first} … {last}.", "Put both where it belongs.")
    return f"{before}{first}\n{text}\n{last}{after}"


def write_section(mark: str, text: str) -> None:
    """Replaces a section of the documentation of the clone that this is run in.

    Raises:
        Unavailable: there is no such document here.
    """
    if not DOCUMENT.is_file():
        raise Unavailable(f"There is no {DOCUMENT} here.", "Run it in the root of a clone.")
    DOCUMENT.write_text(inserted(DOCUMENT.read_text(), mark, text))


def write_document(report: BenchReport) -> None:
    """Put the newest table into the documentation.

    Raises:
        Unavailable: there is no such document here.
    """
    write_section(BENCH, markdown(report))


def _disturbed(machine: Machine) -> str:
    return "" if machine.quiet else " Others were at work on it."


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"

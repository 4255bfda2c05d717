"""A result for the documentation: a section for each log, made anew when the log is measured again."""

from pathlib import Path
from typing import Any

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.metrics import METRICS
from playhead.lab.evaluate.tables import caption, number, predicted

DOCUMENT = Path("docs/quality.md")


def write_document(name: str, result: dict[str, Any], machine: str, date: str) -> None:
    """Puts a result into the documentation of the clone that this is run in; ``name`` is that of the log's file.

    Raises:
        Unavailable: there is no such document here.
    """
    if not DOCUMENT.is_file():
        raise Unavailable(f"There is no {DOCUMENT} here.", "Run it in the root of a clone.")
    DOCUMENT.write_text(inserted(DOCUMENT.read_text(), name, markdown(name, result, machine, date)))


def inserted(document: str, name: str, text: str) -> str:
    r"""The document with the section of that name replaced, or put at its end.

    >>> once = inserted("# Quality\n", "log", "old")
    >>> inserted(once, "log", "new").split("\n")
    ['# Quality', '', '<!-- evaluate log: begin -->', 'new', '<!-- evaluate log: end -->', '']
    """
    begin, end = f"<!-- evaluate {name}: begin -->", f"<!-- evaluate {name}: end -->"
    section = f"{begin}\n{text}\n{end}"
    before, marker, rest = document.partition(begin)
    if not marker:
        return f"{document.rstrip()}\n\n{section}\n"
    _, _, after = rest.partition(end)
    return f"{before}{section}{after}"


def markdown(name: str, result: dict[str, Any], machine: str, date: str) -> str:
    """The section: what was measured, a table for each kind of consumption, the heads."""
    log = result["log"]
    size = f"{log['events']:,} events of {log['profiles']:,} profiles, {log['titles']:,} titles"
    parts = [f"## {name}", f"{size}. Measured {date} on {machine}."]
    for task, measured in result["tasks"].items():
        parts += [f"### {task}: {measured['meaning']}", _systems(measured), f"{caption(measured)}."]
    if result.get("heads"):
        parts += ["### Heads", _heads(result)]
    return "\n\n".join(parts)


def _systems(task: dict[str, Any]) -> str:
    lines = ["| system | best setting | " + " | ".join(METRICS) + " | ndcg@10, 95 % |"]
    lines.append("| --- | --- |" + " ---: |" * (len(METRICS) + 1))
    for name, system in task["systems"].items():
        overall = system["overall"]
        cells = [number(overall[metric][0]) for metric in METRICS]
        interval = f"{number(overall['ndcg@10'][1])} – {number(overall['ndcg@10'][2])}"
        lines.append(f"| {name} | {system['setting']} | " + " | ".join([*cells, interval]) + " |")
    return "\n".join(lines)


def _heads(result: dict[str, Any]) -> str:
    columns = ("rows", "auc", "log_loss", "ece", "mae_s", "xauc")
    lines = ["| head | part of the log | predicted by | " + " | ".join(columns) + " |"]
    lines.append("| --- | --- | --- |" + " ---: |" * len(columns))
    for head, part, system, metrics in predicted(result):
        cells = [f"{metrics['rows']:,}", *(_figure(metrics.get(each)) for each in columns[1:])]
        lines.append(f"| {head} | {part} | {system} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"

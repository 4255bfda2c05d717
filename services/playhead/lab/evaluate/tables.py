"""A result as tables for a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from playhead.lab.evaluate.compare import MetricDifference
from playhead.lab.evaluate.engines import CORE
from playhead.lab.evaluate.metrics import METRICS, PROFILE_EVIDENCE, TITLE_EVIDENCE
from playhead.lab.evaluate.zero_evidence import Orders


def tables(result: dict[str, Any]) -> Iterator[Table]:
    """Two tables for each kind of consumption, the systems and NDCG@10 by evidence; then the heads."""
    for name, task in result["tasks"].items():
        yield _overall(name, task)
        yield _by_evidence(name, task)
    if result.get("heads"):
        yield _heads(result)


def _overall(name: str, task: dict[str, Any]) -> Table:
    shown = Table(title=f"{name}: {task['meaning']}", caption=caption(task))
    shown.add_column("system")
    shown.add_column("best setting")
    for metric in METRICS:
        shown.add_column(metric, justify="right")
    shown.add_column("ndcg@10, 95 %", justify="right")
    for system, measured in task["systems"].items():
        overall = measured["overall"]
        cells = [number(overall[metric][0]) for metric in METRICS]
        interval = f"{number(overall['ndcg@10'][1])} – {number(overall['ndcg@10'][2])}"
        shown.add_row(system, measured["setting"], *cells, interval)
    return shown


def caption(task: dict[str, Any]) -> str:
    """How many targets were scored, which were not and why, and statistics of the lists."""
    asked = task["scored"] + sum(task["not_scored"].values())
    parts = [f"{task['scored']:,} of {task['consumptions']:,} consumptions scored"]
    parts += [f"{reason}: {count / asked:.1%}" for reason, count in task["not_scored"].items()]
    listed = task["shelf"]
    if listed["coverage"]:
        parts.append(
            f"coverage {listed['coverage']:.1%}, novelty {listed['novelty_bits']:.1f} bits, repeats {listed['repeats']}"
        )
    if fresh := task.get("live_over_frozen"):
        parts.append(
            f"ndcg@10 live / frozen at session start {fresh[0]:.2f} ({fresh[1]:.2f} – {fresh[2]:.2f})"
        )
    if acted := task.get("live_over_frozen_after_acts"):
        ratio, low, high = acted["ratio"]
        share = f"{acted['share']:.1%} of them whose session held an act before the page"
        parts.append(f"the same for the {share} {ratio:.2f} ({low:.2f} – {high:.2f})")
    return "; ".join(parts)


def _by_evidence(name: str, task: dict[str, Any]) -> Table:
    shown = Table(title=f"{name}: ndcg@10 by earlier consumptions of the profile, and of the title")
    shown.add_column("system")
    for bucket in (*PROFILE_EVIDENCE, *TITLE_EVIDENCE):
        shown.add_column(bucket.name, justify="right")
    first = next(iter(task["systems"].values()), None)
    if first:
        shown.add_row("targets", *(f"{each['targets']:,}" for each in _buckets(first)), style="dim")
    for system, measured in task["systems"].items():
        shown.add_row(system, *(number(each["ndcg@10"]) for each in _buckets(measured)))
    return shown


def _buckets(measured: dict[str, Any]) -> list[dict[str, Any]]:
    return [*measured["by_profile_evidence"].values(), *measured["by_title_evidence"].values()]


def predicted(result: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Head, part of the log, predicting system, and its metrics: the core's first, then those of references."""
    systems = {CORE: result["heads"], **result.get("head_references", {})}
    for head, parts in result["heads"].items():
        for part in parts:
            for system, by_head in systems.items():
                if head in by_head:
                    yield head, part.replace("_", " "), system, by_head[head][part]


def _heads(result: dict[str, Any]) -> Table:
    shown = Table(title="Heads: predictions made before the outcome was learned")
    columns = ("rows", "auc", "log_loss", "ece", "mae_s", "xauc")
    for head in ("head", "of the log", "predicted by", *columns):
        shown.add_column(head, justify="right" if head in columns else "left")
    for head, part, system, metrics in predicted(result):
        cells = (number(metrics.get(each)) if each in metrics else "" for each in columns[1:])
        shown.add_row(head, part, system, f"{metrics['rows']:,}", *cells)
    return shown


def untried(orders: Orders, among: str) -> Table:
    """How well each system orders the titles of a set that nobody has chosen."""
    systems = orders.systems(among)
    count = len(orders.columns(among, systems[0])[0])
    shown = Table(
        title=f"First choices of {among}, each among all others that nobody had chosen",
        caption=f"{count:,} choices; {orders.dated_later:,} of titles dated later than the page are left out",
    )
    shown.add_column("put in order by")
    for metric in METRICS:
        shown.add_column(metric, justify="right")
    shown.add_column("ndcg@10, 95 %", justify="right")
    for by in systems:
        estimates = dict(zip(METRICS, orders.measured(among, by), strict=True))
        interval = f"{number(estimates['ndcg@10'].low)} – {number(estimates['ndcg@10'].high)}"
        shown.add_row(by, *(number(estimates[metric].mean) for metric in METRICS), interval)
    return shown


def differences(paired: list[MetricDifference], title: str) -> Table:
    """Paired differences, and whether each is more than chance."""
    shown = Table(title=title)
    for head in ("task", "system", "against", "metric", "against's", "difference", "95 %", "real"):
        shown.add_column(head, justify="left" if head in {"task", "system", "against", "metric"} else "right")
    for each in paired:
        interval = f"{each.low:+.4f} – {each.high:+.4f}"
        cells = (each.metric, number(each.before), f"{each.mean:+.4f}", interval)
        shown.add_row(each.task, each.first, each.second, *cells, "yes" if each.real else "no")
    return shown


def number(value: float | None) -> str:
    """Four places, as the field prints them.

    >>> number(0.04271), number(None)
    ('.0427', '–')
    """
    return "–" if value is None else f"{value:.4f}".removeprefix("0")

"""Plots of a result, as SVG text: learning curves over the log, and the calibration of the heads."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 780, 400, 56, 270, 36, 40
COLOURS = ("#2563eb", "#d97706", "#0d9488", "#be123c", "#7c3aed", "#65a30d", "#0891b2", "#94a3b8")
MOST = len(COLOURS)


class NamedCurve(NamedTuple):
    """A name and its points."""

    name: str
    points: Sequence[tuple[float, float]]


def write_plots(folder: Path, result: dict[str, Any]) -> list[Path]:
    """``learning-TASK.svg`` for each task, ``calibration.svg`` when there are predictions; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {f"learning-{name}.svg": learning(name, task) for name, task in result["tasks"].items()}
    if heads := {name: each for name, each in result.get("heads", {}).items() if "bins" in each["all"]}:
        drawn["calibration.svg"] = calibration(heads)
    for name, text in drawn.items():
        (folder / name).write_text(text)
    return [folder / name for name in drawn]


def learning(name: str, task: dict[str, Any]) -> str:
    """NDCG@10 over the log: the core, and the best of the others."""
    systems = task["systems"]
    order = sorted(systems, key=lambda each: -systems[each]["overall"]["ndcg@10"][0])
    shown = [each for each in systems if each in order[:MOST] or each == next(iter(systems))][:MOST]
    warm_up = 20.0
    curves = []
    for each in sorted(shown, key=order.index):
        values = systems[each]["curve"]
        step = (100.0 - warm_up) / max(len(values), 1)
        points = [(warm_up + step * (at + 0.5), value) for at, value in enumerate(values)]
        curves.append(NamedCurve(each, points))
    return lines(f"{name}: NDCG@10 over the log", "% of the log's consumptions", curves)


def calibration(heads: dict[str, Any]) -> str:
    """Outcome against prediction, a curve a head; the diagonal is the truth."""
    curves = [NamedCurve("as predicted", [(0.0, 0.0), (1.0, 1.0)])]
    for name, each in heads.items():
        curves.append(
            NamedCurve(name, [(predicted, happened) for predicted, happened, _ in each["all"]["bins"]])
        )
    return lines("outcome against prediction", "prediction", curves)


def lines(title: str, below: str, curves: Sequence[NamedCurve]) -> str:
    """Curves over common axes, the vertical one from zero."""
    points = [point for curve in curves for point in curve.points]
    first, last = min((x for x, _ in points), default=0.0), max((x for x, _ in points), default=1.0)
    highest = max((y for _, y in points), default=0.0) or 1.0

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - first) / ((last - first) or 1.0)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / highest

    parts = [_text(10, 22, title, weight="bold"), _text(LEFT, HEIGHT - 8, below)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        height, across = y(share * highest), first + share * (last - first)
        parts.append(
            f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="#e2e8f0" stroke-width="1" fill="none"/>'
        )
        parts.append(_text(LEFT - 6, height + 4, f"{share * highest:.3f}", anchor="end"))
        parts.append(_text(x(across), HEIGHT - 24, f"{across:g}", anchor="middle"))
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in curve.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_text(WIDTH - RIGHT + 8, TOP + 12 + 18 * number, curve.name, colour=colour))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    return "\n".join((head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>\n"))


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#111", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )

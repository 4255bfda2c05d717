"""Plots of a measurement, as SVG text: bars of speeds with their ranges, and the distribution of latencies."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10
from pathlib import Path
from typing import NamedTuple

from playhead.lab.bench.figures import quantile
from playhead.lab.bench.measure import Sample
from playhead.lab.bench.run import BenchReport

WIDTH, ROW, LEFT, RIGHT = 720, 34, 190, 90
HEIGHT, TOP, BOTTOM = 320, 30, 40
COLOURS = ("#2563eb", "#94a3b8", "#0d9488", "#d97706")
SPEEDS = (
    ("the shell alone", "shell", "shell_per_s"),
    ("Quix Streams, the same", "shell", "quix_per_s"),
    ("bare Faust agent", "shell", "bare_per_s"),
    ("the core without Kafka", "shell-cost", "core"),
    ("plain loop, same core", "shell-cost", "plain"),
    ("personalize worker", "throughput", "per_s"),
    ("two personalize workers", "two", "two"),
    ("replay, learning", "replay", "per_s"),
)
"""Name of a bar, the measure and the figure that it shows."""
SHARES = (*(share / 1_000 for share in range(5, 1_000, 5)), 0.999)


class Bars(NamedTuple):
    """One bar: its name, and a value a round."""

    name: str
    values: Sequence[float]


class LatencyCurve(NamedTuple):
    """One curve: its name, and latencies in milliseconds."""

    name: str
    samples_ms: Sequence[float]


def write_plots(folder: Path, report: BenchReport) -> None:
    """Throughput, freshness and growth in that folder, as far as they were measured."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "throughput": throughput(report.samples),
        "freshness": freshness(report.curves, report.options.rate),
        "growth": growth(report.samples),
    }
    for name, svg in made.items():
        if svg is not None:
            (folder / f"bench-{name}.svg").write_text(svg)


def throughput(samples: Mapping[str, Sequence[Sample]]) -> str | None:
    """Workers and what they are compared with."""
    rows = [
        Bars(name, [sample[key] for sample in samples.get(measure, ()) if key in sample])
        for name, measure, key in SPEEDS
    ]
    rows = [each for each in rows if each.values]
    return bars("events/s: median, and the range over the rounds", rows) if rows else None


def freshness(curves_s: Mapping[str, Sequence[float]], rate: float) -> str | None:
    """Acts to rankings, beside the bare round trip."""
    given = [LatencyCurve(name, [1_000 * each for each in some]) for name, some in curves_s.items() if some]
    title = f"share of acts answered within so many milliseconds ({rate:g} events/s where not said)"
    return curves(title, given) if given else None


def growth(samples: Mapping[str, Sequence[Sample]]) -> str | None:
    """What an event costs, for each thing along which it may grow."""
    rounds = samples.get("growth", ())
    if not rounds:
        return None
    rows = []
    for key in rounds[0]:
        dimension, _, size = key.partition("_")
        rows.append(Bars(f"{int(size):,} {dimension}", [sample[key] for sample in rounds]))
    return bars("µs an event in the core and its store", rows)


def bars(title: str, rows: Sequence[Bars]) -> str:
    """Horizontal bars from zero."""
    longest = max(max(each.values) for each in rows)
    scale = (WIDTH - LEFT - RIGHT) / longest
    parts = [_text(10, 20, title, weight="bold")]
    for number, (name, values) in enumerate(rows):
        y = TOP + ROW * number
        middle = quantile(values, 0.5)
        low, high = LEFT + scale * min(values), LEFT + scale * max(values)
        parts += [
            _text(LEFT - 8, y + 17, name, anchor="end"),
            f'<rect x="{LEFT}" y="{y + 4}" width="{scale * middle:.1f}" height="18" fill="{COLOURS[number % len(COLOURS)]}"/>',
            f'<path d="M{low:.1f} {y + 13}H{high:.1f}M{low:.1f} {y + 9}v8M{high:.1f} {y + 9}v8" stroke="#111"/>',
            _text(high + 8, y + 17, f"{middle:,.0f}"),
        ]
    return _svg(TOP + ROW * len(rows) + 10, parts)


def curves(title: str, given: Sequence[LatencyCurve]) -> str:
    """Cumulative distributions over a logarithmic scale of milliseconds."""
    quantiles = [[quantile(curve.samples_ms, share) for share in SHARES] for curve in given]
    lowest, highest = min(each[0] for each in quantiles), max(each[-1] for each in quantiles)
    first, last = log10(max(lowest, 0.01)), log10(max(highest, 1.01 * max(lowest, 0.01)))

    def x(value: float) -> float:
        return 60 + (WIDTH - 90) * (log10(max(value, 0.01)) - first) / (last - first)

    def y(share: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    parts = [_text(10, 20, title, weight="bold")]
    for share in (0.0, 0.5, 0.9, 0.99):
        parts += [_line(60, y(share), WIDTH - 30, y(share)), _text(54, y(share) + 4, f"{share:.0%}", "end")]
    ticks = [value * 10**power for power in range(-2, 5) for value in (1, 2, 5)]
    for tick in (tick for tick in ticks if lowest <= tick <= highest):
        parts += [
            _line(x(tick), TOP, x(tick), HEIGHT - BOTTOM),
            _text(x(tick), HEIGHT - 22, f"{tick:g}", "middle"),
        ]
    for number, (curve, values) in enumerate(zip(given, quantiles, strict=True)):
        points = " ".join(
            f"{x(value):.1f},{y(share):.1f}" for share, value in zip(SHARES, values, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="2"/>'
        )
        parts.append(
            _text(
                70, TOP + 18 + 18 * number, curve.name, colour=COLOURS[number % len(COLOURS)], weight="bold"
            )
        )
    return _svg(HEIGHT, parts)


def _svg(height: float, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" font-family="sans-serif" font-size="13">'
    return "\n".join((head, f'<rect width="{WIDTH}" height="{height:g}" fill="#fff"/>', *parts, "</svg>\n"))


def _text(
    x: float, y: float, text: str, anchor: str = "start", *, colour: str = "#111", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#e2e8f0"/>'

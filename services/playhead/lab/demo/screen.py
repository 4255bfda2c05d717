"""The output of a demonstration: a live display in a terminal, plain lines in a pipe, a table at the end."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from playhead.lab.demo.board import Board, Summary
from playhead.lab.demo.freshness import quantile_ms
from playhead.lab.demo.spotlight import Spotlight, SpotlightPlace

LINE_EVERY_S = 5.0
FRAME_EVERY_S = 0.25


class ProgressScreen(Protocol):
    """Displays progress; never on standard output, which is for results."""

    def say(self, text: str) -> None:
        """Displays one line about what happens now."""

    def show(self, board: Board, spotlight: Spotlight, now_s: float) -> None:
        """Displays the statistics; the screen decides how often it redraws."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PlainScreen:
    """Progress as plain lines, one now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown_s = time.monotonic()

    def say(self, text: str) -> None:
        """Prints the text as a line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, board: Board, spotlight: Spotlight, now_s: float) -> None:  # noqa: ARG002  no room for one viewer
        """Print the figures in one line every few seconds."""
        if now_s - self._shown_s < LINE_EVERY_S:
            return
        self._shown_s = now_s
        self.say("  ".join(f"{name} {value}" for name, value in figures(board, now_s)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class LiveScreen:
    """Progress as a display that is redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._shown_s = 0.0

    def say(self, text: str) -> None:
        """Print above the picture."""
        self._live.console.print(text, markup=False, highlight=False)

    def show(self, board: Board, spotlight: Spotlight, now_s: float) -> None:
        """Draw, a few times a second."""
        if now_s - self._shown_s >= FRAME_EVERY_S:
            self._shown_s = now_s
            self._live.update(picture(board, spotlight, now_s), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def figures(board: Board, now_s: float) -> list[tuple[str, str]]:
    """Names and values of the statistics at the top."""
    events_s, rankings_s = board.rates(now_s)
    latest = board.freshness.latest_s()
    return [
        ("events/s", f"{events_s:,.0f}"),
        ("rankings/s", f"{rankings_s:,.0f}"),
        ("freshness p50", milliseconds(quantile_ms(latest, 0.5))),
        ("p99", milliseconds(quantile_ms(latest, 0.99))),
        ("dead letters", str(board.dead_letters)),
        ("ranked", f"{len(board.active & board.ranked):,} of {len(board.active):,} viewers"),
    ]


def picture(board: Board, spotlight: Spotlight, now_s: float) -> Group:
    """The statistics, and below them the followed viewer."""
    head = Text()
    for name, value in figures(board, now_s):
        head.append(f"{name} ", style="dim").append(f"{value}   ", style="bold")
    top = Table(box=None, expand=True, pad_edge=False)
    for column in ("", "", "Top ten", "score", "why"):
        top.add_column(column, justify="right" if column == "score" else "left")
    for rank, place in enumerate(spotlight.places, 1):
        top.add_row(str(rank), arrow(place), place.name, f"{place.score:.3f}", place.reason)
    deeds = Text(" → ".join(spotlight.deeds), style="italic")
    title = f"{spotlight.profile_id or 'waiting for the first viewer'}, now"
    return Group(Panel(head, title="Playhead"), Panel(Group(deeds, Text(), top), title=title))


def arrow(place: SpotlightPlace) -> Text:
    """Where a title came from.

    >>> [str(arrow(SpotlightPlace("Harbour", 0.5, moved, ""))) for moved in (None, 0, 3, -1)]
    ['new', '', '↑3', '↓1']
    """
    if place.moved is None:
        return Text("new", style="cyan")
    if place.moved == 0:
        return Text("")
    up = place.moved > 0
    return Text(f"{'↑' if up else '↓'}{abs(place.moved)}", style="green" if up else "red")


def milliseconds(value: float | None) -> str:
    """A duration as text."""
    return "none yet" if value is None else f"{value:,.1f} ms"


def summary_table(summary: Summary) -> Table:
    """The statistics at the end."""
    first = summary.seconds_to_first_ranking
    table = Table(title="Playhead demo", show_header=False)
    for name, value in (
        ("Events sent", f"{summary.events:,}"),
        ("Rankings received", f"{summary.rankings:,}"),
        ("Freshness, own act to ranking, p50", milliseconds(summary.freshness_p50_ms)),
        ("Freshness, own act to ranking, p99", milliseconds(summary.freshness_p99_ms)),
        ("Dead letters", f"{summary.dead_letters:,}"),
        ("Viewers who acted", f"{summary.profiles_active:,}"),
        ("… of whom have a ranking", f"{summary.profiles_ranked:,}"),
        ("Start to first ranking", "none came" if first is None else f"{first:.1f} s"),
    ):
        table.add_row(name, value)
    return table

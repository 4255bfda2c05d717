"""What a person sees: figures and a viewer's top ten in a terminal, lines in a pipe, a table at the end."""

import io

import pytest
from rich.console import Console

from playhead.lab.demo import screen
from playhead.lab.demo.board import Board
from playhead.lab.demo.load import Act
from playhead.lab.demo.screen import LiveScreen, PlainScreen, summary_table
from playhead.lab.demo.spotlight import Spotlight, SpotlightPlace


def lit() -> Spotlight:
    spotlight = Spotlight({"t1": "Harbour Lights"})
    spotlight.acted(Act("ana", "page_viewed", None, b""), 0.0)
    spotlight.acted(Act("ana", "title_clicked", "t1", b""), 1.0)
    spotlight.places = (
        SpotlightPlace("Harbour Lights", 0.5, 3, "popular"),
        SpotlightPlace("Cold Alibi", 0.25, None, "fresh"),
    )
    return spotlight


def test_the_terminal_shows_figures_deeds_and_the_top_ten() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    with LiveScreen(console) as live:
        live.show(Board(0.0), lit(), now_s=100.0)
    text = out.getvalue()
    for part in (
        "events/s",
        "freshness p50",
        "ana, now",
        "clicked Harbour Lights",
        "↑3",
        "new",
        "Cold Alibi",
    ):
        assert part in text


def test_a_pipe_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "LINE_EVERY_S", 0.0)
    out = io.StringIO()
    with PlainScreen(Console(file=out, width=40)) as plain:
        plain.show(Board(0.0), lit(), now_s=1e12)
    assert out.getvalue().count("\n") == 1
    assert "dead letters 0" in out.getvalue()


def test_the_table_says_so_when_nothing_came() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(summary_table(Board(0.0).summary()))
    assert "none came" in out.getvalue()

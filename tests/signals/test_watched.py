"""What the history keeps of plays, by example."""

from typing import Any
from zlib import crc32

import pytest
from tests.signals.folded import folded
from tests.timeline import START_MS, event

from playhead.signals.history import HISTORY
from playhead.signals.rows import CHOSEN, GOING, KEPT, Watched


def test_history_is_newest_first_and_adds_up_a_title() -> None:
    history = folded(
        HISTORY,
        event("playback_started", title_id="a", at_s=0, duration_s=100),
        event("playback_progress", title_id="a", at_s=30, watched_s=30, position_s=30),
        event("playback_stopped", title_id="a", at_s=60, watched_s=55),
        event("title_clicked", title_id="b", at_s=70),
        event("playback_started", title_id="a", at_s=80),
    )
    assert [w.title_id for w in history] == ["a", "b"]
    assert history[0].plays == 2
    assert history[0].watched_s == 55
    assert history[0].ratio() == 0.55
    assert history[1].plays == 0


def test_history_keeps_a_hundred() -> None:
    history = folded(
        HISTORY, *(event("playback_completed", title_id=f"t{n}", at_s=n) for n in range(KEPT + 20))
    )
    assert len(history) == KEPT
    assert history[0].title_id == f"t{KEPT + 19}"


@pytest.mark.parametrize("gone", [{"title_id": "a"}, {"event_ids": ["first"]}])
def test_history_removed_is_as_if_it_had_not_happened(gone: dict[str, Any]) -> None:
    b = event("playback_completed", title_id="b", at_s=5)
    a = event("playback_completed", title_id="a", at_s=9, event_id="first")
    assert folded(HISTORY, b, a, event("history_removed", at_s=20, **gone)) == folded(HISTORY, b)


def test_a_skip_is_remembered_as_one_until_the_title_is_played() -> None:
    skipped = folded(HISTORY, event("playback_skipped", title_id="a", watched_s=3))
    assert skipped[0].skipped
    assert not folded(
        HISTORY, event("playback_skipped", title_id="a"), event("playback_started", title_id="a", at_s=9)
    )[0].skipped


def test_history_tells_all_of_a_title() -> None:
    [watched] = folded(
        HISTORY,
        event("playback_started", title_id="a", at_s=1, duration_s=100.9, device="tv", event_id="first"),
        event("playback_progress", title_id="a", at_s=31, watched_s=29.6, position_s=30),
        event("playback_progress", title_id="a", at_s=61, watched_s=29.6, position_s=60, device="web"),
        event("playback_stopped", title_id="a", at_s=50, watched_s=40, duration_s=120.9),
    )
    at_s = START_MS // 1000 + 61  # the stop came late, and ends nothing
    assert watched == Watched(
        "a", at_s, 60, 100, "web", 1, origin=crc32(b"first") % 2**24, state=GOING | CHOSEN
    )


def test_history_takes_what_an_end_tells_of_the_whole_play() -> None:
    progress = event("playback_progress", title_id="a", watched_s=30, position_s=30)
    assert folded(HISTORY, progress)[0].plays == 0
    for type_ in ("playback_stopped", "playback_completed", "playback_skipped"):
        less = folded(HISTORY, progress, event(type_, title_id="a", at_s=20, watched_s=10))[0]
        more = folded(HISTORY, progress, event(type_, title_id="a", at_s=20, watched_s=45.4))[0]
        assert (less.watched_s, more.watched_s) == (30, 45)
        assert less.plays == 1
        assert less.skipped == (type_ == "playback_skipped")
        assert less.completed == (type_ == "playback_completed")
    for type_ in ("playback_completed", "playback_skipped"):
        assert folded(HISTORY, event(type_, title_id="a"))[0].watched_s == 0


def test_history_remembers_an_end_and_a_device_but_not_a_skip() -> None:
    done = event("playback_completed", title_id="a", duration_s=90)
    again = folded(HISTORY, done, event("playback_stopped", title_id="a", at_s=9, watched_s=5))[0]
    assert (again.completed, again.duration_s, again.plays) == (True, 90, 1)
    skip = event("playback_skipped", title_id="a", at_s=1)
    assert folded(HISTORY, skip, event("title_clicked", title_id="a", at_s=2))[0].skipped
    assert not folded(HISTORY, skip, event("playback_stopped", title_id="a", at_s=99, watched_s=1))[0].skipped
    clicked = folded(HISTORY, done, event("title_clicked", title_id="a", at_s=9, device="web"))[0]
    assert (clicked.device, clicked.at_s - START_MS // 1000) == ("web", 9)
    replayed = folded(
        HISTORY, done, event("playback_started", title_id="a", at_s=9, device="web", duration_s=80)
    )
    assert (replayed[0].device, replayed[0].plays, replayed[0].duration_s) == ("web", 2, 80)


def test_the_watch_ratio_needs_a_duration_and_an_end_is_a_whole() -> None:
    assert Watched("a", 0, 30).ratio() == 0.0
    assert Watched("a", 0, 30).ratio(60.0) == 0.5
    assert Watched("a", 0, 30, duration_s=120).ratio(60.0) == 0.25
    assert Watched("a", 0, 30, duration_s=120, completed=True).ratio() == 1.0
    assert Watched("a", 0, 180, duration_s=120, completed=True).ratio() == 1.5


def test_a_title_in_the_middle_of_the_history_moves_to_its_front() -> None:
    plays = [event("playback_completed", title_id=t, at_s=99 * n) for n, t in enumerate("abcb")]
    assert [w.title_id for w in folded(HISTORY, *plays)] == ["b", "c", "a"]
    assert not folded(HISTORY, event("history_removed", title_id="x"))

"""Each signal by example."""

from typing import Any, TypeVar

import pytest
from tests.timeline import event

from playhead.domain.events import AnyEvent
from playhead.signals.browsing import BROWSING
from playhead.signals.exposure import EXPOSURE
from playhead.signals.finished import FINISHED, WIDTH
from playhead.signals.hidden import HIDDEN, Hidden
from playhead.signals.history import HISTORY, KEPT
from playhead.signals.identity import IDENTITY
from playhead.signals.opinions import OPINIONS
from playhead.signals.playback import IDLE, PLAYBACK
from playhead.signals.rhythm import RHYTHM
from playhead.signals.signal import Signal

S = TypeVar("S")


def told(signal: Signal[S], *events: AnyEvent) -> S:
    state = signal.initial
    for one in events:
        state = signal.fold(state, one)
    return state


def test_history_is_newest_first_and_adds_up_a_title() -> None:
    history = told(
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
    history = told(
        HISTORY, *(event("playback_completed", title_id=f"t{n}", at_s=n) for n in range(KEPT + 20))
    )
    assert len(history) == KEPT
    assert history[0].title_id == f"t{KEPT + 19}"


@pytest.mark.parametrize("gone", [{"title_id": "a"}, {"event_ids": ["first"]}])
def test_history_removed_is_as_if_it_had_not_happened(gone: dict[str, Any]) -> None:
    b = event("playback_completed", title_id="b", at_s=5)
    a = event("playback_completed", title_id="a", at_s=9, event_id="first")
    assert told(HISTORY, b, a, event("history_removed", at_s=20, **gone)) == told(HISTORY, b)


def test_a_skip_is_remembered_as_one_until_the_title_is_played() -> None:
    skipped = told(HISTORY, event("playback_skipped", title_id="a", watched_s=3))
    assert skipped[0].skipped
    assert not told(
        HISTORY, event("playback_skipped", title_id="a"), event("playback_started", title_id="a", at_s=9)
    )[0].skipped


def test_finished_takes_nine_tenths_or_the_end() -> None:
    assert told(FINISHED, event("playback_stopped", title_id="a", watched_s=89, duration_s=100)) == b""
    assert len(told(FINISHED, event("playback_stopped", title_id="a", watched_s=90, duration_s=100))) == WIDTH
    assert len(told(FINISHED, event("playback_completed", title_id="a"))) == WIDTH
    assert told(FINISHED, event("playback_stopped", title_id="a", watched_s=9_000)) == b""
    twice = told(
        FINISHED, event("playback_completed", title_id="a"), event("playback_completed", title_id="a", at_s=9)
    )
    assert len(twice) == WIDTH
    assert (
        told(FINISHED, event("playback_completed", title_id="a"), event("history_removed", title_id="a"))
        == b""
    )


def test_hidden_is_taken_back_by_playing() -> None:
    wish = event("not_interested", title_id="a")
    genre = event("not_interested", title_id="a", scope="genre", at_s=1)
    assert told(HIDDEN, wish, genre) == (Hidden("a", "genre"), Hidden("a"))
    assert told(HIDDEN, wish, genre, event("playback_started", title_id="a", at_s=2)) == (
        Hidden("a", "genre"),
    )


def test_exposure_counts_until_the_title_is_played() -> None:
    shown = [
        event("impressions_shown", items=[{"title_id": "a"}, {"title_id": "b"}], at_s=n) for n in range(3)
    ]
    assert {seen.title_id: seen.times for seen in told(EXPOSURE, *shown)} == {"a": 3, "b": 3}
    assert [
        seen.title_id for seen in told(EXPOSURE, *shown, event("playback_started", title_id="a", at_s=9))
    ] == ["b"]


def test_playback_follows_one_title() -> None:
    started = event("playback_started", title_id="a", duration_s=100)
    playing = told(
        PLAYBACK,
        started,
        event("playback_progress", title_id="a", watched_s=10, position_s=10, at_s=10),
        event("playback_progress", title_id="other", watched_s=99, position_s=99, at_s=11),
        event("playback_seeked", title_id="a", from_s=10, to_s=2, at_s=12),
        event("playback_seeked", title_id="a", from_s=2, to_s=60, at_s=13),
        event("playback_paused", title_id="a", position_s=61, at_s=14),
        event("buffer_started", title_id="a", at_s=15),
    )
    assert (playing.watched_s, playing.position_s) == (10, 61)
    assert (playing.rewinds, playing.jumps, playing.pauses) == (1, 1, 1)
    assert playing.troubled
    assert told(PLAYBACK, started, event("playback_skipped", title_id="a", at_s=3)) == IDLE


def test_identity_does_not_forget_that_it_is_a_child() -> None:
    child = told(
        IDENTITY, event("page_viewed", kind="kids", market="BR"), event("page_viewed", at_s=1, device="tv")
    )
    assert (child.kind, child.market, child.device) == ("kids", "BR", "tv")


def test_rhythm_knows_the_local_hour_and_halves_in_four_weeks() -> None:
    # 2026-01-01T00:00Z was a Thursday; at UTC-3 it is still Wednesday evening.
    once = told(RHYTHM, event("playback_started", title_id="a", utc_offset_min=-180))
    assert once.parts[7] == 1.0
    assert once.days[2] == 1.0
    later = told(
        RHYTHM,
        event("playback_started", title_id="a", utc_offset_min=-180),
        event("playback_started", title_id="b", at_s=28 * 86_400, utc_offset_min=0),
    )
    assert later.parts[7] == 0.5
    assert later.parts[0] == 1.0


def test_browsing_counts_rewinds_but_not_jumps() -> None:
    seen = told(
        BROWSING,
        event("session_started", device="tv"),
        event("playback_seeked", title_id="a", from_s=10, to_s=2, at_s=1),
        event("playback_seeked", title_id="a", from_s=2, to_s=20, at_s=2),
        event("playback_skipped", title_id="a", at_s=3),
        event("row_scrolled", row_id="r", velocity=-10, at_s=4),
        event("session_ended", reason="gave_up", at_s=5),
    )
    assert (seen.rewinds, seen.skips, seen.sessions, seen.gave_up) == (1, 1, 1, 1)
    assert seen.speed == 1.0
    assert seen.devices == {"tv": 1}


def test_the_newest_opinion_counts() -> None:
    said = told(
        OPINIONS,
        event("title_rated", title_id="a", value=1),
        event("title_rated", title_id="a", value=0, at_s=1),
        event("watchlist_added", title_id="b", at_s=2),
        event("watchlist_added", title_id="c", at_s=3),
        event("watchlist_removed", title_id="b", at_s=4),
        event("mood_observed", valence=-0.5, arousal=0.25, at_s=5),
    )
    assert said.ratings == (("a", 0.0),)
    assert said.watchlist == ("c",)
    assert (said.valence, said.arousal) == (-0.5, 0.25)

"""Each signal by example."""

import pytest
from tests.signals.folded import folded
from tests.timeline import START_MS, event

from playhead.arrays.packed_ids import pack_ids
from playhead.domain.events import AnyEvent
from playhead.signals.browsing import BROWSING, Browsing
from playhead.signals.exposure import EXPOSURE, Exposures
from playhead.signals.finished import FINISHED, WIDTH
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.opinions import OPINIONS
from playhead.signals.playback import IDLE, PLAYBACK, Playback
from playhead.signals.rhythm import RHYTHM
from playhead.signals.search import SEARCH, Search
from playhead.signals.session_intent import IDLE_S, SESSION_INTENT


def test_finished_takes_nine_tenths_or_the_end() -> None:
    assert folded(FINISHED, event("playback_stopped", title_id="a", watched_s=89, duration_s=100)) == b""
    assert (
        len(folded(FINISHED, event("playback_stopped", title_id="a", watched_s=90, duration_s=100))) == WIDTH
    )
    assert len(folded(FINISHED, event("playback_completed", title_id="a"))) == WIDTH
    assert folded(FINISHED, event("playback_stopped", title_id="a", watched_s=9_000)) == b""
    twice = folded(
        FINISHED, event("playback_completed", title_id="a"), event("playback_completed", title_id="a", at_s=9)
    )
    assert len(twice) == WIDTH
    assert (
        folded(FINISHED, event("playback_completed", title_id="a"), event("history_removed", title_id="a"))
        == b""
    )


def test_exposure_counts_until_the_title_is_played() -> None:
    shown = [
        event("impressions_shown", items=[{"title_id": "a"}, {"title_id": "b"}], at_s=n) for n in range(3)
    ]
    assert folded(EXPOSURE, *shown).counted() == {"a": 3, "b": 3}
    played = folded(EXPOSURE, *shown, event("playback_started", title_id="a", at_s=9))
    assert played == Exposures(pack_ids("ab"), bytes([0, 3]), bytes([3, 0]))
    assert played.counted() == {"b": 3}
    assert [played.streak(place) for place in (0, 1)] == [3, 3]
    again = folded(EXPOSURE, *shown, event("playback_started", title_id="a", at_s=9), *shown[:1])
    assert again == Exposures(pack_ids("ab"), bytes([1, 4]), bytes(2))


def test_what_was_hardly_visible_was_not_shown() -> None:
    def shown(*visible_ms: int | None) -> AnyEvent:
        items = [{"title_id": f"t{n}", "visible_ms": ms} for n, ms in enumerate(visible_ms)]
        return event("impressions_shown", items=items)

    assert folded(EXPOSURE, shown(1_000, 999, None)).counted() == {"t0": 1, "t2": 1}
    assert folded(EXPOSURE, shown(1_000), shown(0)) == folded(EXPOSURE, shown(1_000))


def test_playback_follows_one_title() -> None:
    started = event("playback_started", title_id="a", duration_s=100)
    playing = folded(
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
    assert folded(PLAYBACK, started, event("playback_skipped", title_id="a", at_s=3)) == IDLE


def test_identity_does_not_forget_that_it_is_a_child() -> None:
    child = folded(
        IDENTITY, event("page_viewed", kind="kids", market="BR"), event("page_viewed", at_s=1, device="tv")
    )
    assert (child.kind, child.market, child.device) == ("kids", "BR", "tv")


def test_rhythm_knows_the_local_hour_and_halves_in_four_weeks() -> None:
    # 2026-01-01T00:00Z was a Thursday; at UTC-3 it is still Wednesday evening.
    once = folded(RHYTHM, event("playback_started", title_id="a", utc_offset_min=-180))
    assert once.parts[7] == 1.0
    assert once.days[2] == 1.0
    later = folded(
        RHYTHM,
        event("playback_started", title_id="a", utc_offset_min=-180),
        event("playback_started", title_id="b", at_s=28 * 86_400, utc_offset_min=0),
    )
    assert later.parts[7] == 0.5
    assert later.parts[0] == 1.0


def test_browsing_counts_rewinds_but_not_jumps() -> None:
    seen = folded(
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
    opinions = folded(
        OPINIONS,
        event("title_rated", title_id="a", value=1),
        event("title_rated", title_id="a", value=0, at_s=1),
        event("watchlist_added", title_id="b", at_s=2),
        event("watchlist_added", title_id="c", at_s=3),
        event("watchlist_removed", title_id="b", at_s=4),
        event("mood_observed", valence=-0.5, arousal=0.25, at_s=5),
    )
    assert opinions.ratings == (("a", 0.0),)
    assert opinions.watchlist == ("c",)
    assert (opinions.valence, opinions.arousal) == (-0.5, 0.25)


def test_each_memory_keeps_as_much_as_it_says() -> None:
    """The numbers of docs/architecture.md."""
    titles = [f"t{n}" for n in range(120)]
    assert len(folded(HISTORY, *(event("title_clicked", title_id=t) for t in titles))) == 100
    assert len(folded(EXPOSURE, *(event("impressions_shown", items=[{"title_id": t}]) for t in titles))) == 60
    opinions = folded(OPINIONS, *(event("title_rated", title_id=t, value=1) for t in titles))
    assert len(opinions.ratings) == 50
    assert opinions.ratings[0] == ("t119", 1.0)
    opinions = folded(OPINIONS, *(event("watchlist_added", title_id=t) for t in titles))
    assert len(opinions.watchlist) == 50
    assert opinions.watchlist[0] == "t119"
    done = folded(FINISHED, *(event("playback_completed", title_id=f"t{n}") for n in range(4_100)))
    assert len(done) == 4_096 * 4
    newest = folded(FINISHED, event("playback_completed", title_id="t4099"))
    assert done.endswith(newest)


def test_a_digest_across_two_others_is_not_a_finished_title(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = {"a": 0x04030201, "b": 0x08070605, "across": 0x06050403, "odd": 0x05040302}
    digests |= {"end": 0x09020304, "same": 0x09090909}
    monkeypatch.setattr("playhead.signals.finished.digest", digests.__getitem__)
    a, b, across, odd, end, same = (event("playback_completed", title_id=t) for t in digests)
    assert folded(FINISHED, a, b, across) == bytes([1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6])
    assert folded(FINISHED, a, b, odd) == bytes([1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5])
    # Found first across two others, then where it is: even a byte later.
    assert folded(FINISHED, a, b, odd, odd) == folded(FINISHED, a, b, odd)
    assert folded(FINISHED, end, same, same) == folded(FINISHED, end, same)
    assert folded(FINISHED, a, b, event("history_removed", title_id="a")) == bytes([5, 6, 7, 8])
    assert folded(FINISHED, a, event("history_removed", event_ids=["x"])) == bytes([1, 2, 3, 4])
    assert folded(FINISHED, a, b, event("history_removed", title_id="across")) == folded(FINISHED, a, b)


def test_exposure_is_newest_first_and_begins_anew_with_what_was_chosen_or_removed() -> None:
    first = event("impressions_shown", items=[{"title_id": "a"}, {"title_id": "b"}])
    second = event("impressions_shown", items=[{"title_id": "c"}, {"title_id": "a"}], at_s=7)
    assert folded(EXPOSURE, first, second) == Exposures(pack_ids("cab"), bytes([1, 2, 1]), bytes(3))
    assert folded(EXPOSURE, *[first] * 300) == Exposures(pack_ids("ab"), bytes([255, 255]), bytes(2))
    for type_ in ("playback_started", "playback_stopped", "playback_completed", "history_removed"):
        extra = {"watched_s": 1} if type_ == "playback_stopped" else {}
        counted = folded(EXPOSURE, first, event(type_, title_id="a", **extra))
        assert counted.counted() == {"b": 1}
        assert folded(EXPOSURE, first, event(type_, title_id="x", **extra)) == folded(EXPOSURE, first)
    assert len(folded(EXPOSURE, first, event("title_clicked", title_id="a"))) == 2


def test_playback_knows_where_it_stands() -> None:
    started = event("playback_started", title_id="a", at_s=3, position_s=12.7, duration_s=99.5)
    at_s = START_MS // 1000 + 3
    assert folded(PLAYBACK, started) == Playback("a", at_s, 12, 0, 99)
    assert folded(PLAYBACK, event("playback_started", title_id="a", at_s=3)) == Playback("a", at_s)
    assert folded(PLAYBACK, started, event("playback_paused", title_id="a", position_s=20.5)).position_s == 20
    resumed = folded(PLAYBACK, started, event("playback_resumed", title_id="a", position_s=30.5))
    assert (resumed.position_s, resumed.pauses) == (30, 0)
    twice = [event("playback_progress", title_id="a", watched_s=9.6, position_s=p) for p in (40, 50.9)]
    assert folded(PLAYBACK, started, *twice) == Playback("a", at_s, 50, 20, 99, last_event_s=at_s - 3)
    seeked = folded(PLAYBACK, started, event("playback_seeked", title_id="a", from_s=20, to_s=5.5))
    assert (seeked.position_s, seeked.rewinds, seeked.jumps) == (5, 1, 0)
    in_place = folded(PLAYBACK, started, event("playback_seeked", title_id="a", from_s=20, to_s=20))
    assert (in_place.rewinds, in_place.jumps) == (0, 1)


@pytest.mark.parametrize("type_", ["playback_stopped", "playback_completed", "playback_skipped"])
def test_a_play_ends_by_its_own_title_alone(type_: str) -> None:
    started, extra = event("playback_started", title_id="a"), {"watched_s": 1}
    assert folded(PLAYBACK, started, event(type_, title_id="a", **extra)) == IDLE
    assert folded(PLAYBACK, started, event(type_, title_id="b", **extra)) == folded(PLAYBACK, started)


def test_trouble_and_removal_belong_to_the_title_that_plays() -> None:
    started = event("playback_started", title_id="a")
    for type_ in ("playback_failed", "buffer_started"):
        assert folded(PLAYBACK, started, event(type_, title_id="a")).troubled
        assert not folded(PLAYBACK, started, event(type_, title_id="b")).troubled
    assert not folded(PLAYBACK, started, event("buffer_ended", title_id="a")).troubled
    assert folded(PLAYBACK, started, event("history_removed", title_id="a")) == IDLE
    assert folded(PLAYBACK, started, event("history_removed", title_id="b")).title_id == "a"


def test_identity_is_the_newest_word_on_each_thing() -> None:
    everything = event(
        "page_viewed", market="BR", language="pt", device="tv", utc_offset_min=-180, kind="teen"
    )
    assert folded(IDENTITY, event("page_viewed")) == Identity()
    assert folded(IDENTITY, everything, event("page_viewed")) == Identity("BR", "pt", "tv", -180, "teen")
    assert folded(IDENTITY, everything, event("page_viewed", utc_offset_min=0)).utc_offset_min == 0
    for field, value in (("market", "DE"), ("language", "de"), ("device", "web"), ("kind", "kids")):
        assert getattr(folded(IDENTITY, everything, event("page_viewed", **{field: value})), field) == value


def test_rhythm_counts_starts_and_ends_also_when_they_come_late() -> None:
    week = 7 * 86_400
    now = event("playback_completed", title_id="a", at_s=4 * week)
    late = event("playback_started", title_id="b", at_s=0)
    seen = folded(RHYTHM, now, late)
    assert seen.at_s == START_MS // 1000 + 4 * week
    assert seen.parts == (1.5, *[0.0] * 7)
    assert seen.days == (0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.0)
    morning = folded(RHYTHM, event("playback_started", title_id="b", at_s=9 * 3_600))
    assert morning.parts == (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert folded(RHYTHM, event("playback_stopped", title_id="a", watched_s=1)) == RHYTHM.initial


def test_browsing_counts_each_of_its_acts() -> None:
    seen = folded(
        BROWSING,
        event("title_hovered", title_id="a", dwell_ms=900),
        event("title_hovered", title_id="a", dwell_ms=900),
        event("trailer_started", title_id="a"),
        event("search_performed", query="q" * 70),
        event("search_performed", query="x" * 70),
        event("playback_seeked", title_id="a", from_s=5, to_s=5),
        event("row_scrolled", row_id="r", velocity=10),
        event("row_scrolled", row_id="r", velocity=-20),
        event("row_scrolled", row_id="r"),
        event("session_ended", reason="closed"),
        event("session_started", at_s=9),
    )
    assert seen == Browsing(
        speed=2.9,
        hovers=2,
        trailers=1,
        searches=2,
        sessions=1,
        session_started_s=START_MS // 1000 + 9,
        last_query="x" * 64,
    )


def test_browsing_knows_eight_devices() -> None:
    sessions = [event("session_started", device=f"d{n}") for n in range(9)]
    seen = folded(BROWSING, *sessions, event("session_started", device="d0"))
    assert seen.devices == {"d0": 2, **{f"d{n}": 1 for n in range(1, 8)}}
    assert seen.sessions == 10


def test_a_removed_title_leaves_no_opinion() -> None:
    opinions = [
        event("title_rated", title_id="a", value=1),
        event("title_rated", title_id="b", value=0.5),
        event("watchlist_added", title_id="a"),
        event("watchlist_added", title_id="b"),
        event("watchlist_added", title_id="a", at_s=1),
    ]
    assert folded(OPINIONS, *opinions).watchlist == ("a", "b")
    left = folded(OPINIONS, *opinions, event("history_removed", title_id="a"))
    assert (left.ratings, left.watchlist) == ((("b", 0.5),), ("b",))
    assert folded(OPINIONS, *opinions, event("history_removed", event_ids=["e"])) == folded(
        OPINIONS, *opinions
    )
    assert (
        folded(OPINIONS, event("mood_observed", valence=0, arousal=1, at_s=5)).mood_s == START_MS // 1000 + 5
    )


def test_looking_is_counted_while_somebody_looks_and_nothing_is_chosen() -> None:
    #   0 s page   10 s scrolls   70 s scrolls (20 s of it looked)   late   90 s lingers   95 s plays
    looks = [
        event("page_viewed"),
        event("row_scrolled", row_id="r", velocity=2.0, at_s=10),
        event("row_scrolled", row_id="r", velocity=2.0, at_s=70),
        event("row_scrolled", row_id="r", velocity=9.0, at_s=5),
        event("title_hovered", title_id="a", dwell_ms=900, at_s=90),
    ]
    assert [folded(SESSION_INTENT, *looks[:n]).looked_s for n in range(1, 6)] == [0, 10, 30, 30, 50]
    state = folded(SESSION_INTENT, *looks)
    assert (state.rows, state.hovers, state.speed, state.usual, state.noticed) == (2, 1, 2.0, 2.0, True)
    at_s = START_MS // 1000 + 90
    assert state.at_risk(at_s)
    assert not state.at_risk(at_s + IDLE_S + 1)
    chosen = folded(SESSION_INTENT, *looks, event("playback_started", title_id="a", at_s=95))
    assert (chosen.looked_s, chosen.noticed, chosen.usual) == (0, False, 2.0)


def test_the_newest_search_counts_whatever_comes_late() -> None:
    first = event("search_performed", query="heist", results=["a", "b", "a"], at_s=9)
    late = event("search_performed", query="zebra", at_s=3)
    assert folded(SEARCH, first, late) == Search("heist", pack_ids("ab"), START_MS // 1000 + 9)
    assert folded(SEARCH, event("search_performed", query="x" * 900)).query == "x" * 64

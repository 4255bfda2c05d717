"""Impressions and plays meet their outcomes."""

import json
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.timeline import event, histories

from playhead.domain.decoding import decode_event
from playhead.domain.events import AnyEvent
from playhead.labels.impressions import KEPT
from playhead.lessons import outcomes
from playhead.signals.record import Profile, fold


def labels(*events: AnyEvent) -> list[tuple[str, dict[str, int]]]:
    """All labels that a sequence of events makes final, in order."""
    profile, found = Profile(), []
    for one in events:
        found += [(outcome.title_id, outcome.labels) for outcome in outcomes(profile, one)]
        fold(profile, one)
    return found


def shown(*titles: str, at_s: float = 0, **fields: Any) -> AnyEvent:
    return event("impressions_shown", items=[{"title_id": t} for t in titles], at_s=at_s, **fields)


def test_a_click_and_a_play_are_labelled_when_they_happen() -> None:
    # shown a, b ── click a ── play a ── stop a at 95 %
    found = labels(
        shown("a", "b"),
        event("title_clicked", title_id="a", at_s=5),
        event("playback_started", title_id="a", at_s=9, duration_s=100),
        event("playback_stopped", title_id="a", at_s=99, watched_s=95),
    )
    assert found == [("a", {"click": 1}), ("a", {"start": 1}), ("a", {"finish": 1})]


def test_what_nobody_chose_is_passed_over_after_the_horizon() -> None:
    # shown a ───── 10 min ─────▶ the next event settles it
    assert labels(shown("a"), event("page_viewed", at_s=599)) == []
    assert labels(shown("a"), event("page_viewed", at_s=600)) == [("a", {"click": 0, "start": 0})]


def test_a_click_without_a_play_is_no_start() -> None:
    found = labels(shown("a"), event("title_clicked", title_id="a", at_s=1), event("page_viewed", at_s=700))
    assert found == [("a", {"click": 1}), ("a", {"start": 0})]


def test_shown_again_the_first_time_counts_as_passed_over() -> None:
    assert labels(shown("a"), shown("a", at_s=60, event_id="again")) == [("a", {"click": 0, "start": 0})]


def test_a_skip_is_a_no() -> None:
    found = labels(shown("a"), event("playback_skipped", title_id="a", at_s=3, watched_s=2))
    assert found == [("a", {"click": 0, "start": 0})]


def test_a_click_belongs_to_the_ranking_it_names() -> None:
    # a stood in two rankings; the click says it was the first one
    from_first = event("title_clicked", title_id="b", at_s=9, attribution={"ranking_id": "r1"})
    found = labels(shown("a", "b", ranking_id="r1"), shown("c", at_s=5, ranking_id="r2"), from_first)
    assert found == [("b", {"click": 1})]


def test_more_impressions_than_fit_push_out_the_oldest() -> None:
    many = [f"t{n}" for n in range(KEPT)]
    found = labels(shown("old"), shown(*many, at_s=1))
    assert found == [("old", {"click": 0, "start": 0})]


def test_an_early_end_after_trouble_is_no_dislike() -> None:
    start = event("playback_started", title_id="a", duration_s=100)
    stop = event("playback_stopped", title_id="a", at_s=20, watched_s=15)
    assert labels(start, stop) == [("a", {"finish": 0})]
    assert labels(start, event("buffer_started", title_id="a", at_s=9), stop) == []
    assert labels(start, event("playback_failed", title_id="a", at_s=9), stop) == []
    whole = event("playback_completed", title_id="a", at_s=100)
    assert labels(start, event("buffer_started", title_id="a", at_s=9), whole) == [("a", {"finish": 1})]


def test_without_a_duration_a_stop_says_nothing() -> None:
    assert labels(event("playback_stopped", title_id="a", watched_s=500)) == []


def test_the_next_title_ends_the_play_before_it() -> None:
    found = labels(
        event("playback_started", title_id="a", duration_s=100),
        event("playback_progress", title_id="a", at_s=50, watched_s=50, position_s=50),
        event("playback_started", title_id="b", at_s=51),
    )
    assert found == [("a", {"finish": 0})]


def test_going_on_within_a_quarter_of_an_hour_is_a_binge() -> None:
    done = event("playback_completed", title_id="a")
    assert labels(done, event("playback_started", title_id="b", at_s=600)) == [
        ("a", {"finish": 1}),
        ("a", {"binge": 1}),
    ]
    assert labels(done, event("playback_started", title_id="b", at_s=901))[1:] == [("a", {"binge": 0})]
    assert labels(done, event("page_viewed", at_s=500))[1:] == []


@tried(200)
@given(events=histories(most=60))
def test_each_label_of_an_impression_is_final_once(events: list[dict[str, Any]]) -> None:
    """No more clicks and starts are labelled than impressions were shown."""
    decoded = [decode_event(b"ada", json.dumps(wire).encode()) for wire in events]
    impressions = sum(len({i["title_id"] for i in wire.get("items", ())}) for wire in events)
    for head in ("click", "start"):
        assert sum(head in found for _, found in labels(*decoded)) <= impressions

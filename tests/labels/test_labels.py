"""Labels of impressions and plays."""

import json
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.timeline import START_MS, event, histories

from playhead.domain.decoding import decode_event
from playhead.domain.events import AnyEvent
from playhead.labels.definitions import PASSED_OVER, End, judge
from playhead.labels.impressions import KEPT, Outcome
from playhead.signals.record import Profile, fold, settled


def labels(*events: AnyEvent) -> list[tuple[str, dict[str, int]]]:
    """All labels that a sequence of events makes final, in order."""
    profile, made = Profile(), []
    for happened in events:
        for outcome in settled(profile, happened):
            ended = {} if outcome.end is None else judge(outcome.end).labels
            made.append((outcome.title_id, outcome.labels | ended))
        fold(profile, happened)
    return made


NOTHING = {"long_view": 0, "finish": 0}
PASSED = {"click": 0, "start": 0} | NOTHING
WHOLE = {"long_view": 1, "finish": 1}
BROKEN_OFF = {"long_view": 1, "finish": 0}


def shown(*titles: str, at_s: float = 0, **fields: Any) -> AnyEvent:
    return event("impressions_shown", items=[{"title_id": t} for t in titles], at_s=at_s, **fields)


def test_a_click_and_a_play_are_labelled_when_they_happen() -> None:
    # shown a, b ── click a ── play a ── stop a at 95 %
    made = labels(
        shown("a", "b"),
        event("title_clicked", title_id="a", at_s=5),
        event("playback_started", title_id="a", at_s=9, duration_s=100),
        event("playback_stopped", title_id="a", at_s=99, watched_s=95),
    )
    assert made == [("a", {"click": 1}), ("a", {"start": 1}), ("a", WHOLE)]


def test_what_nobody_chose_is_passed_over_after_the_horizon() -> None:
    # shown a ───── 10 min ─────▶ the next event settles it
    assert labels(shown("a"), event("page_viewed", at_s=599)) == []
    assert labels(shown("a"), event("page_viewed", at_s=600)) == [("a", PASSED)]


def test_a_click_without_a_play_is_no_start() -> None:
    made = labels(shown("a"), event("title_clicked", title_id="a", at_s=1), event("page_viewed", at_s=700))
    assert made == [("a", {"click": 1}), ("a", {"start": 0} | NOTHING)]


def test_shown_again_the_first_time_counts_as_passed_over() -> None:
    assert labels(shown("a"), shown("a", at_s=60, event_id="again")) == [("a", PASSED)]


def test_a_skip_is_a_no() -> None:
    made = labels(shown("a"), event("playback_skipped", title_id="a", at_s=3, watched_s=2))
    assert made == [("a", {"click": 0, "start": 0, "long_view": 0})]  # of unknown length: finished, who knows


def test_a_click_belongs_to_the_ranking_it_names() -> None:
    # a stood in two rankings; the click says it was the first one
    from_first = event("title_clicked", title_id="b", at_s=9, attribution={"ranking_id": "r1"})
    made = labels(shown("a", "b", ranking_id="r1"), shown("c", at_s=5, ranking_id="r2"), from_first)
    assert made == [("b", {"click": 1})]


def test_more_impressions_than_fit_push_out_the_oldest() -> None:
    many = [f"t{n}" for n in range(KEPT)]
    made = labels(shown("old"), shown(*many, at_s=1))
    assert made == [("old", PASSED)]


def test_an_early_end_after_trouble_is_no_dislike() -> None:
    start = event("playback_started", title_id="a", duration_s=100)
    stop = event("playback_stopped", title_id="a", at_s=20, watched_s=15)
    assert labels(start, stop) == [("a", NOTHING)]
    assert labels(start, event("buffer_started", title_id="a", at_s=9), stop) == [("a", {})]
    assert labels(start, event("playback_failed", title_id="a", at_s=9), stop) == [("a", {})]
    whole = event("playback_completed", title_id="a", at_s=100)
    assert labels(start, event("buffer_started", title_id="a", at_s=9), whole) == [("a", WHOLE)]


def test_without_a_duration_a_stop_does_not_tell_whether_it_was_finished() -> None:
    assert labels(event("playback_stopped", title_id="a", watched_s=500)) == [("a", {"long_view": 1})]


def test_the_next_title_ends_the_play_before_it() -> None:
    made = labels(
        event("playback_started", title_id="a", duration_s=100),
        event("playback_progress", title_id="a", at_s=50, watched_s=50, position_s=50),
        event("playback_started", title_id="b", at_s=51),
    )
    assert made == [("a", BROKEN_OFF)]


def test_going_on_within_a_quarter_of_an_hour_is_a_binge() -> None:
    done = event("playback_completed", title_id="a")
    assert labels(done, event("playback_started", title_id="b", at_s=600)) == [
        ("a", WHOLE),
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
        assert sum(head in label for _, label in labels(*decoded)) <= impressions


def found(*events: AnyEvent) -> list[Outcome]:
    """The outcomes of a sequence of events, in order."""
    profile, made = Profile(), []
    for happened in events:
        made += settled(profile, happened)
        fold(profile, happened)
    return made


AT_S = START_MS // 1000


def test_an_outcome_tells_the_moment_and_place_of_what_it_judges() -> None:
    [click, start, finish] = found(
        shown("a", at_s=3, surface="kids"),
        event("title_clicked", title_id="a", at_s=5),
        event("playback_started", title_id="a", at_s=9, duration_s=100),
        event("playback_completed", title_id="a", at_s=99),
    )
    judged = ("a", AT_S + 3, "kids")
    assert click == Outcome(*judged, {"click": 1}, shown=True)
    assert start == Outcome(*judged, {"start": 1}, shown=True, clicked=True)
    assert finish == Outcome(*judged, {}, End(100, 100, whole=True), shown=True, clicked=True)


def test_a_play_from_the_list_is_click_and_start_in_one() -> None:
    for play in ("playback_started", "playback_stopped", "playback_completed"):
        first = labels(shown("a", "b"), event(play, title_id="a", at_s=5, watched_s=1))[0]
        assert first[0] == "a"
        assert first[1].items() >= {"click": 1, "start": 1}.items()
        assert ("finish" in first[1]) == (play == "playback_completed")


def test_a_second_click_says_nothing_new() -> None:
    click, again = event("title_clicked", title_id="a", at_s=1), event("title_clicked", title_id="a", at_s=2)
    assert labels(shown("a"), click, again) == [("a", {"click": 1})]
    played = event("playback_started", title_id="a", at_s=3)
    assert labels(shown("a"), click, again, played)[1:] == [("a", {"start": 1})]


def test_only_what_is_due_is_passed_over() -> None:
    # a at 0 s, b at 100 s; at 650 s only a is due
    early, late = shown("a"), shown("b", at_s=100)
    assert labels(early, late, event("page_viewed", at_s=650)) == [("a", PASSED)]
    # an impression that came late, but was earlier, stands first and is due all the same
    assert labels(late, early, event("page_viewed", at_s=650)) == [("a", PASSED)]
    assert [t for t, _ in labels(early, late, event("page_viewed", at_s=700))] == ["b", "a"]


def test_other_titles_stay_open() -> None:
    rest = [event("title_clicked", title_id="b", at_s=9), event("playback_skipped", title_id="c", at_s=10)]
    assert labels(shown("a", "b", "c"), event("playback_started", title_id="a", at_s=5), *rest)[1:] == [
        ("b", {"click": 1}),
        ("c", PASSED),
    ]
    assert labels(shown("a"), event("title_clicked", title_id="x", at_s=1)) == []
    assert labels(shown("a"), event("title_hovered", title_id="a", dwell_ms=1, at_s=1)) == []


def test_without_attribution_the_newest_impression_is_meant() -> None:
    both = [shown("a", ranking_id="r1"), shown("b", at_s=100, ranking_id="r2")]
    stray = event("title_clicked", title_id="a", at_s=101, attribution={"ranking_id": "r2"})
    assert [outcome.at_s for outcome in found(*both, stray)] == [AT_S]


def test_forty_impressions_are_open_at_most() -> None:
    fit = shown(*(f"t{n}" for n in range(40)))
    assert labels(fit) == []
    assert labels(shown("old"), shown(*(f"t{n}" for n in range(39)), at_s=1)) == []
    assert labels(fit, event("playback_started", title_id="t39", at_s=1))[0][0] == "t39"


def test_a_removed_title_gets_no_label() -> None:
    gone = event("history_removed", title_id="a", at_s=5)
    assert labels(shown("a", "b"), gone, event("page_viewed", at_s=700)) == [("b", PASSED)]
    done, on = event("playback_completed", title_id="a"), event("playback_started", title_id="b", at_s=9)
    assert labels(done, gone, on) == [("a", WHOLE)]
    other = event("history_removed", title_id="x", at_s=5)
    assert labels(done, other, on)[1:] == [("a", {"binge": 1})]


def test_a_skip_ends_a_play_that_had_begun() -> None:
    begun = event("playback_started", title_id="a", at_s=2, duration_s=100)
    skip, other = (event("playback_skipped", title_id=t, at_s=4) for t in ("a", "b"))
    assert found(begun, skip) == [Outcome("a", AT_S + 2, "home", {}, End(0, 100))]
    assert labels(begun, other) == []
    assert labels(skip) == []
    assert labels(begun, event("buffer_started", title_id="a", at_s=3), skip) == [("a", {})]


def test_a_finish_is_nine_tenths_of_what_is_known() -> None:
    begun = event("playback_started", title_id="a", duration_s=100)
    for watched, whole in ((89, 0), (90, 1)):
        assert labels(begun, event("playback_stopped", title_id="a", at_s=95, watched_s=watched)) == [
            ("a", {"long_view": 1, "finish": whole})
        ]
        stop = event("playback_stopped", title_id="a", at_s=95, watched_s=watched, duration_s=100)
        assert labels(stop) == [("a", {"long_view": 1, "finish": whole})]
    # the end of another title than the one that plays is judged by itself, from its own time
    other = event("playback_stopped", title_id="b", at_s=9, watched_s=95, duration_s=100)
    assert found(begun, other) == [Outcome("b", AT_S + 9, "home", {}, End(95, 100))]
    # what heartbeats told counts when the next title takes over
    beats = event("playback_progress", title_id="a", at_s=95, watched_s=95, position_s=95)
    on = event("playback_started", title_id="b", at_s=96)
    assert labels(begun, beats, on) == [("a", WHOLE)]
    assert labels(begun, event("playback_started", title_id="a", at_s=96)) == []
    assert labels(event("playback_started", title_id="a"), on) == []
    assert labels(begun, event("playback_failed", title_id="a", at_s=5), on) == [("a", {})]
    # troubled, and watched to the end all the same
    trouble = event("buffer_started", title_id="a", at_s=5)
    assert labels(begun, trouble, event("playback_stopped", title_id="a", at_s=99, watched_s=95)) == [
        ("a", WHOLE)
    ]


def test_a_binge_is_foreseen_where_its_film_was_shown_or_begun() -> None:
    shown = event("impressions_shown", items=[{"title_id": "a", "rank": 0}], surface="kids", at_s=5)
    begun = event("playback_started", title_id="a", at_s=10)
    done = event("playback_completed", title_id="a", at_s=50)
    on = event("playback_started", title_id="b", at_s=60)
    assert Outcome("a", AT_S + 5, "kids", {"binge": 1}) in found(shown, begun, done, on)
    assert Outcome("a", AT_S + 10, "home", {"binge": 1}) in found(begun, done, on)


def test_a_binge_is_judged_from_the_end_of_the_film_before() -> None:
    done = event("playback_completed", title_id="a", at_s=50)
    for play in ("playback_started", "playback_stopped", "playback_completed"):
        on = event(play, title_id="b", at_s=950, watched_s=1)
        assert Outcome("a", AT_S + 50, "home", {"binge": 1}) in found(done, on)
        assert ("a", {"binge": 0}) in labels(done, event(play, title_id="b", at_s=951, watched_s=1))
    assert labels(done, event("page_viewed", at_s=951))[1:] == [("a", {"binge": 0})]
    assert labels(done, event("playback_started", title_id="a", at_s=60))[1:] == []
    assert labels(done, event("title_clicked", title_id="b", at_s=60))[1:] == []
    # judged once; and each finished title in its turn
    on = event("playback_started", title_id="b", at_s=60)
    assert labels(done, on, event("playback_started", title_id="c", at_s=70))[2:] == []
    chain = labels(done, event("playback_completed", title_id="b", at_s=60), on)
    assert [each for each in chain if "binge" in each[1]] == [("a", {"binge": 1})]
    half = event("playback_stopped", title_id="a", at_s=50, watched_s=10, duration_s=100)
    assert labels(half, on) == [("a", NOTHING)]


def test_a_play_that_an_impression_announced_is_judged_once_from_the_impression() -> None:
    # shown a ── plays by itself, 40 s of 50 ── skipped │ the title's length is the catalogue's to tell
    left = event("playback_skipped", title_id="a", at_s=42, watched_s=40)
    [outcome] = found(shown("a", at_s=2, surface="feed"), left)
    assert outcome == Outcome("a", AT_S + 2, "feed", {"click": 0, "start": 0}, End(40), shown=True)
    assert judge(End(40), listed_s=50) == ({"long_view": 1, "finish": 0}, 40)
    # without a first frame, choice and end come in one
    stop = event("playback_stopped", title_id="a", at_s=42, watched_s=60, duration_s=50)
    assert labels(shown("a"), stop) == [("a", {"click": 1, "start": 1} | WHOLE)]
    assert judge(End(60, 50)).watch_s == 50


def test_a_long_view_is_eighteen_seconds_or_all_of_it() -> None:
    for watched, length, long in (
        (17.9, 100, 0),
        (18, 100, 1),
        (9.9, 10, 0),
        (10, 10, 1),
        (17, 0, 0),
        (18, 0, 1),
    ):
        assert judge(End(watched), length).labels["long_view"] == long
    assert judge(PASSED_OVER) == ({"long_view": 0, "finish": 0}, 0.0)
    assert judge(End(None, whole=True)) == ({"long_view": 1, "finish": 1}, None)
    assert judge(End(None)) == ({}, None)


def test_what_is_watched_once_more_is_watched() -> None:
    stop, again = (
        event("playback_stopped", title_id="a", at_s=at_s, watched_s=40, duration_s=100) for at_s in (50, 900)
    )
    assert [outcome.end for outcome in found(stop, again)] == [End(40, 100), End(40, 100)]
    # but a part that one play goes back to is watched once
    begun = event("playback_started", title_id="a", position_s=0, duration_s=100)
    back = event("playback_seeked", title_id="a", at_s=40, from_s=40, to_s=0)
    end = event("playback_stopped", title_id="a", at_s=70, watched_s=70, position_s=30)
    assert [outcome.end for outcome in found(begun, back, end)] == [End(40, 100)]

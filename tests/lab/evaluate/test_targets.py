"""What is scored and what is not, by hand.

line    1 2   3 4   5 6   7 8   9 10  11 12
ana     v a         v b         v a
bob           v a         v c         v b      v: page view; a, b, c: completed titles
"""

from pathlib import Path
from typing import Any

import pytest
from tests.lab.evaluate.logs import catalogue, visits, written
from tests.timeline import happened

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.targets import plan

DOZEN = visits(("ana", "a"), ("bob", "a"), ("ana", "b"), ("bob", "c"), ("ana", "a"), ("bob", "b"))


def test_each_consumption_after_the_first_fifth_is_scored_or_left_out_with_its_reason(tmp_path: Path) -> None:
    [task] = plan(written(tmp_path, DOZEN), None).tasks
    # A fifth of six is one: line 2 is learned only. Without a catalogue b and c are new where they are chosen.
    assert [
        (target.line, target.page.line, target.profile_evidence, target.title_evidence)
        for target in task.targets
    ] == [
        (4, 3, 0, 1),  # bob, a: nothing before, ana had it
        (12, 11, 2, 1),  # bob, b: after a and c; ana had it
    ]
    assert task.left_out == {"title not named before": 2, "consumed before by the profile": 1}


def test_a_catalogue_names_titles_before_the_first_event(tmp_path: Path) -> None:
    [task] = plan(written(tmp_path, DOZEN), catalogue(tmp_path, "c", "b", "a")).tasks
    assert [target.line for target in task.targets] == [4, 6, 8, 12]
    assert task.left_out == {"consumed before by the profile": 1}


def test_a_title_named_between_the_page_and_the_choice_came_too_late_for_the_page(tmp_path: Path) -> None:
    shown = happened("impressions_shown", items=[{"title_id": "new"}], at_s=300)
    log = [*visits(("ana", "a")), *visits(("bob", "a")), shown | {"profile_id": "cy"}]
    log.append(happened("playback_completed", title_id="new", profile="bob", at_s=301))
    log += visits(("cy", "new"), gap_s=400)
    for n, event in enumerate(log):
        event["event_id"] = f"e{n}"
    [task] = plan(written(tmp_path, log), None).tasks
    assert [(target.line, target.page.line) for target in task.targets] == [(4, 3), (8, 7)]
    assert task.left_out == {"title not named before": 2}  # ana's first, and bob's "new"


def test_without_a_page_there_is_nothing_to_judge(tmp_path: Path) -> None:
    log = [event for event in DOZEN if event["profile_id"] == "ana" or event["type"] != "page_viewed"]
    [task] = plan(written(tmp_path, log), catalogue(tmp_path, "a", "b", "c")).tasks
    assert task.left_out["no page was viewed before"] == 3


def test_an_event_that_is_sent_again_is_no_second_choice(tmp_path: Path) -> None:
    once = plan(written(tmp_path, DOZEN), None)
    twice = plan(written(tmp_path, [event for each in DOZEN for event in (each, each)]), None)
    assert len(once.tasks[0].choices) == len(twice.tasks[0].choices) == 6


def test_clicks_and_long_views_are_measured_apart(tmp_path: Path) -> None:
    log = visits(("ana", "a"), ("bob", "b"), type_="title_clicked")
    watched = (("a", 18.0, None), ("b", 17.9, None), ("c", 5.0, 4.0))
    for n, (title, watched_s, duration_s) in enumerate(watched):
        length: dict[str, Any] = {} if duration_s is None else {"duration_s": duration_s}
        log.append(happened("playback_stopped", at_s=500 + n, title_id=title, watched_s=watched_s, **length))
    log.append(happened("playback_completed", at_s=510, title_id="d"))
    clicks, views = plan(written(tmp_path, log), None).tasks
    assert (clicks.kind.name, views.kind.name) == ("click", "long_view")
    assert sorted(clicks.choices) == [2, 4]
    assert sorted(views.choices) == [5, 7, 8]


@pytest.mark.parametrize(
    ("type_", "kind"), [("playback_completed", "completion"), ("playback_started", "start")]
)
def test_a_log_is_measured_by_what_it_holds(tmp_path: Path, type_: str, kind: str) -> None:
    [task] = plan(written(tmp_path, visits(("ana", "a"), type_=type_)), None).tasks
    assert task.kind.name == kind


def test_a_log_without_consumption_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="neither clicks nor plays"):
        plan(written(tmp_path, visits(("ana", ""))), None)


def test_what_was_done_since_the_session_began_is_counted_up_to_the_page(tmp_path: Path) -> None:
    log = visits(("ana", "a"), ("ana", "b"), ("ana", "c"), ("ana", "d"))
    log.insert(4, happened("session_started", profile="ana", at_s=110))
    shown = happened("impressions_shown", profile="ana", at_s=111, items=[{"title_id": "e", "rank": 0}])
    log.insert(5, shown)  # is no act
    [task] = plan(written(tmp_path, log), catalogue(tmp_path, *"abcde")).tasks
    assert [target.page.acts for target in task.targets] == [0, 1, 0, 1]

"""What is learned from an event knows nothing that came after the moment it judges."""

import json
from typing import Any

from tests.stage import Stage
from tests.timeline import happened

from playhead.domain.topics import EXAMPLES

FILMS = [{"title_id": f"t{n}", "genres": ["Drama"], "duration_s": 100} for n in range(5)]
SEEN, DEPTH = 1, 2


def examples(*events: dict[str, Any]) -> list[dict[str, Any]]:
    stage, found = Stage(FILMS), []
    for event in events:
        found += [json.loads(r.value or b"") for r in stage.take(event).first if r.topic == EXAMPLES]
    return found


def test_an_outcome_has_the_features_of_the_impression_whatever_came_of_it() -> None:
    # shown t1, t2 ── click t1 ── play t1 ── 10 min ──▶ t2 was passed over
    found = examples(
        happened("playback_completed", title_id="t0"),
        happened("impressions_shown", at_s=5, items=[{"title_id": "t1"}, {"title_id": "t2"}]),
        happened(
            "impressions_shown", at_s=60, items=[{"title_id": "t1"}, {"title_id": "t2"}], event_id="again"
        ),
        happened("title_clicked", at_s=70, title_id="t1"),
        happened("playback_started", at_s=80, title_id="t1", duration_s=100),
        happened("page_viewed", at_s=900),
    )
    judged = [e for e in found if e["kind"] == "outcome" and set(e["labels"]) & {"click", "start"}]
    assert [(e["title_id"], e["labels"]) for e in judged] == [
        ("t1", {"click": 0, "start": 0}),
        ("t2", {"click": 0, "start": 0}),
        ("t1", {"click": 1}),
        ("t1", {"start": 1}),
        ("t2", {"click": 0, "start": 0}),
    ]
    first, second = judged[:2], judged[2:]
    assert {e["features"]["dense"][SEEN] for e in first} == {0.0}
    assert len({e["features"]["dense"][SEEN] for e in second}) == 1
    assert len({e["features"]["dense"][DEPTH] for e in judged}) == 1


def test_a_title_is_consumed_once_a_sitting_and_comes_from_those_before_it() -> None:
    found = examples(
        happened("playback_completed", title_id="t0"),
        happened("title_clicked", at_s=60, title_id="t1"),
        happened("playback_started", at_s=61, title_id="t1"),
        happened("playback_stopped", at_s=160, title_id="t1", watched_s=50),
        happened("playback_skipped", at_s=170, title_id="t3"),
        happened("playback_completed", at_s=200, title_id="t2"),
        happened("playback_started", at_s=200 + 5 * 3_600, title_id="t2"),
    )
    consumed = [(e["title_id"], e.get("previous", [])) for e in found if e["kind"] == "consumed"]
    assert consumed == [("t0", []), ("t1", ["t0"]), ("t2", ["t1", "t0"]), ("t2", ["t1", "t0"])]


def test_a_title_nobody_listed_is_sighted_last() -> None:
    found = examples(happened("playback_completed", title_id="new"))
    assert [(e["kind"], e["title_id"], e["origin"][3]) for e in found] == [
        ("consumed", "new", 0),
        ("outcome", "new", 1),
        ("sighted", "new", 2),
    ]
    assert not [e for e in examples(happened("playback_completed", title_id="t1")) if e["kind"] == "sighted"]

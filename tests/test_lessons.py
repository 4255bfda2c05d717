"""What events teach: which choices count, what was before them, and how examples are numbered."""

import json
from typing import Any

from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.domain.topics import EXAMPLES
from playhead.lessons import SAME_SITTING_S

FILMS = [{"title_id": f"t{n}", "genres": ["Drama"]} for n in range(4)]


class Class:
    """A stage that keeps the examples."""

    def __init__(self) -> None:
        self.stage = Stage(FILMS)
        self.written: list[dict[str, Any]] = []

    def hear(self, type_: str, at_s: float, **fields: Any) -> list[dict[str, Any]]:
        effects = self.stage.take(happened(type_, at_s=at_s, **fields))
        assert {record.topic for record in effects.first} <= {EXAMPLES}
        assert all(record.partition is None for record in effects.first)
        new = [json.loads(record.value or b"") for record in effects.first]
        assert [record.key for record in effects.first] == [each["market"].encode() for each in new]
        self.written += new
        return new

    def choices(self) -> list[tuple[str, list[str]]]:
        return [(e["title_id"], e.get("previous", [])) for e in self.written if e["kind"] == "consumed"]


def test_click_start_and_end_of_one_sitting_are_one_choice() -> None:
    heard = Class()
    heard.hear("title_clicked", 0, title_id="t1")
    heard.hear("playback_started", 5, title_id="t1")
    heard.hear("playback_stopped", 9, title_id="t1", watched_s=3)
    heard.hear("playback_started", 9 + SAME_SITTING_S, title_id="t1")
    assert heard.choices() == [("t1", [])]
    heard.hear("playback_started", 10 + 2 * SAME_SITTING_S, title_id="t1")
    assert heard.choices() == [("t1", []), ("t1", [])]


def test_a_choice_follows_the_titles_before_it_newest_first() -> None:
    heard = Class()
    for n, title in enumerate(("t1", "t2", "t3")):
        heard.hear("playback_completed", 60 * n, title_id=title)
    heard.hear("title_hovered", 300, title_id="t0", dwell_ms=5)
    assert heard.choices() == [("t1", []), ("t2", ["t1"]), ("t3", ["t2", "t1"])]


def test_going_back_to_a_title_or_playing_a_skipped_one_is_a_choice() -> None:
    heard = Class()
    for n, title in enumerate(("t1", "t2", "t1")):
        heard.hear("playback_completed", 60 * n, title_id=title)
    assert heard.choices()[-1] == ("t1", ["t2"])
    heard.hear("playback_skipped", 200, title_id="t3")
    assert len(heard.choices()) == 3
    heard.hear("playback_started", 210, title_id="t3")
    assert heard.choices()[-1][0] == "t3"


def test_the_features_of_an_outcome_are_those_of_the_impression() -> None:
    heard = Class()
    shown = [{"title_id": "t1"}, {"title_id": "t2"}]
    heard.hear("impressions_shown", 0, items=shown, surface="kids", market="BR")
    again = heard.hear("impressions_shown", 60, items=shown, surface="kids", market="BR")
    assert [(e["title_id"], e["kind"], e["labels"]) for e in again] == [
        (title, "outcome", {"click": 0, "start": 0}) for title in ("t1", "t2")
    ]
    # Neither had been shown before in vain when it was first shown; once, when it was shown again.
    [consumed, click] = heard.hear("title_clicked", 70, title_id="t1", market="BR")
    assert (consumed["kind"], click["labels"]) == ("consumed", {"click": 1})
    log_1_plus_seen = 1
    assert [e["features"]["dense"][log_1_plus_seen] for e in (*again, click)] == [0.0, 0.0, 0.6931]
    assert {e["surface"] for e in (*again, click)} == {"kids"}
    assert consumed["surface"] == "home"
    assert all(e["features"]["hashed"] for e in (*again, click))
    assert "features" not in consumed or consumed["features"] is None


def test_an_example_says_where_it_comes_from_and_unknown_titles_come_last() -> None:
    heard = Class()
    heard.hear("page_viewed", 0)
    new = heard.hear(
        "impressions_shown", 5, event_id="shown", items=[{"title_id": t} for t in ("x", "t1", "y")]
    )
    assert [(e["title_id"], e["kind"]) for e in new] == [("x", "sighted"), ("y", "sighted")]
    assert [e["example_id"] for e in new] == ["shown/0", "shown/1"]
    places = [tuple(e["origin"][2:]) for e in new]  # offset, index
    assert places == [(1, 0), (1, 1)]
    assert {e["occurred_at"] for e in new} == {START_MS + 5_000}
    mixed = heard.hear("playback_completed", 9, title_id="z")
    assert [e["kind"] for e in mixed] == ["consumed", "outcome", "sighted"]
    assert [e["origin"][3] for e in mixed] == [0, 1, 2]


def test_titles_are_sighted_where_they_are_named_and_once() -> None:
    heard = Class()
    found = heard.hear("search_performed", 0, query="q", results=["x", "t1"])
    assert [e["title_id"] for e in found] == ["x"]
    assert heard.hear("title_hovered", 5, title_id="x", dwell_ms=5) == []
    assert [e["kind"] for e in heard.hear("title_hovered", 6, title_id="y", dwell_ms=5)] == ["sighted"]
    assert heard.hear("history_removed", 7, title_id="w") == []

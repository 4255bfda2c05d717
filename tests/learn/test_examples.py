"""Examples of events: their features hold nothing from after the impression, each choice is one example, and their numbering is stable."""

import json
from base64 import b64decode
from typing import Any

import msgspec
from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.arrays.hashing import digest
from playhead.arrays.packed_ids import ids, pack_ids
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.decoding import decode_event
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EXAMPLES
from playhead.features.context_snapshot import ContextSnapshot
from playhead.learn import examples
from playhead.learn.examples import DAY_S, SAME_SESSION_S
from playhead.personalize.profile_update import UnannouncedTitles
from playhead.signals.identity import Identity
from playhead.signals.pace import MOST, Pace
from playhead.signals.record import Profile, decode, encode, fold
from playhead.signals.record import settled as settled_by
from playhead.signals.rows import Watched, history

FILMS = [{"title_id": f"t{n}", "genres": ["Drama"], "duration_s": 100} for n in range(5)]
SEEN, DEPTH = 1, 2
PASSED = {"click": 0, "start": 0, "long_view": 0, "finish": 0}


def examples_of(*events: dict[str, Any]) -> list[dict[str, Any]]:
    stage, written = Stage(FILMS), []
    for event in events:
        written += [json.loads(r.value or b"") for r in stage.take(event).first if r.topic == EXAMPLES]
    return written


def test_an_outcome_has_the_features_of_the_impression_whatever_came_of_it() -> None:
    # shown t1, t2 ── click t1 ── play t1 ── 10 min ──▶ t2 was passed over
    written = examples_of(
        happened("playback_completed", title_id="t0"),
        happened("impressions_shown", at_s=5, items=[{"title_id": "t1"}, {"title_id": "t2"}]),
        happened(
            "impressions_shown", at_s=60, items=[{"title_id": "t1"}, {"title_id": "t2"}], event_id="again"
        ),
        happened("title_clicked", at_s=70, title_id="t1"),
        happened("playback_started", at_s=80, title_id="t1", duration_s=100),
        happened("page_viewed", at_s=900),
    )
    judged = [e for e in written if e["kind"] == "outcome" and set(e["labels"]) & {"click", "start"}]
    assert [(e["title_id"], e["labels"]) for e in judged] == [
        ("t1", PASSED),
        ("t2", PASSED),
        ("t1", {"click": 1}),
        ("t1", {"start": 1}),
        ("t2", PASSED),
    ]
    first, second = judged[:2], judged[2:]
    assert {e["features"]["dense"][SEEN] for e in first} == {0.0}
    assert len({e["features"]["dense"][SEEN] for e in second}) == 1
    assert len({e["features"]["dense"][DEPTH] for e in judged}) == 1


def test_a_title_is_consumed_once_a_sitting_and_comes_from_those_before_it() -> None:
    written = examples_of(
        happened("playback_completed", title_id="t0"),
        happened("title_clicked", at_s=60, title_id="t1"),
        happened("playback_started", at_s=61, title_id="t1"),
        happened("playback_stopped", at_s=160, title_id="t1", watched_s=50),
        happened("playback_skipped", at_s=170, title_id="t3"),
        happened("playback_completed", at_s=200, title_id="t2"),
        happened("playback_started", at_s=86_400, title_id="t2"),
    )
    consumed = [(e["title_id"], e.get("previous", [])) for e in written if e["kind"] == "consumed"]
    assert consumed == [("t0", []), ("t1", ["t0"]), ("t2", ["t1", "t0"]), ("t2", ["t1", "t0"])]


def test_a_title_nobody_listed_is_sighted_last() -> None:
    written = examples_of(happened("playback_completed", title_id="new"))
    assert [(e["kind"], e["title_id"], e["origin"][3]) for e in written] == [
        ("consumed", "new", 0),
        ("outcome", "new", 1),
        ("sighted", "new", 2),
    ]
    assert not [
        e for e in examples_of(happened("playback_completed", title_id="t1")) if e["kind"] == "sighted"
    ]


def test_a_choice_says_when_those_before_it_were_chosen_and_what_was_shown_before_its_page() -> None:
    # shown t1 ── skip t1 ── choose t2 ── 30 s ── choose t3 ── 10 s ── shown t4, t0 ── click t4
    written = examples_of(
        happened("impressions_shown", at_s=10, items=[{"title_id": "t1"}]),
        happened("playback_skipped", at_s=20, title_id="t1"),
        happened("playback_completed", at_s=60, title_id="t2"),
        happened("playback_completed", at_s=90, title_id="t3"),
        happened("impressions_shown", at_s=100, items=[{"title_id": "t4"}, {"title_id": "t0"}]),
        happened("title_clicked", at_s=100, title_id="t4"),
    )
    last = [e for e in written if e["kind"] == "consumed"][-1]
    assert (last["title_id"], last["previous"], last["since_s"]) == ("t4", ["t3", "t2"], [10, 40])
    assert msgspec.json.decode(json.dumps(last["moment"]), type=ContextSnapshot).shown == pack_ids(["t1"])
    judged = {e["title_id"]: e.get("previous", []) for e in written if "click" in e.get("labels", {})}
    assert judged == {"t1": [], "t4": ["t0", "t1"]}


class Learning:
    """A stage that keeps the examples."""

    def __init__(self) -> None:
        self.stage = Stage(FILMS)
        self.written: list[dict[str, Any]] = []

    def send(self, type_: str, at_s: float, **fields: Any) -> list[dict[str, Any]]:
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
    learning = Learning()
    learning.send("title_clicked", 0, title_id="t1")
    learning.send("playback_started", 5, title_id="t1")
    learning.send("playback_stopped", 9, title_id="t1", watched_s=3)
    learning.send("playback_started", 9 + SAME_SESSION_S, title_id="t1")
    assert learning.choices() == [("t1", [])]
    # a sitting that goes on past midnight is still the same choice
    learning.send("playback_started", DAY_S - 60, title_id="t2")
    learning.send("playback_stopped", DAY_S + 60, title_id="t2", watched_s=120)
    assert learning.choices() == [("t1", []), ("t2", ["t1"])]


def test_a_profile_chooses_a_title_once_a_day() -> None:
    # two songs by turns for an hour ── and once more on the next day
    learning = Learning()
    for n in range(20):
        learning.send("playback_completed", 180 * n, title_id=("t1", "t2")[n % 2], watched_s=100)
    assert learning.choices() == [("t1", []), ("t2", ["t1"])]
    learning.send("playback_completed", DAY_S + 60, title_id="t1", watched_s=100)
    assert learning.choices() == [("t1", []), ("t2", ["t1"]), ("t1", ["t2"])]


def test_what_was_watched_when_others_were_clicked_already_counts_once_more() -> None:
    learning = Learning()
    for n in range(3):
        learning.send("title_clicked", 90 * n, title_id="t1")
        learning.send("title_clicked", 90 * n + 10, title_id="t2")
        learning.send("playback_stopped", 90 * n + 50, title_id="t1", watched_s=40, duration_s=100)
    assert [title for title, _ in learning.choices()] == ["t1", "t2", "t1"]


def test_who_does_what_no_person_can_teaches_nothing() -> None:
    learning = Learning()
    learning.send("title_clicked", 0, title_id="t1")
    stored = learning.stage.core.stored
    epoch, offset, profile = decode(stored[b"ada"])
    profile.pace_v1 = Pace(MOST + 100.0, START_MS // 1000)
    stored[b"ada"] = encode(profile, Source(epoch, 0), offset)
    learning.send("title_clicked", 20, title_id="t2")
    assert learning.choices() == [("t1", [])]
    assert learning.stage.answered  # its own page moves
    learning.send("title_clicked", DAY_S, title_id="t3")  # it has slowed down
    assert learning.choices() == [("t1", []), ("t3", ["t2", "t1"])]


def test_what_begins_by_itself_is_no_choice() -> None:
    learning = Learning()
    learning.send("impressions_shown", 0, items=[{"title_id": "t1"}])
    learning.send("playback_started", 5, title_id="t1", trigger="autoplay", duration_s=100)
    learning.send("playback_stopped", 35, title_id="t1", watched_s=30)
    learning.send("playback_started", 40, title_id="t2", trigger="preview")
    learning.send("playback_completed", 60, title_id="t2")
    assert learning.choices() == []
    labels = [
        (example["title_id"], example["labels"])
        for example in learning.written
        if example["kind"] == "outcome"
    ]
    assert labels == [("t1", {"click": 0, "start": 0, "long_view": 1, "finish": 0})]
    learning.send("playback_started", 200, title_id="t1", trigger="choice")
    assert learning.choices() == [("t1", [])]


def test_a_choice_follows_the_titles_before_it_newest_first() -> None:
    learning = Learning()
    for n, title in enumerate(("t1", "t2", "t3")):
        learning.send("playback_completed", 60 * n, title_id=title)
    learning.send("title_hovered", 300, title_id="t0", dwell_ms=5)
    assert learning.choices() == [("t1", []), ("t2", ["t1"]), ("t3", ["t2", "t1"])]


def test_going_back_to_a_title_or_playing_a_skipped_one_is_a_choice() -> None:
    learning = Learning()
    for at_s, title in ((0, "t1"), (60, "t2"), (DAY_S, "t1")):
        learning.send("playback_completed", at_s, title_id=title)
    assert learning.choices()[-1] == ("t1", ["t2"])
    learning.send("playback_skipped", DAY_S + 200, title_id="t3")
    assert len(learning.choices()) == 3
    learning.send("playback_started", DAY_S + 210, title_id="t3")
    assert learning.choices()[-1][0] == "t3"


def test_the_features_of_an_outcome_are_those_of_the_impression() -> None:
    learning = Learning()
    shown = [{"title_id": "t1"}, {"title_id": "t2"}]
    learning.send("impressions_shown", 0, items=shown, surface="kids", market="BR")
    again = learning.send("impressions_shown", 60, items=shown, surface="kids", market="BR")
    assert [(e["title_id"], e["kind"], e["labels"]) for e in again] == [
        (title, "outcome", PASSED) for title in ("t1", "t2")
    ]
    # Neither had been shown before in vain when it was first shown; once, when it was shown again.
    [consumed, click] = learning.send("title_clicked", 70, title_id="t1", market="BR")
    assert (consumed["kind"], click["labels"]) == ("consumed", {"click": 1})
    log_1_plus_seen = 1
    assert [e["features"]["dense"][log_1_plus_seen] for e in (*again, click)] == [0.0, 0.0, 0.6931]
    assert {e["surface"] for e in (*again, click)} == {"kids"}
    assert consumed["surface"] == "home"
    assert all(e["features"]["hashed"] for e in (*again, click))
    assert "features" not in consumed or consumed["features"] is None


def test_an_example_says_where_it_comes_from_and_unknown_titles_come_last() -> None:
    learning = Learning()
    learning.send("page_viewed", 0)
    new = learning.send(
        "impressions_shown", 5, event_id="shown", items=[{"title_id": t} for t in ("x", "t1", "y")]
    )
    assert [(e["title_id"], e["kind"]) for e in new] == [("x", "sighted"), ("y", "sighted")]
    assert [e["example_id"] for e in new] == ["shown/0", "shown/1"]
    places = [tuple(e["origin"][2:]) for e in new]  # offset, index
    assert places == [(1, 0), (1, 1)]
    assert {e["occurred_at"] for e in new} == {START_MS + 5_000}
    mixed = learning.send("playback_completed", 9, title_id="z")
    assert [e["kind"] for e in mixed] == ["consumed", "outcome", "sighted"]
    assert [e["origin"][3] for e in mixed] == [0, 1, 2]


def test_what_was_never_shown_was_not_shown_in_vain() -> None:
    learning = Learning()
    [_, finish] = learning.send("playback_completed", 0, title_id="t1")
    assert (finish["labels"], finish["features"]["dense"][SEEN]) == ({"long_view": 1, "finish": 1}, 0.0)


def test_titles_are_sighted_where_they_are_named_and_once() -> None:
    learning = Learning()
    written = learning.send("search_performed", 0, query="q", results=["x", "t1"])
    assert [e["title_id"] for e in written] == ["x"]
    assert learning.send("title_hovered", 5, title_id="x", dwell_ms=5) == []
    assert [e["kind"] for e in learning.send("title_hovered", 6, title_id="y", dwell_ms=5)] == ["sighted"]
    assert learning.send("history_removed", 7, title_id="w") == []


def test_a_choice_holds_its_moment_and_what_was_finished_before_it_and_nothing_else_does() -> None:
    learning = Learning()
    learning.send("page_viewed", 0, surface="kids", market="BR")
    learning.send("impressions_shown", 1, items=[{"title_id": "t2"}, {"title_id": "t3"}])
    learning.send("playback_completed", 10, title_id="t1")
    learning.send("page_viewed", 4_000, surface="kids")
    learning.send("playback_completed", 5_000, title_id="t2")
    first, second = [each for each in learning.written if each["kind"] == "consumed"]
    assert "finished" not in first
    assert b64decode(second["finished"]) == digest("t1").to_bytes(4, "little")
    snapshots = [msgspec.convert(each["moment"], ContextSnapshot) for each in (first, second)]
    assert [[watched.title_id for watched in snapshot.history] for snapshot in snapshots] == [[], ["t1"]]
    assert {(snapshot.identity.market, snapshot.surface) for snapshot in snapshots} == {("BR", "kids")}
    # The page that the choice was made from had shown nothing before; by the second choice it had been left.
    assert [sorted(ids(snapshot.seen.packed)) for snapshot in snapshots] == [[], ["t2", "t3"]]
    others = [each for each in learning.written if each["kind"] != "consumed"]
    assert others
    assert not [each for each in others if "moment" in each or "finished" in each]


def test_what_is_judged_as_of_one_moment_is_one_row() -> None:
    identity, before = Identity(market="US"), history([Watched("a", 1)])
    #  two impressions of a page, one of a later page, and one of a moment that says the same and is another
    page, later = ContextSnapshot(identity, before, (), 10), ContextSnapshot(identity, before, (), 20)
    other = page._replace()
    snapshots, owner = examples._once([page, later, page, other])
    assert owner.tolist() == [0, 1, 0, 2]
    assert [id(snapshot) for snapshot in snapshots] == [id(page), id(later), id(other)]
    assert examples._once([])[0] == []


def test_a_page_that_is_left_is_judged_as_of_one_moment() -> None:
    # three titles shown ─▶ 11 minutes later they are passed over, all as of when they were on screen
    profile, nobody = Profile(), UnannouncedTitles(Catalogue(Vocabulary()), {})
    page = happened("impressions_shown", items=[{"title_id": title_id} for title_id in "abc"])
    left = Incoming("playhead.events", 0, 1, 0, page["profile_id"].encode(), None)
    fold(profile, learning(page))
    event = learning(happened("page_viewed", at_s=11 * 60))
    settled = settled_by(profile, event)
    pending = examples.pending_examples(profile, left, event, settled, nobody)
    assert sorted(example.title_id for example in pending) == ["a", "b", "c"]
    assert len({id(example.snapshot) for example in pending}) == 1


def learning(event: dict[str, Any]) -> Any:
    return decode_event(event["profile_id"].encode(), msgspec.json.encode(event))

"""The core's promises about delivery: replays, repeated ids, epochs, erasures, and what a batch leaves."""

import json
from typing import Any

import pytest
from tests.timeline import START_MS, happened, records

from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.topics import DECISIONS, ERASURES, EVENTS, RANKINGS
from playhead.personalize import core
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.signals.record import decode, erasure_marker, is_erasure_marker

SOURCE = Source(7, 3)
NOW_MS = START_MS + 10**6


class Partition:
    """The core over one partition whose records are kept in a dict."""

    def __init__(self) -> None:
        self.core = Personalizer(RECIPE)
        self.stored: dict[bytes, bytes] = {}
        for title in ("t1", "t2"):
            self.core.follow(
                "playhead.titles", title.encode(), json.dumps(TITLE | {"title_id": title}).encode()
            )

    def step(self, batch: list[Incoming], source: Source = SOURCE) -> Effects:
        effects = self.core.step(batch, lambda keys: [self.stored.get(k) for k in keys], source, NOW_MS)
        for key, value in effects.state:
            self.stored[key] = value
        return effects

    def watermark(self, profile: bytes = b"ada") -> tuple[int, int]:
        epoch, offset, _ = decode(self.stored[profile])
        return epoch, offset


TITLE = {"name": "A film", "genres": ["Drama"]}
VIEW = happened("page_viewed", event_id="view", surface="kids")
PLAY = happened("playback_completed", at_s=5, event_id="play", title_id="t1")
BEAT = happened("playback_progress", at_s=6, event_id="beat", title_id="t1", watched_s=5, position_s=5)
ERASED = happened("profile_erased", at_s=9, event_id="gone")


def rankings(effects: Effects) -> list[dict[str, Any] | None]:
    return [r.value and json.loads(r.value) for r in effects.then if r.topic == RANKINGS]  # type: ignore[misc]


def topics(effects: Effects) -> list[str]:
    return [record.topic for record in effects.then]


def test_a_batch_leaves_one_record_and_one_ranking_a_profile() -> None:
    partition = Partition()
    effects = partition.step(records([VIEW, PLAY, BEAT], offset=40))
    [(key, _)] = effects.state
    assert (key, partition.watermark()) == (b"ada", (7, 42))
    assert topics(effects) == [RANKINGS, DECISIONS]
    assert all(record.partition == 3 and record.key == b"ada" for record in effects.then)
    [ranking] = rankings(effects)
    assert ranking is not None
    assert (ranking["version"], ranking["computed_at"], ranking["surface"]) == (3, NOW_MS, "kids")
    assert ranking["caused_by"] == {
        "event_id": "beat",
        "partition": 3,
        "offset": 42,
        "occurred_at": BEAT["occurred_at"],
    }


def test_rankings_are_the_same_however_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    #  seven viewers in three markets, two of which may share a shard
    events = [
        VIEW | {"profile_id": f"p{n}", "event_id": f"v{n}", "market": ("BR", "US", "DE")[n % 3]}
        for n in range(7)
    ]
    batch = [
        record._replace(key=event["profile_id"].encode())
        for record, event in zip(records(events, offset=40), events, strict=True)
    ]
    whole = Partition().step(batch)
    assert len(rankings(whole)) == len(events)
    for most in (1, 2, 3):
        monkeypatch.setattr(core, "AT_ONCE", most)
        assert Partition().step(batch) == whole


def test_what_moves_no_list_is_folded_without_a_ranking() -> None:
    partition = Partition()
    effects = partition.step(records([BEAT]))
    assert effects.then == []
    assert len(effects.state) == 1


def test_a_batch_read_again_changes_nothing_and_answers_again() -> None:
    partition = Partition()
    batch = records([VIEW, PLAY, BEAT], offset=40)
    first = partition.step(batch)
    again = partition.step(batch)
    assert again.state == []
    assert again.first == []
    assert topics(again) == topics(first)
    assert rankings(again)[0]["version"] == 3  # type: ignore[index]
    # Half of it again, with something new behind.
    more = partition.step([*batch[1:], *records([happened("page_viewed", at_s=99)], offset=43)])
    assert (partition.watermark(), rankings(more)[0]["version"]) == ((7, 43), 4)  # type: ignore[index]


def test_an_event_id_counts_once_but_its_offset_moves_the_watermark() -> None:
    partition = Partition()
    partition.step(records([PLAY], offset=40))
    effects = partition.step(records([PLAY], offset=41))
    assert partition.watermark() == (7, 41)
    assert effects.first == []
    assert effects.then == []
    assert decode(partition.stored[b"ada"])[2].delivery_v1.version == 1


def test_a_topic_made_anew_begins_at_zero_again() -> None:
    partition = Partition()
    partition.step(records([VIEW], offset=40))
    effects = partition.step(records([PLAY], offset=0), Source(8, 3))
    assert partition.watermark() == (8, 0)
    assert rankings(effects)[0]["version"] == 2  # type: ignore[index]


def test_an_erasure_forgets_and_says_so_also_when_it_is_repeated() -> None:
    partition = Partition()
    partition.step(records([VIEW, PLAY], offset=40))
    erasure = records([ERASED], offset=42)
    effects = partition.step(erasure)
    # What is left is how far it was read, until nothing older can arrive any more.
    assert effects.state == [(b"ada", erasure_marker(SOURCE, 42))]
    assert effects.erased == [(b"ada", 42)]
    assert is_erasure_marker(partition.stored[b"ada"])
    receipt, tombstone = effects.then
    assert tombstone == Outgoing(RANKINGS, b"ada", None, partition=3)
    assert (receipt.topic, receipt.key, receipt.partition) == (ERASURES, b"ada", 3)
    assert json.loads(receipt.value or b"") == {
        "profile_id": "ada",
        "event_id": "gone",
        "requested_at": ERASED["occurred_at"],
        "erased_at": NOW_MS,
    }
    again = partition.step(erasure)
    assert (again.then, again.erased, again.state) == (effects.then, effects.erased, [])


def test_what_came_before_an_erasure_is_not_folded_anew_after_it() -> None:
    partition = Partition()
    partition.step(records([VIEW, PLAY, ERASED], offset=40))
    again = partition.step(records([VIEW, PLAY], offset=40))
    assert (again.first, again.state, again.then) == ([], [], [])


def test_who_comes_back_after_an_erasure_is_a_stranger() -> None:
    partition = Partition()
    late = happened("page_viewed", at_s=20, event_id="back")
    effects = partition.step(records([VIEW, PLAY, ERASED, late], offset=40))
    assert topics(effects) == [ERASURES, RANKINGS, DECISIONS]
    [ranking] = rankings(effects)
    assert ranking is not None
    assert (ranking["version"], {item["title_id"] for item in ranking["items"]}) == (1, {"t1", "t2"})
    # The erasure read again must not take the stranger's ranking away.
    again = partition.step(records([ERASED], offset=42))
    assert [r.value is None for r in again.then if r.topic == RANKINGS] == [False]
    assert again.state == []


def test_an_erasure_at_the_end_of_a_batch_leaves_no_ranking() -> None:
    effects = Partition().step(records([VIEW, ERASED]))
    assert topics(effects) == [ERASURES, RANKINGS]
    assert effects.then[1].value is None


def test_profiles_of_a_batch_do_not_meet_and_bad_records_stop_nobody() -> None:
    partition = Partition()
    bob = happened("page_viewed", profile="bob", event_id="b", market="BR")
    broken = Incoming(EVENTS, 3, 41, 0, b"ada", b"{nonsense")
    ours, theirs = records([VIEW], offset=40), records([bob], offset=42)
    effects = partition.step([*ours, broken, *theirs])
    assert [record for record, _ in effects.rejected] == [broken]
    assert partition.watermark(b"ada") == (7, 40)
    assert partition.watermark(b"bob") == (7, 42)
    assert {(r["profile_id"], r["market"]) for r in rankings(effects) if r} == {("ada", "ZZ"), ("bob", "BR")}


@pytest.mark.parametrize("stored", [b"?", bytes(12) + b"\x81\xabhistory_v99", bytes(12) + b"{}"])
def test_a_stored_record_of_a_newer_form_stops_with_its_repair(stored: bytes) -> None:
    with pytest.raises(Unavailable, match="upgrade this worker"):
        Personalizer(RECIPE).step(records([VIEW]), lambda _: [stored], SOURCE, NOW_MS)


def test_a_batch_says_what_it_dropped_and_what_was_late() -> None:
    partition = Partition()
    early = happened("page_viewed", at_s=-60, event_id="early")
    batch = records([VIEW, PLAY, VIEW, early, ERASED], offset=0)  # VIEW twice: a producer's retry
    stats = partition.step(batch).stats
    assert (stats.folded, stats.duplicates, stats.late, stats.replayed) == (4, 1, 1, 0)
    assert stats.erased_ms == [batch[-1].timestamp_ms]
    partition.step(records([BEAT], offset=5))
    assert partition.step(records([BEAT], offset=5)).stats.replayed == 1

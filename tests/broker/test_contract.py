"""The wire contract through real workers: every good event moves its profile, every bad one is kept with its repair."""

import json
from base64 import b64encode
from collections import Counter
from random import Random
from typing import Any

import pytest
from confluent_kafka import KafkaException
from tests.broker.world import Eyes, Place, World, wait_until
from tests.domain.golden import bad_events, bad_value, lines

from playhead.domain.records import Incoming
from playhead.domain.schemas import EVENT_TYPES
from playhead.domain.topics import (
    DEAD_LETTERS,
    ERASURES,
    EVENTS,
    PROFILES_CHANGELOG,
    RANKINGS,
    TITLES,
    TOPICS,
)
from playhead.recipe import MOVING

AT_MS = 1_767_226_000_000
HUGE_BYTES = 20_000_000
"""What a producer can send that compresses well: the broker counts compressed bytes, the worker reads them all."""


@pytest.fixture
def eyes(world: World) -> Eyes:
    """A world with a catalogue and both workers; metrics are not looked at."""
    titles = [(json.loads(line)["title_id"].encode(), line) for line in lines("titles")]
    world.produce(TITLES, titles)
    world.start("learn")
    world.start("personalize")
    return Eyes(world, 0)


def content(record: Incoming) -> Any:
    return json.loads(record.value or b"null")


def visit(profile: str, number: int) -> tuple[bytes, bytes]:
    event = {
        "event_id": f"visit-{number}",
        "type": "page_viewed",
        "occurred_at": AT_MS,
        "profile_id": profile,
    }
    return profile.encode(), json.dumps(event).encode()


def answer(world: World, eyes: Eyes, key: bytes, value: bytes) -> tuple[Place, dict[str, list[Incoming]]]:
    """Where an event was stored, and what it has caused."""
    [place] = world.produce(EVENTS, [(key, value)])
    eyes.until_done(place, within_s=60)
    return place, eyes.caused()


def test_every_type_moves_its_profile_now_or_with_the_next_ranking(world: World, eyes: Eyes) -> None:
    folded: Counter[str] = Counter()
    seen: set[str] = set()
    for line in lines("events"):
        event = json.loads(line)
        profile, type_ = event["profile_id"], event["type"]
        place, caused = answer(world, eyes, profile.encode(), line)
        seen.add(type_)
        if type_ == "profile_erased":
            check_erased(world, event, caused)
            folded[profile] = 0
            continue
        folded[profile] += 1
        rankings = [content(record) for record in caused[RANKINGS]]
        assert len(rankings) == (EVENT_TYPES[type_] in MOVING), type_
        for ranking in rankings:
            # Those that have caused none themselves are counted here.
            assert ranking["version"] == folded[profile]
            assert ranking["caused_by"] == {
                "event_id": event["event_id"],
                "partition": place.partition,
                "offset": place.offset,
                "occurred_at": event["occurred_at"],
            }
    assert seen == set(EVENT_TYPES)
    for number, profile in enumerate(folded):
        _, caused = answer(world, eyes, *visit(profile, number))
        # Who was erased is a stranger: the first version.
        assert [content(record)["version"] for record in caused[RANKINGS]] == [folded[profile] + 1]
    assert not world.read(DEAD_LETTERS)


def check_erased(world: World, event: dict[str, Any], caused: dict[str, list[Incoming]]) -> None:
    key = event["profile_id"].encode()
    [receipt] = caused[ERASURES]
    assert receipt.key == key
    assert {name: content(receipt)[name] for name in ("profile_id", "event_id", "requested_at")} == {
        "profile_id": event["profile_id"],
        "event_id": event["event_id"],
        "requested_at": event["occurred_at"],
    }
    # At once, and once more when nothing older can arrive any more; only then is the erasure committed.
    assert [(record.key, record.value) for record in caused[RANKINGS]] == [(key, None)] * 2
    assert [record.value for record in world.read(PROFILES_CHANGELOG) if record.key == key][-1] is None


def test_bad_records_are_kept_with_their_repair_and_stop_nothing(world: World, eyes: Eyes) -> None:
    key, value = visit("p-1", 1)
    answer(world, eyes, key, value)
    bad = bad_events()
    sent = [(None if each["key"] is None else each["key"].encode(), bad_value(each)) for each in bad]
    places = world.produce(EVENTS, sent)
    sent += [(b"p-1", b" " * HUGE_BYTES), largest(world, places)]
    bad += 2 * [{"reason": "bytes, more than 1,000,000", "repair": "Split lists"}]
    places[-1:-1] = world.produce(
        EVENTS, [sent[-2]], **{"compression.type": "gzip", "message.max.bytes": 2 * HUGE_BYTES}
    )
    # Partitions whose only records are bad must come through as well.
    wait_until(lambda: eyes.done() == 1 + len(bad), "all bad records are dealt with")

    letters = {
        (h["partition"], h["offset"]): (h, each) for each in world.read(DEAD_LETTERS) for h in [headers(each)]
    }
    assert len(world.read(DEAD_LETTERS)) == len(letters) == len(bad)
    for (sent_key, sent_value), place, expected in zip(sent, places, bad, strict=True):
        letter_headers, letter = letters[str(place.partition), str(place.offset)]
        assert (letter.key, letter.value) == (sent_key, sent_value)
        assert (letter_headers["topic"], letter_headers["error"], letter_headers["attempts"]) == (
            EVENTS,
            "Rejected",
            "1",
        )
        assert expected["reason"] in letter_headers["message"]
        assert expected["repair"] in letter_headers["repair"]

    for number in range(2, 10):
        _, caused = answer(world, eyes, *visit(f"p-{number % 5}", number))
        assert len(caused[RANKINGS]) == 1


def headers(record: Incoming) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in record.headers}


def largest(world: World, places: list[Place]) -> tuple[bytes, bytes]:
    """A record as large as the broker takes, that nothing can compress; where it was stored is added to ``places``."""
    [limit] = [topic.max_message_bytes for topic in TOPICS if topic.name == EVENTS]
    noise = b64encode(Random(1).randbytes(limit))[:limit]
    for size in range(limit - 60, limit - 120, -1):
        try:
            places += world.produce(EVENTS, [(b"p-1", noise[:size])], **{"compression.type": "none"})
        except (AssertionError, KafkaException):
            continue
        return b"p-1", noise[:size]
    raise AssertionError(limit)

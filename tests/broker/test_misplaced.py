"""Producers that put profiles on other partitions than Playhead does, and a topic that was made larger."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions
from tests.broker.world import World, delete_topics
from tests.domain.golden import lines
from tests.timeline import happened

from playhead.cli.doctor import check_placing, check_topics
from playhead.domain.errors import Unavailable
from playhead.domain.forwarding import MOVED, origin_of
from playhead.domain.partitioning import crc32_partition_of, partition_of
from playhead.domain.records import Source
from playhead.domain.topics import (
    DEAD_LETTERS,
    ERASURES,
    EVENTS,
    EXAMPLES,
    PROFILE_PARTITIONS,
    PROFILES_CHANGELOG,
    RANKINGS,
    TITLES,
    TopicLayout,
)
from playhead.lab.kafka import EmbeddedBroker
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.connection import client_config, producer_config
from playhead.runtime.dead_letters import list_dead_letters, replay_dead_letters
from playhead.runtime.settings import Settings
from playhead.signals.record import Profile, decode, encode, is_erasure_marker

LIBRDKAFKA = {"partitioner": "consistent_random"}
"""Its default."""
GROUP = "playhead-personalize"
PROFILES = [f"viewer-{number}" for number in range(12)]
Wait = Callable[..., float]


def acts(count: int, begin: int = 0) -> list[tuple[bytes, bytes]]:
    """Each profile's acts in turn."""
    events = [
        happened("page_viewed", at_s=number, profile=PROFILES[number % len(PROFILES)])
        for number in range(begin, begin + count)
    ]
    return [(each["profile_id"].encode(), json.dumps(each).encode()) for each in events]


def newest(world: World, topic: str) -> dict[tuple[int, bytes], bytes | None]:
    """The last value of each key on each partition."""
    return {(record.partition, record.key or b""): record.value for record in world.read(topic)}


def versions(world: World) -> dict[tuple[int, bytes], int]:
    """How many events each stored record has folded."""
    return {
        place: decode(value)[2].delivery_v1.version
        for place, value in newest(world, PROFILES_CHANGELOG).items()
        if value and not is_erasure_marker(value)
    }


def right(count: int, partitions: int = PROFILE_PARTITIONS) -> dict[tuple[int, bytes], int]:
    """The same, if each profile has one record, on its own partition."""
    each = Counter(key for key, _ in acts(count))
    return {(partition_of(key, partitions), key): number for key, number in each.items()}


def put(world: World, topic: str, partition: int, key: bytes, value: bytes) -> None:
    producer = Producer(producer_config(world.settings))
    producer.produce(topic, value, key, partition)
    assert producer.flush(10) == 0
    producer.close()


def nobody_is_in_the_group(admin: AdminClient) -> bool:
    try:
        return not admin.describe_consumer_groups([GROUP])[GROUP].result(10).members
    except KafkaException:
        return True  # there never was anybody


def start(world: World, **more: str) -> Any:
    world.produce(TITLES, [(json.loads(line)["title_id"].encode(), line) for line in lines("titles")])
    return world.start("personalize", more=more)


def moved_in_order(world: World) -> bool:
    """Whether what was sent on from a partition came to stand in the order that it had there."""
    places: dict[tuple[bytes | None, int], list[int]] = {}
    for record in world.read(EVENTS):
        if (origin := origin_of(record)) is not None:
            places.setdefault((record.key, origin.partition), []).append(origin.offset)
    return bool(places) and all(offsets == sorted(set(offsets)) for offsets in places.values())


def test_misplaced_events_are_sent_on_and_erasures_reach_what_was_folded_elsewhere(
    world: World, wait_until: Wait
) -> None:
    # crc32: some profiles on wrong partitions ─▶ sent on, folded once ─▶ one is erased ─▶ its old half is, too
    key = next(
        name.encode()
        for name in PROFILES
        if crc32_partition_of(name.encode(), PROFILE_PARTITIONS)
        == partition_of(name.encode(), PROFILE_PARTITIONS)
    )
    own = partition_of(key, PROFILE_PARTITIONS)
    wrong = (own + 1) % PROFILE_PARTITIONS
    put(world, PROFILES_CHANGELOG, wrong, key, encode(Profile(), Source(7, wrong), 3))
    put(world, RANKINGS, wrong, key, b'{"version": 1}')
    start(world)
    world.produce(EVENTS, acts(120), **LIBRDKAFKA)
    half = {(wrong, key): 0}
    wait_until(lambda: versions(world) == right(120) | half, "all is folded where it belongs", 60)
    assert moved_in_order(world)
    finding = check_placing(world.settings)
    assert finding.state == "warning"
    assert "partitioner=murmur2_random" in finding.repair

    erasure = happened("profile_erased", at_s=1000, profile=key.decode())
    world.produce(EVENTS, [(key, json.dumps(erasure).encode())])
    wait_until(lambda: bool(world.read(ERASURES)), "a receipt")
    wait_until(
        lambda: is_erasure_marker(newest(world, PROFILES_CHANGELOG)[wrong, key] or bytes(12)),
        "the half is gone",
    )
    wait_until(lambda: newest(world, RANKINGS)[wrong, key] is None, "its ranking is gone")
    assert len(world.read(ERASURES)) == 1
    assert not [record for record in world.read(DEAD_LETTERS) if record.key == key]


def test_they_can_be_refused_and_come_back_right(world: World, wait_until: Wait) -> None:
    start(world, PLAYHEAD_MISPLACED="refuse")
    places = world.produce(EVENTS, acts(24), **LIBRDKAFKA)
    strays = sum(
        place.partition != partition_of(key, PROFILE_PARTITIONS)
        for place, (key, _) in zip(places, acts(24), strict=True)
    )
    wait_until(lambda: len(world.read(DEAD_LETTERS)) == strays > 0, "each has its dead letter", 60)
    assert all("murmur2" in letter.repair for letter in list_dead_letters(world.settings))
    assert all(MOVED not in dict(record.headers) for record in world.read(EVENTS))
    assert replay_dead_letters(world.settings, lambda _: True) == strays
    wait_until(lambda: versions(world) == right(24), "all is folded where it belongs")


def test_partitions_and_shards_are_chosen_once_and_read_from_the_broker(
    broker: EmbeddedBroker, tmp_path: Path, wait_until: Wait
) -> None:
    #  16 partitions, 8 shards ─▶ two workers share them ─▶ one is killed: the other has them all ─▶ other numbers are refused
    settings = Settings(bootstrap=broker.bootstrap, data_dir=tmp_path, publish_every_s=0.1)
    delete_topics(settings)
    create_topics(settings, 16, 8)
    wait_until(lambda: not compare_topics(settings), "topics are made")
    world = World(settings)
    try:
        assert world.layout == TopicLayout(16, 8)
        world.produce(TITLES, [(json.loads(line)["title_id"].encode(), line) for line in lines("titles")])
        learn = world.start("learn")
        first = world.start("personalize", "one", more={"PLAYHEAD_DATA_DIR": str(tmp_path / "one")})
        second = world.start("personalize", "two", more={"PLAYHEAD_DATA_DIR": str(tmp_path / "two")})
        wait_until(lambda: world.members() == 2 and world.settled(), "both are in the group", 60)
        plays = [
            happened("playback_completed", at_s=1000, profile=each, title_id="t1", watched_s=90)
            for each in PROFILES
        ]
        world.produce(EVENTS, acts(96))
        world.produce(EVENTS, [(each["profile_id"].encode(), json.dumps(each).encode()) for each in plays])
        wait_until(lambda: versions(world) == right(108, 16), "all is folded where it belongs", 60)
        assert {place for place, _ in newest(world, RANKINGS)} == {place for place, _ in right(108, 16)}
        learned = world.read(EXAMPLES)
        assert all(each.partition == partition_of(each.key or b"", 8) for each in learned)
        wait_until(lambda: world.done("playhead-learn", EXAMPLES) == len(learned) > 0, "all is learned")
        world.kill(second)
        world.produce(EVENTS, acts(48, begin=96))
        wait_until(lambda: versions(world) == right(156, 16), "one has taken over what was two's", 60)
        with pytest.raises(Unavailable, match="are laid out over 16 partitions, not 4"):
            create_topics(settings, partitions=4)
        with pytest.raises(Unavailable, match="examples are laid out over 8 partitions, not 2"):
            create_topics(settings, shards=2)
        assert create_topics(settings) == []
        for worker in (learn, first):  # they leave their groups, and sixteen partitions with them
            world.stop(worker)
    finally:
        world.close()
        delete_topics(settings)


def test_a_topic_that_was_made_larger_loses_nothing(
    world: World, wait_until: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    #  6 partitions of events, examples and rankings: murmur2 and crc32 over six ─▶ all is folded on the first four
    admin = AdminClient(client_config(world.settings))
    for answer in admin.create_partitions([NewPartitions(topic, 6) for topic in (EVENTS, RANKINGS)]).values():
        answer.result(10)
    wait_until(lambda: len(admin.list_topics(EVENTS).topics[EVENTS].partitions) == 6, "there are six")
    complaints = check_topics(world.settings)
    assert complaints.state == "warning"
    assert "playhead.events has 6 partitions; Playhead works with the first 4" in complaints.what
    # A killed member of before keeps its partitions for six seconds, for whoever comes under its name: the four there were.
    wait_until(lambda: nobody_is_in_the_group(admin), "the group is empty")
    worker = start(world)
    world.produce(EVENTS, acts(60))
    world.produce(EVENTS, acts(60, begin=60), **LIBRDKAFKA)
    assert {record.partition for record in world.read(EVENTS)} > {4, 5}
    wait_until(lambda: versions(world) == right(120), "all is folded where it belongs", 60)
    assert {partition for partition, _ in newest(world, RANKINGS)} <= set(range(PROFILE_PARTITIONS))
    log = capfd.readouterr().err
    assert all(sentence in log for sentence in complaints.what.split(". "))
    # It leaves the group: who comes under its name within its session would be given six partitions, of four.
    world.stop(worker)

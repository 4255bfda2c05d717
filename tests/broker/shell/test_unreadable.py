"""What client libraries can't parse stops neither a worker nor a reader, and every good record around it arrives."""

import time
from collections import defaultdict
from collections.abc import Callable
from random import Random

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from tests.batches import Raw, batch
from tests.broker.formats import DAMAGES, FLAWED, HARMLESS, LOST, REFUSED, UNHARMED
from tests.broker.raw import Refused, log_folder, overwrite, produce
from tests.broker.shell.test_personalize import examples
from tests.broker.world import World

from playhead.domain.topics import EVENTS, PROFILE_PARTITIONS
from playhead.lab.kafka import EmbeddedBroker
from playhead.runtime.connection import client_config
from playhead.runtime.dead_letters import list_dead_letters, replay_dead_letters
from playhead.runtime.reading import Reader

SEED = 7
Wait = Callable[..., float]
Where = tuple[int, int]


def good(number: int) -> Raw:
    return Raw(b"p%d" % number, b"event %d" % number)


def write(broker: EmbeddedBroker, partition: int, number: int) -> Where:
    data = batch([good(number)], timestamp=time.time_ns() // 1_000_000)
    return partition, produce(broker.bootstrap, EVENTS, partition, data)


def test_the_broker_refuses(broker: EmbeddedBroker, world: World) -> None:
    write(broker, 0, 1)
    for make in REFUSED.values():
        with pytest.raises(Refused):
            produce(broker.bootstrap, EVENTS, 0, make(good(2), Random(SEED)))
    assert [record.value for record in world.read(EVENTS)] == [b"event 1"]


def test_nothing_that_a_broker_stores_stops_workers_or_readers(
    broker: EmbeddedBroker, world: World, wait_until: Wait
) -> None:
    # good, broken, good, broken, good … on every partition; then some that the disk breaks
    rng = Random(SEED)
    fine: list[Where] = []
    flawed: dict[Where, str] = {}
    number = 0
    kinds = [*HARMLESS.items(), *FLAWED.items(), *LOST.items()]
    rng.shuffle(kinds)
    for place, (name, make) in enumerate(kinds):
        partition = place % PROFILE_PARTITIONS
        fine.append(write(broker, partition, number := number + 1))
        where = partition, produce(broker.bootstrap, EVENTS, partition, make(good(number := number + 1), rng))
        if name in HARMLESS:
            fine.append(where)
        else:
            flawed[where] = name
    for place, (name, damage) in enumerate((DAMAGES | UNHARMED).items()):
        partition = place % PROFILE_PARTITIONS
        where = write(broker, partition, number := number + 1)
        overwrite(log_folder(broker.bootstrap), EVENTS, *where, damage.at, damage.new, summed=damage.summed)
        if name in DAMAGES:
            flawed[where] = name
        else:
            fine.append(where)
        fine.append(write(broker, partition, number := number + 1))

    worker = world.start("personalize")
    written = len(fine) + len(flawed)
    wait_until(lambda: world.done() == written, "all is committed", 60)
    assert worker.poll() is None
    assert examples(world) == set(fine)
    letters = {
        (each.record.partition, each.record.offset): each for each in list_dead_letters(world.settings)
    }
    assert letters.keys() == flawed.keys()
    assert {flawed[where] for where, each in letters.items() if each.error == "Unreadable"} == (
        LOST.keys() | DAMAGES.keys()
    )

    with Reader(world.settings, EVENTS) as reader:
        read = defaultdict(list)
        for record in (each for batch in reader.to_end() for each in batch):
            read[record.partition].append((record.partition, record.offset))
    for partition, places in read.items():
        assert places == sorted(where for where in fine if where[0] == partition)
    assert sum(map(len, read.values())) == len(fine)

    # What has bytes can be sent again, mended: names of headers are escaped, places counted anew.
    assert replay_dead_letters(world.settings, lambda _: True) == len(FLAWED)
    wait_until(lambda: world.done() == written + len(FLAWED), "they are used now", 60)
    assert len(list(list_dead_letters(world.settings))) == len(flawed)


def test_a_reader_begins_with_what_the_topic_still_has(broker: EmbeddedBroker, world: World) -> None:
    places = [write(broker, 1, number) for number in range(6)]
    gone = TopicPartition(EVENTS, *places[3])
    admin = AdminClient(client_config(world.settings))
    for answer in admin.delete_records([gone]).values():
        answer.result(10)
    assert [(record.partition, record.offset) for record in world.read(EVENTS)] == places[3:]

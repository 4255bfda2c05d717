"""A world for one test: empty topics, a data directory, worker processes that can be killed, and eyes on all of it."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, NamedTuple
from urllib.request import urlopen

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._resource import ResourceType
from tests.broker.forked import Forked, command_line
from tests.models.published_states import manifest_in

from playhead.domain.records import Incoming
from playhead.domain.topics import (
    DECISIONS,
    ERASURES,
    EVENTS,
    EXAMPLES,
    MODELS,
    RANKINGS,
    TOPICS,
    TopicLayout,
    partitions,
)
from playhead.runtime.connection import client_config, producer_config, reader_config
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import layout

Core = Callable[[str], object]
"""What a worker's process does, given its role."""


def real(role: str) -> None:
    """``playhead worker ROLE``."""
    command_line("worker", role)


CAUSED = (RANKINGS, DECISIONS, ERASURES, EXAMPLES)
"""Topics that personalize workers write for others, all with as many partitions as there are of events."""


COORDINATOR_MOVES = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError._WAIT_COORD,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
    }
)


class Place(NamedTuple):
    """Where a record was stored."""

    partition: int
    offset: int


def _note(places: dict[int, Place], number: int, error: KafkaError | None, message: Message) -> None:
    assert error is None, error
    places[number] = Place(int(message.partition() or 0), int(message.offset() or 0))


class World:
    """What a test sees of Kafka and of its workers."""

    def __init__(self, settings: Settings, core: Core = real) -> None:
        self.settings = settings
        self._core = core
        self.workers: list[Forked] = []
        self.eyes: list[Eyes] = []
        self._producer: Producer | None = None

    @cached_property
    def layout(self) -> TopicLayout:
        """How keys are spread in this world: as its topics were made."""
        return layout(self.settings)

    def start(
        self,
        role: str,
        instance: str = "role-0",
        *,
        metrics_port: int = 0,
        more: Mapping[str, str] | None = None,
    ) -> Forked:
        """A worker process, with ``more`` in its environment; two at a time need two instances."""
        environment = (
            os.environ
            | {
                "PLAYHEAD_BOOTSTRAP": self.settings.bootstrap,
                "PLAYHEAD_DATA_DIR": str(self.settings.data_dir),
                "PLAYHEAD_PUBLISH_EVERY_S": str(self.settings.publish_every_s),
                "PLAYHEAD_INSTANCE": instance,
                "PLAYHEAD_METRICS_PORT": str(metrics_port),
            }
            | dict(more or {})
        )
        worker = Forked(self._core, role, env=environment)
        self.workers.append(worker)
        return worker

    def kill(self, worker: Forked) -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)

    def stop(self, worker: Forked) -> float:
        """Ask to end; the seconds it took."""
        begin = time.monotonic()
        worker.terminate()
        assert worker.wait(15) == 0
        return time.monotonic() - begin

    def produce(
        self, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], **config: Any
    ) -> list[Place]:
        """All of them, with where each was stored; fails when one was not."""
        producer = self._producer if not config and self._producer else self._new_producer(config)
        places: dict[int, Place] = {}
        number = -1
        for number, (key, value) in enumerate(records):
            producer.produce(topic, value, key, on_delivery=partial(_note, places, number))
            producer.poll(0)
        assert producer.flush(20) == 0
        return [places[each] for each in range(number + 1)]

    def close(self) -> None:
        """End what still runs, and let go of all connections while the broker is there."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        for eyes in self.eyes:
            eyes.close()
        if self._producer is not None:
            self._producer.close()

    def _new_producer(self, config: dict[str, Any]) -> Producer:
        # A test has no partitions to lose, as a worker has: it may wait for a broker that is slow.
        patient = {"log_level": 0, "delivery.timeout.ms": 20_000}
        producer = Producer(producer_config(self.settings) | patient | config)
        if not config:
            # Kept: a new one takes half a second to become idempotent.
            self._producer = producer
        return producer

    def read(self, topic: str) -> list[Incoming]:
        # Events that can't be read too: their dead letters are asked for.
        with Reader(self.settings, topic, flawed=topic == EVENTS) as reader:
            return [record for batch in reader.to_end() for record in batch]

    def set_config(self, topic: str, name: str, value: str) -> None:
        """Change a topic."""
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        admin = AdminClient(client_config(self.settings))
        for answer in admin.incremental_alter_configs([resource]).values():
            answer.result(10)

    def members(self, group: str = "playhead-personalize") -> int:
        """How many workers the group counts in."""
        admin = AdminClient(client_config(self.settings))
        asked = admin.describe_consumer_groups([group])
        return len(asked[group].result(10).members)

    def settled(self, group: str = "playhead-personalize") -> bool:
        """Whether no member of the group is still joining: who is, has no place that it could leave."""
        admin = AdminClient(client_config(self.settings))
        asked = admin.describe_consumer_groups([group])
        return asked[group].result(10).state is ConsumerGroupState.STABLE

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = Consumer(reader_config(self.settings) | {"group.id": group})
        try:
            places = consumer.committed(
                [TopicPartition(topic, number) for number in range(partitions(self.layout)[topic])], timeout=5
            )
        except KafkaException:
            return {}
        finally:
            consumer.close()
        return {part.partition: max(0, part.offset) for part in places}

    def done(self, group: str = "playhead-personalize", topic: str = EVENTS) -> int:
        """How many records of a topic the group has committed."""
        return sum(self.committed(group, topic).values())


class Tail:
    """A topic read on and on, through one connection."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._reader = Reader(settings, topic)
        self._next = dict.fromkeys((partition for _, partition in self._reader.unfinished), 0)

    def until(self, ends: Mapping[int, int]) -> list[Incoming]:
        """What was stored since the last call, up to these ends. Not for topics with transactions."""
        records: list[Incoming] = []
        while any(self._next[partition] < end for partition, end in ends.items()):
            records += self.some(1.0)
        return records

    def some(self, wait_s: float) -> list[Incoming]:
        """What comes next, waited for a while."""
        records = self._reader.read_soon(wait_s=wait_s)
        self._next |= {record.partition: record.offset + 1 for record in records}
        return records

    def close(self) -> None:
        self._reader.close()


class Eyes:
    """See from outside how far the workers of a world are, quickly, as it is asked after each event."""

    def __init__(self, world: World, metrics_port: int) -> None:
        world.eyes.append(self)
        self._metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        self._layout = world.layout
        self._group = Consumer(reader_config(world.settings) | {"group.id": "playhead-personalize"})
        # A consumer's own connection answers only after its long fetch.
        self._admin = AdminClient(client_config(world.settings))
        self._models = Tail(world.settings, MODELS)
        self._learned: dict[int, int] = {}
        self._newest = -1
        self._tails = {topic: Tail(world.settings, topic) for topic in CAUSED}

    def until_done(self, place: Place, within_s: float = 20) -> None:
        """Wait until an event's effects are durable: its offset is committed after them."""
        asked = [TopicPartition(EVENTS, place.partition)]
        _soon(lambda: self._group.committed(asked, timeout=5)[0].offset > place.offset, within_s)

    def done(self) -> int:
        """How many events have effects that are durable and committed."""
        asked = [TopicPartition(EVENTS, number) for number in range(self._layout.partitions)]
        return sum(max(0, part.offset) for part in self._group.committed(asked, timeout=5))

    def until_followed(self, within_s: float = 20) -> None:
        """Wait until all examples are learned and published, and the personalize worker has taken that over."""
        ends = self.ends(EXAMPLES)[EXAMPLES]
        _soon(lambda: self._all_learned(ends), within_s)
        if self._newest >= 0:
            _soon(lambda: self.followed(MODELS) >= self._newest, within_s)

    def caused(self) -> dict[str, list[Incoming]]:
        """What workers have written for others since the last call, by topic."""
        return {topic: self._tails[topic].until(ends) for topic, ends in self.ends(*CAUSED).items()}

    def ends(self, *topics: str) -> dict[str, dict[int, int]]:
        """The offset after the last record, by topic and partition."""
        asked: dict[TopicPartition, OffsetSpec] = {
            TopicPartition(topic, number): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for topic in topics
            for number in range(partitions(self._layout)[topic])
        }
        ends: dict[str, dict[int, int]] = {topic: {} for topic in topics}
        answers = self._admin.list_offsets(asked)
        for part, answer in answers.items():
            ends[part.topic][part.partition] = answer.result(10).offset
        return ends

    def followed(self, topic: str) -> int:
        """Offset of the newest record that the personalize worker has applied, -1 for none."""
        try:
            with urlopen(self._metrics, timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return -1
        match = re.search(
            rf'^playhead_followed_offset{{partition="0",topic="{topic}"}} (\S+)$', text, re.MULTILINE
        )
        return int(float(match[1])) if match else -1

    def close(self) -> None:
        self._group.close()
        self._models.close()
        for tail in self._tails.values():
            tail.close()

    def _all_learned(self, ends: dict[int, int]) -> bool:
        if any(self._learned.get(shard, 0) < end for shard, end in ends.items()):
            for record in self._models.some(0.05):
                self._newest = record.offset
                if learned := manifest_in(record.key or b"", record.value):
                    self._learned[learned[0]] = learned[1].examples_offset
        return all(self._learned.get(shard, 0) >= end for shard, end in ends.items())


def _soon(condition: Callable[[], bool], within_s: float) -> None:
    until_s = time.monotonic() + within_s
    while not _holds(condition):
        assert time.monotonic() < until_s, "the workers are behind for too long"
        time.sleep(0.002)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except KafkaException as error:
        # A broker that was just started still loads the group's coordinator.
        if error.args[0].code() not in COORDINATOR_MOVES:
            raise
        return False


def wait_until(condition: Callable[[], bool], what: str, within_s: float = 40, poll_s: float = 0.1) -> float:
    """Seconds until ``condition`` held; fails when it never did."""
    begin = time.monotonic()
    while not _holds(condition):
        assert time.monotonic() < begin + within_s, f"never: {what}"
        time.sleep(poll_s)
    return time.monotonic() - begin


def delete_topics(settings: Settings) -> None:
    admin = AdminClient(client_config(settings))
    names = {each.name for each in TOPICS}
    present = names & admin.list_topics(timeout=10).topics.keys()
    if present:
        for answer in admin.delete_topics(list(present)).values():
            # What the broker lists may be a moment old.
            with suppress(KafkaException):
                answer.result(10)
        wait_until(lambda: not names & admin.list_topics(timeout=10).topics.keys(), "topics are deleted")

"""Where it is measured: a Kafka of our own, the catalogue on it, and processes that come and go."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition

from playhead.bench.topics import create_references
from playhead.demo.answers import consumer, ends
from playhead.demo.children import Child, stop_all
from playhead.demo.load import Act
from playhead.demo.publish import Publisher
from playhead.demo.run import publish_titles
from playhead.domain.errors import Unavailable
from playhead.domain.titles import Title
from playhead.domain.topics import EXAMPLE_PARTITIONS
from playhead.runtime.admin import create_topics
from playhead.runtime.embedded import EmbeddedBroker
from playhead.runtime.embedded.folders import borrow
from playhead.runtime.settings import Settings, from_environment

ASK_S = 5.0
START_S = 60.0
BEGUN = "learner restored"
"""What a learn worker logs for each shard that it begins with."""
REPAIR = "Read the worker's log, then run playhead doctor."
Progress = Callable[[str], None]


class World:
    """Kafka as the measures see it, and what they start."""

    def __init__(self, settings: Settings, home: Path, stores: Path, publisher: Publisher) -> None:
        self.settings = settings
        self.publisher = publisher
        self._home = home
        self._stores = stores
        self._onlooker = consumer(settings)
        self._groups: dict[str, Consumer] = {}

    @contextmanager
    def worker(self, role: str) -> Iterator[Child]:
        """A worker of that role, as a person would start it; its store outlives it."""
        environment = {
            "PLAYHEAD_BOOTSTRAP": self.settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(self._stores / role),
            "PLAYHEAD_INSTANCE": f"bench-{role}-{os.getpid()}",
            "PLAYHEAD_LOG_FORMAT": "text",
        }
        with self._child(role, ["worker", role], environment) as child:
            yield child

    @contextmanager
    def learning(self) -> Iterator[Child]:
        """A learn worker that has begun to learn all shards: it starts slower than its neighbour."""
        with self.worker("learn") as child:
            until_s = time.monotonic() + START_S
            while child.log is None or child.log.read_text().count(BEGUN) < EXAMPLE_PARTITIONS:
                if child.ended or time.monotonic() > until_s:
                    raise Unavailable(f"The learn worker does not start.\n{child.tail()}\n", REPAIR)
                time.sleep(0.1)
            yield child

    @contextmanager
    def bare_agent(self, group: str) -> Iterator[Child]:
        """A bare Faust agent in a group of that name."""
        folder = self._stores / group
        arguments = [self.settings.bootstrap, group, str(folder)]
        folder.mkdir(parents=True)
        with self._child(
            "bare", arguments, {}, program=[sys.executable, "-m", "playhead.bench.bare"]
        ) as child:
            yield child

    def publish(self, topic: str, acts: Sequence[Act]) -> None:
        """Produce all of them, and wait until they are stored."""
        for act in acts:
            self.publisher.send(topic, act.profile_id, act.value)
            self.publisher.serve()
        self.publisher.flush()

    def total(self, topic: str) -> int:
        """How many records a topic has had."""
        return sum(end for _, end in ends(self._onlooker, topic))

    def begin_at_end(self, group: str, topic: str) -> None:
        """Let a group that has no members yet begin with what comes next."""
        places = [TopicPartition(topic, partition, end) for partition, end in ends(self._onlooker, topic)]
        self._asking(group).commit(offsets=places, asynchronous=False)

    def committed(self, group: str, topic: str) -> int:
        """How many records of a topic a group has committed."""
        places = [TopicPartition(topic, partition) for partition, _ in ends(self._onlooker, topic)]
        try:
            return sum(max(0, place.offset) for place in self._asking(group).committed(places, timeout=ASK_S))
        except KafkaException:  # no such group yet
            return 0

    def close(self) -> None:
        """Let go of the connections."""
        for each in (self._onlooker, *self._groups.values()):
            each.close()

    def _asking(self, group: str) -> Consumer:
        if group not in self._groups:
            self._groups[group] = consumer(self.settings, **{"group.id": group})
        return self._groups[group]

    @contextmanager
    def _child(
        self, name: str, arguments: list[str], environment: Mapping[str, str], program: Sequence[str] = ()
    ) -> Iterator[Child]:
        log = self._home / "logs" / f"bench-{name}.log"
        child = Child(name, arguments, environment, log, program=program)
        try:
            yield child
        finally:
            stop_all([child])


@contextmanager
def world(home: Path, titles: Sequence[Title], progress: Progress) -> Iterator[World]:
    """A world with topics and a catalogue; nothing of it is left afterwards.

    Raises:
        Unavailable: Kafka does not start.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(home, progress=progress))
        stores = borrow(home.absolute() / "run")
        stack.callback(stores.close)
        settings = replace(from_environment({}), bootstrap=broker.bootstrap)
        create_topics(settings)
        create_references(settings)
        publisher = Publisher(settings)
        stack.callback(publisher.close)
        publish_titles(publisher, titles)
        made = World(settings, home, stores.path, publisher)
        stack.callback(made.close)
        yield made

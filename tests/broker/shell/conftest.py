"""A world for one test of the shell: empty topics, a data directory, and worker processes that can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, PROFILE_PARTITIONS, TOPICS
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config, producer_config, reader_config
from playhead.runtime.embedded import EmbeddedBroker
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

COUNTING = Path(__file__).with_name("counting.py")


class World:
    """What a test of the shell sees of Kafka and of its workers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, instance: str = "role-0") -> "subprocess.Popen[bytes]":
        """A worker process; two at a time need two instances."""
        environment = os.environ | {
            "PLAYHEAD_BOOTSTRAP": self.settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(self.settings.data_dir),
            "PLAYHEAD_INSTANCE": instance,
        }
        worker = subprocess.Popen([sys.executable, str(COUNTING), role], env=environment)
        self.workers.append(worker)
        return worker

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)

    def stop(self, worker: "subprocess.Popen[bytes]") -> float:
        """Ask to end; the seconds it took."""
        begin = time.monotonic()
        worker.terminate()
        assert worker.wait(15) == 0
        return time.monotonic() - begin

    def produce(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        producer = Producer(producer_config(self.settings))
        for key, value in records:
            producer.produce(topic, value, key)
        assert producer.flush(20) == 0

    def read(self, topic: str) -> list[Incoming]:
        with Reader(self.settings, topic) as reader:
            return [record for batch in reader.to_end() for record in batch]

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = Consumer(reader_config(self.settings) | {"group.id": group})
        try:
            found = consumer.committed(
                [TopicPartition(topic, number) for number in range(PROFILE_PARTITIONS)], timeout=5
            )
        except KafkaException:
            return {}
        finally:
            consumer.close()
        return {part.partition: max(0, part.offset) for part in found}

    def done(self, group: str = "playhead-personalize", topic: str = EVENTS) -> int:
        """How many records of a topic the group has committed."""
        return sum(self.committed(group, topic).values())


def wait_until(condition: Callable[[], bool], what: str, within_s: float = 40) -> float:
    """Seconds until ``condition`` held; fails when it never did."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() < begin + within_s, f"never: {what}"
        time.sleep(0.1)
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


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., float]:
    return wait_until


@pytest.fixture
def world(broker: EmbeddedBroker, tmp_path: Path) -> Iterator[World]:
    """Topics of a life of their own: their offsets begin at 0 and their epochs are new."""
    settings = Settings(bootstrap=broker.bootstrap, data_dir=tmp_path / "data")
    delete_topics(settings)
    create_topics(settings)
    world = World(settings)
    yield world
    for worker in world.workers:
        if worker.poll() is None:
            world.kill(worker)
    # Other tests of the session find the broker as it was.
    delete_topics(settings)

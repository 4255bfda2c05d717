"""Follows the rankings topic from now on and notes when each ranking was received."""

import threading
import time
from collections import deque
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from playhead.domain.errors import Unavailable
from playhead.domain.rankings import Ranking
from playhead.domain.topics import RANKINGS
from playhead.lab.demo.publish import ASK_S, NO_BROKER, NO_TOPIC, QUIET
from playhead.runtime.connection import consumer_config
from playhead.runtime.settings import Settings


class ReceivedRanking(NamedTuple):
    """A ranking and when it came, in seconds of the monotonic clock."""

    received_s: float
    ranking: Ranking


class RankingTail:
    """Reads ``playhead.rankings`` in a thread of its own, so that nothing else delays the time stamps."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = consumer(settings)
        # From the ends as they are now, named by number: a first poll could come after the first ranking.
        self._consumer.assign(
            [TopicPartition(RANKINGS, partition, end) for partition, end in ends(self._consumer, RANKINGS)]
        )
        self._came: deque[ReceivedRanking] = deque()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="answers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._consumer.close()

    def take(self) -> list[ReceivedRanking]:
        """The rankings received since the last call."""
        came = []
        while self._came:
            came.append(self._came.popleft())
        return came

    def _read(self) -> None:
        decoder = msgspec.json.Decoder(Ranking)
        while not self._over.is_set():
            message = self._consumer.poll(0.1)
            value = message.value() if message is not None and message.error() is None else None
            if value:  # a tombstone is no ranking
                received_s = time.monotonic()
                self._came.append(ReceivedRanking(received_s, decoder.decode(value)))


def consumer(settings: Settings, **more: Any) -> Consumer:
    """A consumer outside any group that gets records without waiting for full fetches."""
    return Consumer(
        consumer_config(settings) | QUIET | {"group.id": "playhead-onlooker", "fetch.wait.max.ms": 100} | more
    )


def ends(source: Consumer, topic: str) -> list[tuple[int, int]]:
    """Each partition of the topic with the offset of its next record.

    Raises:
        Unavailable: the broker doesn't answer, or has no such topic.
    """
    try:
        there = source.list_topics(topic, timeout=ASK_S).topics[topic]
        if there.error is not None:
            raise Unavailable(f"There is no topic {topic}.", NO_TOPIC)
        return [
            (partition, source.get_watermark_offsets(TopicPartition(topic, partition), ASK_S)[1])
            for partition in sorted(there.partitions)
        ]
    except KafkaException as error:
        raise Unavailable(f"Kafka does not answer: {error}.", NO_BROKER) from error

"""How a topic is read outside any group, from a known place to its present end."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from playhead.domain.errors import Unavailable
from playhead.domain.records import Incoming
from playhead.runtime.connection import reader_config
from playhead.runtime.differences import Missing
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe

BATCH = 10_000
"""Records asked for at once: 208,000 a second are recovered this way, 8,600 one at a time."""
WAIT_S = 0.05
"""librdkafka waits this long when there are fewer records than asked for: the last read always takes it."""


class Reader:
    """Reads all partitions of topics (or one partition from an offset), committed records only.

    Every call blocks; call them in a thread.
    """

    def __init__(
        self, settings: Settings, *topics: str, partition: int | None = None, offset: int = 0
    ) -> None:
        self._consumer = Consumer(reader_config(settings))
        numbers = {name: [partition] for name in topics if partition is not None} or _all(settings, topics)
        parts = [TopicPartition(name, number, offset) for name in topics for number in numbers[name]]
        self.unfinished = {(part.topic, part.partition) for part in parts}
        """Partitions whose end has not been reached yet; once reached, an end is not looked for again."""
        self._consumer.assign(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, limit: int = BATCH, wait_s: float = WAIT_S) -> list[Incoming]:
        """At most ``limit`` records, fewer or none when ``wait_s`` is over."""
        return self._records(self._consumer.consume(limit, wait_s))

    def read_soon(self, limit: int = BATCH, wait_s: float = WAIT_S) -> list[Incoming]:
        """Like ``read``, but returns with what there is as soon as there is something: for following, not for bulk."""
        messages = self._consumer.consume(1, wait_s)
        return self._records(messages + self._consumer.consume(limit - 1, 0) if messages else messages)

    def _records(self, messages: list[Message]) -> list[Incoming]:
        records = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append(incoming(message))
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                self.unfinished.discard((str(message.topic()), int(message.partition() or 0)))
            elif error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise Missing([str(message.topic())])
            elif not error.retriable():
                raise Unavailable(
                    f"Can't read {message.topic()}: {error}.", "See to the broker and the topic."
                )
        return records

    def to_end(self) -> Iterator[list[Incoming]]:
        """Batches up to the ends of all partitions."""
        while self.unfinished:
            batch = self.read()
            if batch:
                yield batch

    def end(self, topic: str, partition: int) -> int:
        """Offset after the last record of a partition."""
        try:
            _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)
        except KafkaException as error:
            raise Unavailable(f"Can't ask for the end of {topic}: {error}.", "See to the broker.") from error
        return int(high)

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()


def _all(settings: Settings, topics: tuple[str, ...]) -> dict[str, list[int]]:
    return {name: list(range(found.partitions)) for name, found in describe(settings, *topics).items()}


def incoming(message: Message) -> Incoming:
    """A record of librdkafka as the core knows it."""
    return Incoming(
        str(message.topic()),
        int(message.partition() or 0),
        int(message.offset() or 0),
        message.timestamp()[1],
        message.key(),
        message.value(),
        tuple(cast("list[tuple[str, bytes]]", message.headers() or [])),
    )

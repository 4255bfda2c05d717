"""Producing to Kafka as every producer of Playhead must: keyed, partitioned by murmur2, nothing lost silently."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from playhead.domain.errors import Rejected, Unavailable
from playhead.runtime.connection import producer_config
from playhead.runtime.settings import Settings

Delivered = Callable[[int, int], None]
"""Called with the partition and the offset at which a record was stored."""
DELIVERY_S = 30
"""A tool, unlike a worker, has no partitions to lose: it may wait for a broker that is slow or just starting."""

ASK_S = 10.0
NO_BROKER = "Start one with playhead broker, or name yours with --bootstrap or PLAYHEAD_BOOTSTRAP."
NO_TOPIC = "Create the topics: playhead topics."
QUIET = {"log_level": 0}
"""librdkafka writes its retries to standard error by itself; what fails for good is raised as an error."""


class EventPublisher:
    """A producer that remembers failures and raises them at the next call."""

    def __init__(self, settings: Settings) -> None:
        config: dict[str, Any] = (
            producer_config(settings) | QUIET | {"delivery.timeout.ms": 1_000 * DELIVERY_S}
        )
        self._producer = Producer(config)
        self._failure: KafkaError | None = None
        self._bootstrap = settings.bootstrap
        self.stored = 0

    def need(self, topic: str) -> None:
        """Make sure that the broker answers and has the topic, before a delivery would time out.

        Raises:
            Unavailable: the broker doesn't answer, or has no such topic.
        """
        try:
            there = self._producer.list_topics(topic, timeout=ASK_S).topics[topic]
        except KafkaException as error:
            raise Unavailable(f"Kafka does not answer at {self._bootstrap}: {error}.", NO_BROKER) from error
        if there.error is not None:
            raise Unavailable(f"There is no topic {topic}.", NO_TOPIC)

    def send(self, topic: str, key: str, value: bytes | None, delivered: Delivered | None = None) -> None:
        """Hand one record, or a tombstone, to the producer; waits when its buffer is full.

        Raises:
            Unavailable: an earlier record could not be delivered.
            Rejected: the record is larger than the broker takes.
        """

        def report(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self._failure = self._failure or error
                return
            self.stored += 1
            if delivered:
                partition, offset = message.partition(), message.offset()
                assert partition is not None
                assert offset is not None
                delivered(partition, offset)

        while True:
            try:
                self._producer.produce(topic, value, key.encode(), on_delivery=report)
            except BufferError:
                self._producer.poll(0.1)
                self._raise_failure()
            except KafkaException as error:
                raise Rejected(
                    f"A record of {len(value or b''):,} bytes: {error}.", "Make it smaller."
                ) from error
            else:
                return

    def serve(self) -> None:
        """Takes in delivery reports.

        Raises:
            Unavailable: a record could not be delivered.
        """
        self._producer.poll(0)
        self._raise_failure()

    def flush(self) -> None:
        """Wait until everything is stored.

        Raises:
            Unavailable: some record is not, within the time that a delivery may take.
        """
        left = self._producer.flush(DELIVERY_S + 5)
        self._raise_failure()
        if left:
            raise Unavailable(f"{left} records were not delivered to {self._bootstrap}.", REPAIR)

    def close(self) -> None:
        """Closes the connection; what was not flushed is lost."""
        self._producer.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise Unavailable(
                f"Kafka at {self._bootstrap} did not take a record: {self._failure.str()}.", REPAIR
            )


REPAIR = "Run playhead doctor; create the topics with playhead topics; then produce again: event ids make that safe."

"""One record of a topic by its place, read when it is asked for."""

import threading
import time

from confluent_kafka import Consumer, TopicPartition

from playhead.domain.errors import Unavailable
from playhead.runtime.connection import reader_config
from playhead.runtime.settings import Settings

WAIT_S = 3.0


class Lookup:
    """A consumer that goes where it is told. Calls block, one at a time; call them in a thread."""

    def __init__(self, settings: Settings) -> None:
        config = reader_config(settings) | {"enable.partition.eof": False, "queued.max.messages.kbytes": 1024}
        self._consumer = Consumer(config)
        self._one_at_a_time = threading.Lock()

    def read(self, topic: str, partition: int, offset: int) -> bytes:
        """The value of the record at that place.

        Raises:
            Unavailable: the broker doesn't give it in time, or has it no more.
        """
        until_s = time.monotonic() + WAIT_S
        with self._one_at_a_time:
            self._consumer.assign([TopicPartition(topic, partition, offset)])
            try:
                while time.monotonic() < until_s:
                    for message in self._consumer.consume(1, 0.1):
                        value = message.value()
                        if message.error() is None and message.offset() == offset and value is not None:
                            return value
            finally:
                self._consumer.unassign()
        raise Unavailable(f"Kafka does not give {topic}[{partition}] at {offset}.", "Ask again in a moment.")

    def close(self) -> None:
        """Give the connection back."""
        with self._one_at_a_time:
            self._consumer.close()

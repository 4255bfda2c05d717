"""Reads single records of a topic by partition and offset."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import Consumer, TopicPartition

from playhead.domain.errors import Unavailable
from playhead.runtime.connection import reader_config
from playhead.runtime.settings import Settings

WAIT_S = 3.0


class Lookup:
    """A consumer that seeks to and reads one requested record after the other."""

    def __init__(self, settings: Settings) -> None:
        config = reader_config(settings) | {"enable.partition.eof": False, "queued.max.messages.kbytes": 1024}
        self._consumer = Consumer(config)
        # A thread of its own: reads that wait for their turn would hold all threads of the shared pool.
        self._thread = ThreadPoolExecutor(1, "lookup")

    async def read(self, topic: str, partition: int, offset: int) -> bytes:
        """The value of the record at that place.

        Raises:
            Unavailable: the broker doesn't give it in time, or has it no more.
        """
        until_s = time.monotonic() + WAIT_S
        place = TopicPartition(topic, partition, offset)
        value = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, place, until_s)
        if value is None:
            raise Unavailable(
                f"Kafka does not give {topic}[{partition}] at {offset}.", "Ask again in a moment."
            )
        return value

    def _read(self, place: TopicPartition, until_s: float) -> bytes | None:
        if time.monotonic() > until_s:
            return None
        self._consumer.assign([place])
        try:
            while time.monotonic() < until_s:
                for message in self._consumer.consume(1, 0.1):
                    value = message.value()
                    if message.error() is None and message.offset() == place.offset and value is not None:
                        return value
        finally:
            self._consumer.unassign()
        return None

    def close(self) -> None:
        """Closes the connection; callers that still wait get no record."""
        self._thread.shutdown(cancel_futures=True)
        self._consumer.close()

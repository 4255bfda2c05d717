"""Sends records, with one acknowledgement a batch.

A record costs about 3 microseconds: produce hands it to librdkafka, whose own thread sends it; a second thread
here serves the delivery reports. Nothing of asyncio is spent on a record, only one wake-up on a ticket.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from playhead.domain.errors import Unavailable
from playhead.domain.records import Outgoing
from playhead.domain.topics import TopicLayout, partition_for
from playhead.runtime.differences import Missing, of_partitions

REPAIR = "See to the broker; the worker starts again from the last commit."
CONNECT_S = 10.0
FULL_WAIT_S = 0.002
POLL_S = 0.1
ASK_S = 1.0
ABSENT = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})  # noqa: SLF001 - its public name


class Ticket:
    """Records that are sent together, and whose delivery is awaited together."""

    __slots__ = ("_acknowledged", "_failure", "_loop", "_outbox", "_sent", "_waiter", "highest_offset")

    def __init__(self, outbox: "Outbox", loop: asyncio.AbstractEventLoop) -> None:
        self._outbox = outbox
        self._loop = loop
        # Two counters, each written by one thread only: no lock a record.
        self._sent = 0
        self._acknowledged = 0
        self._failure: tuple[str, KafkaError] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.highest_offset = -1
        """Highest offset that an acknowledged record of ``send_followed`` got."""

    def __bool__(self) -> bool:
        return self._sent > 0

    def send(self, records: Iterable[Outgoing]) -> None:
        """Sends records; returns before they are on the broker."""
        for record in records:
            self._outbox.produce(record, self._report)
            self._sent += 1

    def send_followed(self, records: Iterable[Outgoing]) -> None:
        """Like ``send``, for records of one partition whose offsets matter."""
        for record in records:
            self._outbox.produce(record, self._report_followed)
            self._sent += 1

    async def delivered(self) -> None:
        """Waits until every record is acknowledged by the broker.

        Raises:
            Unavailable: at least one is not and won't be.
        """
        self._waiter = self._loop.create_future()
        # The other thread counts first and looks for the waiter then; here it is the other way round,
        # so at least one of the two sees that everything is there.
        if self._acknowledged < self._sent:
            await self._waiter
        if self._failure is not None:
            raise await asyncio.to_thread(self._outbox.why, *self._failure)

    def _report(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failure = str(message.topic()), error
        self._acknowledged += 1
        if self._waiter is not None and self._acknowledged == self._sent:
            self._loop.call_soon_threadsafe(_wake, self._waiter)

    def _report_followed(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.highest_offset = max(self.highest_offset, message.offset() or 0)
        self._report(error, message)


class Outbox:
    """The one producer of a process."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._producer = Producer(dict(config), logger=logging.getLogger("librdkafka"))
        self._give_up_s = float(config["delivery.timeout.ms"]) / 1000
        self.layout = TopicLayout()
        """The layout of the broker's topics; the outbox's owner sets it before the first record."""
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="outbox", daemon=True)
        self._poller.start()

    def connect(self) -> None:
        """Fetches metadata and connects, so that the first record of each topic waits for neither. Blocks.

        Raises:
            Unavailable: the broker doesn't answer.
        """
        try:
            self._producer.list_topics(timeout=CONNECT_S)
        except KafkaException as error:
            raise Unavailable(f"Kafka doesn't say where its topics are: {error}.", REPAIR) from error

    def ticket(self) -> Ticket:
        """A new ticket, for records that are sent and awaited together."""
        return Ticket(self, asyncio.get_running_loop())

    def produce(self, record: Outgoing, report: Any) -> None:
        """Hands one record to librdkafka; blocks while its queue is full.

        Raises:
            Unavailable: the queue stays full, or the record can't be sent at all.
        """
        place = record.partition
        if place is None:
            place = partition_for(record.topic, record.key, self.layout)
        options: dict[str, Any] = {} if place is None else {"partition": place}
        if record.headers:
            options["headers"] = list(record.headers)
        until = 0.0
        while True:
            try:
                self._producer.produce(record.topic, record.value, record.key, on_delivery=report, **options)
            except BufferError:
                # Backpressure on purpose: nothing else may run ahead of a full queue. The poll thread empties it.
                until = until or time.monotonic() + self._give_up_s
                if time.monotonic() > until:
                    raise Unavailable("The queue to Kafka stays full.", REPAIR) from None
                time.sleep(FULL_WAIT_S)
            except KafkaException as error:
                raise self.why(record.topic, error.args[0]) from error
            else:
                return

    def why(self, topic: str, error: KafkaError) -> Unavailable:
        """Why a topic did not take a record, as far as can be found out: librdkafka only knows of a time-out. Blocks a moment."""
        try:
            metadata = self._producer.list_topics(topic, timeout=ASK_S).topics[topic]
        except KafkaException:
            metadata = None
        if metadata is not None and metadata.error is not None and metadata.error.code() in ABSENT:
            return Missing([topic])
        if metadata is not None and metadata.error is None:
            for problem in of_partitions({topic: len(metadata.partitions)}, self.layout):
                if problem.state == "broken":
                    return problem.error()
        return Unavailable(f"{topic} did not take a record: {error}.", REPAIR)

    def close(self) -> None:
        """Sends what is left, for at most a second, and stops."""
        self._producer.flush(1)
        self._closing.set()
        self._poller.join()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(POLL_S)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)

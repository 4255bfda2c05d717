"""How records reach a Faust agent: all records of one partition of one poll as one message.

Faust spends 100 microseconds on a message, a third of it on two asyncio tasks; a batch pays that once. The
seams used are Faust's own: a Transport names its Consumer, and a Consumer decides what ``getmany`` yields.

Faust must neither acknowledge nor commit such messages. Its bookkeeping would take the offset of a message
for one record and count all offsets before it as done; topics read this way have ``acks=False``, and the lane
commits by itself once the effects of a batch are durable.

Two things in Faust lose batches silently, and no flag turns them off: ``_drain_messages`` drops a message whose
offset is below the partition's read offset, and every rebalance empties queues while a fetch may be under way,
so that the consumer's position has moved past records that nobody got. Therefore a batch carries its last
offset (a batch that reaches past the read offset is never dropped), and each lane checks that batches follow
on each other and seeks back when one is missing; it is told here where reading begins.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from faust import Schema
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from playhead.domain.records import Incoming
from playhead.runtime import tolerance


class Fetch(NamedTuple):
    """How long the broker may keep a fetch waiting for records, and how many bytes are enough for an answer."""

    wait_ms: int
    least_bytes: int


AT_ONCE = Fetch(5, 1)
"""aiokafka asks a broker for all its partitions in one request, and can't ask for another partition until it returns.

Faust waits 1,500 ms for the first record, so an event on a partition that was just emptied could wait so long. At
200 events/s the tail of act to ranking was 40 ms with 20 ms here and 28 ms with 5.
"""
GATHERED = Fetch(100, 256 * 1024)
"""For whom a tenth of a second is nothing: two hundred wakings a second, each for a handful of records, cost a learn worker
as much as the learning.
"""
FAUST_LOG = logging.getLogger("faust")
"""Subclasses of Faust's services log as Faust does: its starts and stops are not ours to tell."""
POLL_SOME_S = 0.01
"""Wait for records while lanes without room are left out: theirs may be next."""


class Receiver(Protocol):
    """Who takes batches, and how many."""

    def with_room(self, partitions: Iterable[TP]) -> set[TP]:
        """Those partitions whose next batch can be taken now."""

    async def wait_for_room(self, timeout_s: float) -> None:
        """Return when room was made, or the time is over."""

    def begin(self, offsets: Mapping[TP, int]) -> None:
        """Learn where reading begins, for each partition of a new assignment."""


class BatchSchema(Schema[Any, Any]):
    """Leaves the batch alone: there is nothing to decode yet."""

    def loads_value(self, app: Any, message: Any, *, loads: Any = None, serializer: Any = None) -> Any:  # noqa: ARG002
        """The list of records that ``BatchConsumer`` put there."""
        return message.value


class BatchThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, with a fetch of our own; Faust has no settings for it."""

    logger = FAUST_LOG

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms, consumer._fetch_min_bytes = transport.fetch  # noqa: SLF001
        return consumer


class BatchConsumer(driver.Consumer):
    """Yields one message for each partition of a poll, carrying a list of ``Incoming``."""

    logger = FAUST_LOG

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def leave(self) -> None:
        """Say good-bye to the group, as no static member does by itself; nothing can be read any more.

        Otherwise the group keeps its partitions for it until the session is over: 8 s without a ranking when a
        worker left for good. Whoever comes back under its name pays for it with one more rebalance.
        """
        consumer = self._thread._consumer  # noqa: SLF001 - Faust has no way for it
        coordinator = consumer._coordinator if consumer is not None else None  # noqa: SLF001
        if coordinator is not None:
            coordinator._group_instance_id = None  # noqa: SLF001 - aiokafka leaves for those only who have none
            await self._thread.call_thread(coordinator.close)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's name
        """Fetch for the partitions that have room, so that a slow lane holds up no other."""
        if not self.flow_active:
            await self.wait_for_stopped(self.can_resume_flow.wait())
        receiver = self._receiver
        active = set(self._get_active_partitions())
        wanted = receiver.with_room(active)
        if not wanted:
            # An empty set would mean all partitions to aiokafka.
            await receiver.wait_for_room(timeout)
            return
        found = await self._getmany(wanted, timeout if wanted == active else POLL_SOME_S)
        for partition, records in found.items():
            if not self.flow_active:
                return
            tp = ensure_TP(partition)
            yield tp, self._message(tp, records)

    async def perform_seek(self) -> None:
        """Go to the committed offsets after a rebalance, and tell the lanes where that is."""
        await super().perform_seek()
        assigned = {ensure_TP(tp) for tp in self.assignment()}
        known = {tp: self._read_offset[tp] for tp in assigned}
        begin = {tp: offset for tp, offset in known.items() if offset is not None}
        fresh = assigned - begin.keys()
        if fresh:
            begin |= {ensure_TP(tp): offset for tp, offset in (await self.earliest_offsets(*fresh)).items()}
        self._receiver.begin(begin)

    @property
    def _receiver(self) -> Receiver:
        assert isinstance(self.transport, BatchTransport)
        return self.transport.receiver

    def _message(self, tp: TP, records: Sequence[Incoming]) -> Any:
        last = records[-1]
        # Faust says bytes here; BatchSchema takes the list out again.
        batch: Any = records
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp_ms / 1000.0,
            0,
            None,
            None,
            batch,
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with batches for ``receiver``."""

    Consumer = BatchConsumer

    def __init__(self, app: Any, receiver: Receiver, fetch: Fetch) -> None:
        super().__init__(app.conf.broker_consumer, app)
        tolerance.install()
        self.receiver = receiver
        self.fetch = fetch

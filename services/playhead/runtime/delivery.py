"""How records reach a Faust agent: all records of one partition of one poll as one message.

Faust spends 100 microseconds on a message, a third of it on two asyncio tasks; a batch pays that once. The
seams used are Faust's own: a Transport names its Consumer, and a Consumer decides what ``getmany`` yields.

Faust must neither acknowledge nor commit such messages. Its bookkeeping would take the offset of a message
for one record and count all offsets before it as done; topics read this way have ``acks=False``, and the partition worker
commits by itself once the effects of a batch are durable.

Two things in Faust lose batches silently, and no flag turns them off: ``_drain_messages`` drops a message whose
offset is below the partition's read offset, and every rebalance empties queues while a fetch may be under way,
so that the consumer's position has moved past records that nobody got. Therefore a batch carries its last
offset (a batch that reaches past the read offset is never dropped), and each partition worker checks that batches follow
on each other and seeks back when one is missing; ``Receiver.begin`` says where reading begins.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Protocol

from faust import Schema
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from playhead.runtime import tolerance
from playhead.runtime.fetched import Fetched
from playhead.runtime.fetching import FAUST_LOG, BatchThread, Ends, Fetch
from playhead.runtime.unreadable import report_expired

POLL_SOME_S = 0.01
"""Wait for records while partition workers without room are left out: theirs may be next."""


class Receiver(Protocol):
    """Takes fetched batches, as long as there is room."""

    def with_room(self, partitions: Iterable[TP]) -> set[TP]:
        """The partitions whose next batch can be taken now."""

    async def wait_for_room(self, timeout_s: float) -> None:
        """Returns when there is room again, or the time is over."""

    def begin(self, offsets: Mapping[TP, int]) -> None:
        """Takes in where reading begins, for each partition of a new assignment."""


class BatchSchema(Schema[Any, Any]):
    """A schema that passes batches through undecoded."""

    def loads_value(self, app: Any, message: Any, *, loads: Any = None, serializer: Any = None) -> Any:  # noqa: ARG002
        """The ``Fetched`` that ``BatchConsumer`` put there."""
        return message.value


class BatchConsumer(driver.Consumer):
    """Yields one message for each partition of a poll, carrying a ``Fetched``."""

    logger = FAUST_LOG

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def reached(self) -> Mapping[TP, int]:
        """Offset up to which each partition was fetched."""
        return self._reader.reached

    def ends(self, tp: TP) -> Ends | None:
        """The end of a partition when it was fetched last, None if that is not known."""
        return self._reader.ends(tp)

    async def leave(self) -> None:
        """Leaves the group, as no static member does by itself; nothing can be read any more.

        Otherwise the group keeps its partitions for it until the session is over: 8 s without a ranking when a
        worker left for good. Whoever comes back under its name pays for it with one more rebalance.
        """
        consumer = self._thread._consumer  # noqa: SLF001 - Faust has no way for it
        coordinator = consumer._coordinator if consumer is not None else None  # noqa: SLF001
        if coordinator is not None:
            coordinator._group_instance_id = None  # noqa: SLF001 - aiokafka leaves for those only who have none
            await self._thread.call_thread(coordinator.close)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's name
        """Fetches for the partitions that have room, so that a slow partition worker holds up no other."""
        if not self.flow_active:
            await self.wait_for_stopped(self.can_resume_flow.wait())
        receiver = self._receiver
        active = set(self._get_active_partitions())
        wanted = receiver.with_room(active)
        if not wanted:
            # An empty set would mean all partitions to aiokafka.
            await receiver.wait_for_room(timeout)
            return
        batches: Mapping[TP, Any] = await self._getmany(wanted, timeout if wanted == active else POLL_SOME_S)
        for tp, fetched in batches.items():
            if not self.flow_active:
                return
            yield tp, self._message(fetched)

    async def perform_seek(self) -> None:
        """Seeks to the committed offsets after a rebalance, and tells the partition workers where that is."""
        await super().perform_seek()
        assigned = {ensure_TP(tp) for tp in self.assignment()}
        known = {tp: self._read_offset[tp] for tp in assigned}
        begin = {tp: offset for tp, offset in known.items() if offset is not None}
        earliest = {ensure_TP(tp): offset for tp, offset in (await self.earliest_offsets(*assigned)).items()}
        expired = {tp: (begin[tp], first) for tp, first in earliest.items() if begin.get(tp, first) < first}
        report_expired(expired)
        moved = {tp: earliest[tp] for tp in (assigned - begin.keys()) | expired.keys()}
        if moved:
            await self.seek_wait(moved)
        self._receiver.begin(begin | moved)

    @property
    def _reader(self) -> BatchThread:
        assert isinstance(self._thread, BatchThread)
        return self._thread

    @property
    def _receiver(self) -> Receiver:
        assert isinstance(self.transport, BatchTransport)
        return self.transport.receiver

    def _message(self, fetched: Fetched) -> Any:
        # Faust's type for a value is bytes; BatchSchema takes the batch out again.
        value: Any = fetched
        return ConsumerMessage(
            fetched.tp.topic,
            fetched.tp.partition,
            fetched.end - 1,
            0.0,
            0,
            None,
            None,
            value,
            None,
            tp=fetched.tp,
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

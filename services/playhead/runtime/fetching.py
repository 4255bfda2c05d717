"""How records are fetched: by a consumer in a thread of Faust's, with settings of ours, and an exact account of offsets.

Not every offset has a record that we may see: a transaction's end takes one, and aborted records are skipped. So offsets
of records don't tell whether one is missing. Each fetch therefore states the range of offsets that it covers, from the
consumer's position after the fetch before to the one after it; a range of nothing but such offsets is stated without a record.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.connection import ISOLATION
from playhead.runtime.fetched import Fetched


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
"""Settings for roles that can wait a tenth of a second: two hundred wakings a second, each for a handful of records, cost a learn worker
as much as the learning.
"""
FAUST_LOG = logging.getLogger("faust")
"""Subclasses of Faust's services log as Faust does: its starts and stops are not ours to tell."""


class Ends(NamedTuple):
    """Where a partition ends: for those who read committed records, and for all."""

    stable: int
    """Offset of the first record of a transaction that is open, or else after the last record."""
    high: int
    """Offset after the last record."""


class BatchThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, with fetch settings that Faust does not have, and an account of the offsets fetched."""

    logger = FAUST_LOG

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reached: dict[TP, int] = {}
        """Offset up to which each partition was fetched.

        Code that moves the consumer's position notes it here before anything else runs in this thread, so that a fetch
        never claims the records of one before it whose answer was thrown away.
        """

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms, consumer._fetch_min_bytes = transport.fetch  # noqa: SLF001
        consumer._isolation_level = ISOLATION  # noqa: SLF001 - Faust reads uncommitted records otherwise
        return consumer

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's name
        max_records: int | None = None,
    ) -> Any:
        """Like Faust's, but returns a ``Fetched`` for each partition, also where offsets were only skipped."""
        fetched_records = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        subscription = consumer._subscription.subscription  # noqa: SLF001 - its public ``position`` may wait
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None:
            return {}
        fetched = {}
        for tp in map(ensure_TP, active_partitions & assignment.tps):
            state, records = assignment.state_value(tp), fetched_records.get(tp, ())
            if records or (
                state.has_valid_position and state.position > self.reached.get(tp, state.position)
            ):
                fetched[tp] = self._account(tp, records, state.position)
        return fetched

    def _account(self, tp: TP, records: Sequence[Incoming], end: int) -> Fetched:
        first = records[0].offset if records else end
        begin, self.reached[tp] = min(self.reached.get(tp, first), first), end
        return Fetched(tp, begin, end, list(records))

    async def seek_to_committed(self) -> Any:
        """Seeks to the committed offsets."""
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> Any:
        consumer = self._ensure_consumer()
        offsets = await consumer.seek_to_committed()
        known = {
            ensure_TP(tp): offset for tp, offset in offsets.items() if offset is not None and offset >= 0
        }
        # It goes to one after the other; a fetch that was under way may have moved the first of them again.
        for tp, offset in known.items():
            consumer.seek(tp, offset)
        self.reached = known
        return offsets

    async def _seek_wait(self, consumer: Any, partitions: Mapping[TP, int]) -> None:
        self.reached |= partitions
        await super()._seek_wait(consumer, partitions)

    def ends(self, tp: TP) -> Ends | None:
        """Where a partition ended when it was fetched last; None when that is not known (yet, or any more)."""
        try:
            consumer = self._ensure_consumer()
            stable, high = consumer.last_stable_offset(tp), consumer.highwater(tp)
        except Exception:  # noqa: BLE001 - a rebalance took it away meanwhile: its new owner tells
            return None
        return None if stable is None or high is None else Ends(stable, high)

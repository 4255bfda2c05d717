"""Keeps aiokafka from giving up at batches that it can't parse.

Its fetcher parses while a consumer takes records, and raises there: the worker ends, starts, and meets the same bytes
again, for ever, with all its partitions. Batches are parsed by its compiled parser here too, one as a whole at a time;
only where that fails, or would believe offsets that can't be, ``salvage`` looks at the batch byte by byte.
"""

from collections.abc import Iterator, Sequence
from operator import lt
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from playhead.domain.records import Incoming
from playhead.runtime.batches import (
    CHECKED_FROM,
    CODEC,
    LOG_OVERHEAD,
    MAGIC,
    BatchPosition,
    DecodedBatch,
    header,
    plain,
    salvage,
)
from playhead.runtime.unreadable import report

FORMER = (0, 1)
"""Formats of brokers before 0.11, that a topic of that age may still hold."""
OFFSET_BYTES = 8
Split = tuple[memoryview, int | None]
"""A batch, and the offset at which the next one begins, if there is one."""


def install() -> None:
    """Makes all consumers of this process parse tolerantly; aiokafka has no setting for it, only these two names."""
    fetcher.MemoryRecords = Batches
    fetcher.PartitionRecords = Records


class Batches:
    """A broker's answer for one partition."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def has_next(self) -> bool:
        """Whether there is another batch."""
        return bool(self._data)

    def size_in_bytes(self) -> int:
        """The size of the answer."""
        return len(self._data)

    def split(self) -> Iterator[Split]:
        """Splits an answer into batches; a cut-off one only if it is the first, as the next answer begins with it."""
        at = 0
        while at < len(self._data):
            end = (
                at
                + LOG_OVERHEAD
                + int.from_bytes(self._data[at + OFFSET_BYTES : at + LOG_OVERHEAD], signed=True)
            )
            if not at + LOG_OVERHEAD < end <= len(self._data):
                if at == 0:
                    yield self._data, None
                return
            following = self._data[end : end + OFFSET_BYTES]
            known = len(following) == OFFSET_BYTES
            yield self._data[at:end], int.from_bytes(following, signed=True) if known else None
            at = end


class Records(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is not typed
    """The records of an answer, as ``Incoming``; those of aborted transactions are left out as aiokafka does it."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Incoming]:
        for batch, following in self._records.split():
            place = BatchPosition(self._tp.topic, self._tp.partition, self.next_fetch_offset, following)
            decoded = self._parsed(batch, place)
            if decoded is None:
                decoded = salvage(batch, place)
                report(decoded.records)
            for record in decoded.records:
                self.next_fetch_offset = record.offset + 1
                yield record
            self.next_fetch_offset = decoded.end

    def _parsed(self, batch: memoryview, place: BatchPosition) -> DecodedBatch | None:
        """Parses a batch with aiokafka; None if that fails with any exception, or gives impossible offsets."""
        head = header(batch)
        try:
            if head is None or head.magic in FORMER:
                return self._former(batch, place)
            if head.magic != MAGIC or head.end <= place.offset:
                return None
            if calc_crc32c(batch[CHECKED_FROM:]) != head.crc:
                return None
            codec = head.attributes & CODEC
            parsed = DefaultRecordBatch(plain(batch, codec) if codec else bytes(batch))
            if self._left_out(parsed):
                return DecodedBatch([], head.end)
            return _decoded(list(parsed), head.base, head.end, place)
        except Exception:  # noqa: BLE001 - what it is, ``salvage`` finds out
            return None

    def _former(self, batch: memoryview, place: BatchPosition) -> DecodedBatch | None:
        parsed = MemoryRecords(bytes(batch)).next_batch()
        if parsed is None or not parsed.validate_crc():
            return None
        records: list[Any] = list(parsed)
        return _decoded(records, 0, records[-1].offset + 1, place)

    def _left_out(self, batch: Any) -> bool:
        """Whether the batch is no data, or of a transaction that was aborted."""
        if self._isolation_level == fetcher.READ_COMMITTED:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)


def _decoded(records: Sequence[Any], base: int, end: int, place: BatchPosition) -> DecodedBatch | None:
    topic, partition, wanted, _ = place
    offsets = [record.offset for record in records]
    if offsets and not (base <= offsets[0] and offsets[-1] < end and all(map(lt, offsets, offsets[1:]))):
        return None
    incomings = [
        Incoming(topic, partition, each.offset, each.timestamp, each.key, each.value, tuple(each.headers))
        for each in records
        if each.offset >= wanted
    ]
    return DecodedBatch(incomings, max(end, wanted))

"""Salvages record batches that client libraries can't parse: their good records, and what is wrong with the others.

Kafka's clients give up at the first byte that they can't parse, and meet it again after each start. Here nothing raises:
a record that is broken by itself is returned with its bytes and its ``flaw``; what can't be read is returned as one
record without bytes, ``Unreadable``, at the last offset that is left out. Offsets only grow.

The format: https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from typing import NamedTuple

from aiokafka.record.util import calc_crc32c

from playhead.domain.errors import Rejected, Unreadable
from playhead.domain.records import Incoming
from playhead.runtime.compression import Garbled, decompressed

_HEADER = struct.Struct(">qiibIhiqqqhii")
LOG_OVERHEAD = 12
"""Bytes before those that a batch's length counts."""
CHECKED_FROM = 21
"""The first byte that the checksum covers; the broker writes those before."""
MAGIC = 2
CODEC, APPEND_TIME, TRANSACTIONAL, CONTROL = 0x07, 0x08, 0x10, 0x20
VARINT_BITS = 70
CORRUPT = "Look at the brokers' disks and at what else writes batches by hand; what producers still have, send again."
RENAME = "Name headers in UTF-8, or leave them out: `playhead dead-letters replay` sends this one with its names escaped."
BY_HAND = "Produce with a client that keeps to the protocol: this batch was made by another."


class Header(NamedTuple):
    """The header of a batch."""

    base: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_delta: int
    first_ms: int
    last_ms: int
    producer: int
    producer_epoch: int
    sequence: int
    records: int

    @property
    def end(self) -> int:
        """Offset after the last of its records."""
        return self.base + self.last_delta + 1


class BatchPosition(NamedTuple):
    """Where reading goes on: ``offset`` is wanted next; ``limit`` is where the next batch begins, if that is known."""

    topic: str
    partition: int
    offset: int
    limit: int | None = None


class DecodedBatch(NamedTuple):
    """The records of a batch, and the offset at which reading goes on behind it."""

    records: list[Incoming]
    end: int


def header(batch: memoryview) -> Header | None:
    """The header, where there are enough bytes for one of this format."""
    return Header(*_HEADER.unpack_from(batch)) if len(batch) >= _HEADER.size else None


def plain(batch: memoryview, codec: int) -> bytes:
    """The batch without compression; its checksum is void then.

    Raises:
        Garbled: it can't be decompressed.
    """
    header = bytearray(batch[: _HEADER.size])
    header[CHECKED_FROM + 1] &= ~CODEC
    return b"".join((header, decompressed(codec, batch[_HEADER.size :])))


def salvage(batch: memoryview, place: BatchPosition) -> DecodedBatch:
    """The records that can be read of a batch."""
    head = header(batch)
    if head is None or head.magic != MAGIC:
        flaw = "is too short" if head is None else f"has format {head.magic}, not {MAGIC}"
        return lost(place, _next(place, None), f"The record batch {flaw}.", CORRUPT)
    if calc_crc32c(batch[CHECKED_FROM:]) != head.crc:
        return lost(place, _next(place, head), "The record batch does not fit its checksum.", CORRUPT)
    if head.end <= place.offset:
        return lost(place, place.offset + 1, f"The record batch ends at offset {head.end}.", CORRUPT)
    if head.attributes & CONTROL:
        return DecodedBatch([], head.end)
    try:
        payload = decompressed(head.attributes & CODEC, batch[_HEADER.size :])
    except Garbled as error:
        return lost(place, head.end, f"The record batch can't be read: {error}.", BY_HAND)
    return _records(bytes(payload), head, place)


def lost(place: BatchPosition, end: int, reason: str, repair: str) -> DecodedBatch:
    """The result for a stretch, from a place up to ``end``, that can't be read."""
    first, last = place.offset, end - 1
    where = f"Offset {last}" if first == last else f"Offsets {first} to {last}"
    flaw = Unreadable(f"{reason} {where} can't be had.", repair)
    return DecodedBatch([Incoming(place.topic, place.partition, last, 0, None, None, (), flaw)], end)


def _next(place: BatchPosition, head: Header | None) -> int:
    """The end of a batch whose header can't be trusted: where the next begins, or where its own figures agree.

    Otherwise one offset is left out: brokers answer the next request with the same batch until its end is passed.
    """
    if place.limit is not None and place.limit > place.offset:
        return place.limit
    agrees = head is not None and head.records == head.last_delta + 1 and head.end > place.offset
    return head.end if head is not None and agrees else place.offset + 1


def _records(payload: bytes, head: Header, place: BatchPosition) -> DecodedBatch:
    records: list[Incoming] = []
    last = head.base - 1
    at = 0
    for _ in range(max(0, head.records)):
        try:
            length, begin = _varint(payload, at)
            at = begin + length
            if length < 0 or at > len(payload):
                break
        except (IndexError, ValueError):
            break
        record = _record(payload[begin:at], head, place, last)
        if record.offset >= head.end:
            break
        last = record.offset
        if last >= place.offset:
            records.append(record)
    else:
        return DecodedBatch(records, head.end)
    behind = place._replace(offset=max(last + 1, place.offset))
    if behind.offset < head.end:
        records += lost(
            behind, head.end, "The record batch is cut short or wrongly counted.", BY_HAND
        ).records
    return DecodedBatch(records, head.end)


def _record(body: bytes, head: Header, place: BatchPosition, last: int) -> Incoming:
    """One record, with a flaw where it is not as it must be."""
    key: bytes | None = None
    value: bytes | None = None
    offset, at_ms = last + 1, head.last_ms
    headers: list[tuple[str, bytes | None]] = []
    flaw: Rejected | None = None
    try:
        delta_ms, at = _varint(body, 1)
        if not head.attributes & APPEND_TIME:
            at_ms = head.first_ms + delta_ms
        delta, at = _varint(body, at)
        key, at = _bytes(body, at)
        value, at = _bytes(body, at)
        if last < head.base + delta < head.end:
            offset = head.base + delta
        else:
            flaw = Rejected(f"The record says that it is number {delta} of its batch.", BY_HAND)
        headers, wrong = _headers(body, at)
        if wrong is not None:
            flaw = Rejected(f"The name of a header is not UTF-8: {wrong!r}.", RENAME)
    except (IndexError, ValueError) as error:
        flaw = Rejected(f"The record can't be parsed: {error}.", BY_HAND)
    return Incoming(place.topic, place.partition, offset, at_ms, key, value, tuple(headers), flaw)


def _headers(body: bytes, at: int) -> tuple[list[tuple[str, bytes | None]], bytes | None]:
    """All headers, and a name that is not UTF-8 if there is one; such names are escaped."""
    wrong = None
    headers = []
    count, at = _varint(body, at)
    for _ in range(count):
        name, at = _bytes(body, at)
        value, at = _bytes(body, at)
        escaped = (name or b"").decode(errors="backslashreplace")
        if escaped.encode() != name:
            wrong = name or b""
        headers.append((escaped, value))
    return headers, wrong


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    length, begin = _varint(data, at)
    end = begin + max(0, length)
    if end > len(data):
        raise ValueError(f"{length} bytes are announced where {len(data) - begin} are")
    return (data[begin:end] if length >= 0 else None), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < VARINT_BITS:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
    raise ValueError("a number has more than ten bytes")

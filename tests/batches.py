"""Record batches by hand, byte for byte, so that each part of the format can be broken by itself."""

import gzip
import struct
from collections.abc import Sequence
from typing import NamedTuple

import cramjam
from aiokafka.codec import lz4_encode
from aiokafka.record.util import calc_crc32c

HEADER = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, CRC, attributes, last offset delta, first and last timestamp, producer's id and
epoch, base sequence, count."""
AT = {"length": 8, "magic": 16, "crc": 17, "attributes": 21, "last delta": 23, "count": 57, "records": 61}
"""Where each part of a batch begins."""
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

Header = tuple[bytes, bytes | None]


class Raw(NamedTuple):
    """A record as it goes into a batch."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = ()
    time_delta: int = 0


def varint(number: int) -> bytes:
    """Zigzag, then seven bits a byte."""
    left, encoded_bytes = (number << 1) ^ (number >> 63), bytearray()
    while left > 0x7F:
        encoded_bytes.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*encoded_bytes, left])


def sized(data: bytes | None) -> bytes:
    """With its length before it; -1 for none."""
    return varint(-1) if data is None else varint(len(data)) + data


def encoded(record: Raw, delta: int) -> bytes:
    """One record of a batch."""
    headers = b"".join(sized(name) + sized(value) for name, value in record.headers)
    body = b"\0" + varint(record.time_delta) + varint(delta) + sized(record.key) + sized(record.value)
    return sized(body + varint(len(record.headers)) + headers)


def compressed(data: bytes, codec: str) -> bytes:
    """As the broker's other clients do it."""
    if codec == "none":
        return data
    if codec == "snappy":
        return bytes(cramjam.snappy.compress_raw(data))
    if codec == "lz4":
        return bytes(lz4_encode(data))
    return gzip.compress(data) if codec == "gzip" else bytes(cramjam.zstd.compress(data))


def batch(
    records: Sequence[Raw],
    *,
    codec: str = "none",
    base: int = 0,
    payload: bytes | None = None,
    magic: int = 2,
    attributes: int | None = None,
    last_delta: int | None = None,
    count: int | None = None,
    timestamp: int = 1_767_225_600_000,
    length: int = 0,
    crc: int = 0,
) -> bytes:
    """A batch, right in all but what is named; ``length`` and ``crc`` are added to what is right."""
    if payload is None:
        payload = compressed(b"".join(encoded(record, delta) for delta, record in enumerate(records)), codec)
    checked = struct.pack(
        ">hiqqqhii",
        CODECS[codec] if attributes is None else attributes,
        len(records) - 1 if last_delta is None else last_delta,
        timestamp,
        timestamp,
        -1,
        -1,
        -1,
        len(records) if count is None else count,
    )
    checked += payload
    sum_ = (calc_crc32c(checked) + crc) % 2**32
    return struct.pack(">qiibI", base, len(checked) + 9 + length, -1, magic, sum_) + checked

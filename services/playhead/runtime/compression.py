"""Decompresses record batches, within bounds."""

import mmap
import struct
import threading
import zlib
from collections.abc import Callable
from typing import Any

import cramjam

LARGEST = 64 * 1024 * 1024
"""Bytes of a batch at most: 9 kB of zstd can say 300 MB, and what is compressed a hundredfold is no event."""
XERIAL = b"\x82SNAPPY\0"
XERIAL_HEADER = 16
"""Java's snappy cuts its input into blocks, behind a header of this size."""


class Garbled(ValueError):
    """Raised for bytes that can't be decompressed."""


class _Buffer(threading.local):
    """Memory of a thread into which all its batches are decompressed; pages are allocated on first use."""

    def __init__(self) -> None:
        self.bytes = memoryview(mmap.mmap(-1, LARGEST))


_buffer = _Buffer()


def decompressed(codec: int, data: memoryview) -> memoryview:
    """The decompressed records of a batch; the next call in the same thread overwrites them.

    Raises:
        Garbled: the codec is unknown, the bytes are not its own, or they are too many.
    """
    if codec == 0:
        return data
    if codec not in _CODECS:
        raise Garbled(f"its codec {codec} is none of {', '.join(map(str, _CODECS))}")
    name, decompress = _CODECS[codec]
    try:
        return _buffer.bytes[: decompress(data, _buffer.bytes)]
    except (cramjam.DecompressionError, zlib.error, struct.error) as error:
        raise Garbled(f"its {name} can't be decompressed: {error}") from error


def _gzip(data: memoryview, into: memoryview) -> int:
    # cramjam minds bytes behind the end, which brokers and other clients don't.
    plain = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, LARGEST)
    into[: len(plain)] = plain
    return len(plain)


def _snappy(data: memoryview, into: memoryview) -> int:
    if bytes(data[: len(XERIAL)]) != XERIAL:
        return int(cramjam.snappy.decompress_raw_into(data, into))
    at, written = XERIAL_HEADER, 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        at += 4
        written += cramjam.snappy.decompress_raw_into(data[at : at + size], into[written:])
        at += size
    return written


_CODECS: dict[int, tuple[str, Callable[[memoryview, memoryview], Any]]] = {
    1: ("gzip", _gzip),
    2: ("snappy", _snappy),
    3: ("lz4", cramjam.lz4.decompress_into),
    4: ("zstd", cramjam.zstd.decompress_into),
}

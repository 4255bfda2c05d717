"""Compression of bytes that are mostly 0: each group of eight becomes a bit mask and its bytes that are not 0 (Cap'n Proto's packing, without runs)."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes


def pack(data: bytes) -> bytes:
    r"""Packs bytes: for each group of eight a bit mask of those that are not 0, then these.

    >>> pack(b"\0\0\x07\0\0\0\0\x09\x05")
    b'\x84\x07\t\x01\x05'
    """
    return _pack(np.frombuffer(data, np.uint8)).tobytes()


def unpack(packed: bytes, size: int) -> bytes:
    r"""The inverse of ``pack``; ``size``: number of unpacked bytes.

    >>> unpack(b"\x84\x07\t\x01\x05", 9)
    b'\x00\x00\x07\x00\x00\x00\x00\t\x05'

    Raises:
        ValueError: the packed bytes are too many or too few for ``size``.
    """
    data, read = _unpack(np.frombuffer(packed, np.uint8), size)
    if read != len(packed):
        raise ValueError(f"{len(packed)} packed bytes are not those of {size}")
    return data.tobytes()


@compiled
def _pack(data: Bytes) -> Bytes:
    packed = np.empty(len(data) + (len(data) + 7) // 8, dtype=np.uint8)
    size = 0
    for first in range(0, len(data), 8):
        at, which = size, 0
        size += 1
        for n in range(first, min(first + 8, len(data))):
            if data[n]:
                which |= 1 << (n - first)
                packed[size] = data[n]
                size += 1
        packed[at] = which
    return packed[:size]


@compiled
def _unpack(packed: Bytes, size: int) -> tuple[Bytes, int]:
    data = np.zeros(size, dtype=np.uint8)
    read = 0
    for first in range(0, size, 8):
        if read >= len(packed):
            return data, -1
        which = packed[read]
        read += 1
        for place in range(8):
            if which >> place & 1:
                if read >= len(packed) or first + place >= size:
                    return data, -1
                data[first + place] = packed[read]
                read += 1
    return data, read

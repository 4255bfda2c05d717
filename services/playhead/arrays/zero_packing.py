"""Bytes of which most are 0, without those: of each eight, which of them are not, then these (Cap'n Proto's packing, without runs)."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes


def pack(data: bytes) -> bytes:
    r"""The bytes that are not 0, eight by eight, each eight behind a byte that says which they are.

    >>> pack(b"\0\0\x07\0\0\0\0\x09\x05")
    b'\x84\x07\t\x01\x05'
    """
    return _pack(np.frombuffer(data, np.uint8)).tobytes()


def unpack(packed: bytes, size: int) -> bytes:
    r"""What ``pack`` was given; ``size``: how many bytes that were, at most.

    >>> unpack(b"\x84\x07\t\x01\x05", 9)
    b'\x00\x00\x07\x00\x00\x00\x00\t\x05'

    Raises:
        ValueError: there are more, or some are missing.
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

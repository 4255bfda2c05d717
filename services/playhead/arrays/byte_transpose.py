"""Rows of one width as their columns, byte by byte, for where they are stored.

Rows are what an event moves and what machine code reads. What lies in a column is alike, so that it compresses well, and of
a column of equal bytes one is enough: a full record is a sixth smaller before it is compressed, and a quarter after it.
"""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes


def pack(rows: bytes, width: int) -> bytes:
    r"""The columns of rows of ``width`` bytes: for each whether it is all there, then each.

    >>> pack(b"ax1bx2cx3", 3)
    b'\x01\x00\x01abcx123'
    """
    return _pack(np.frombuffer(rows, np.uint8), width).tobytes()


def unpack(columns: bytes, width: int, count: int) -> bytes:
    r"""The rows that ``pack`` was given; ``count``: how many there were.

    >>> unpack(b"\x01\x00\x01abcx123", 3, 3)
    b'ax1bx2cx3'

    Raises:
        ValueError: there are more or fewer; compiled loops don't look.
    """
    whole = columns[:width].count(1)
    if len(columns) != width + (whole * count + width - whole if count else 0):
        raise ValueError(f"columns in {len(columns)} bytes are not those of {count} rows of {width}")
    return _unpack(np.frombuffer(columns, np.uint8), width, count).tobytes()


@compiled
def _pack(rows: Bytes, width: int) -> Bytes:
    count = len(rows) // width
    columns = np.empty(width + len(rows), dtype=np.uint8)
    size = width
    for place in range(width):
        whole = False
        for at in range(place, len(rows), width):
            columns[size] = rows[at]
            size += 1
            whole |= rows[at] != rows[place]
        columns[place] = whole
        if not whole and count:
            size -= count - 1
    return columns[:size]


@compiled
def _unpack(columns: Bytes, width: int, count: int) -> Bytes:
    rows = np.empty(width * count, dtype=np.uint8)
    first = width
    for place in range(width):
        step = int(columns[place] and count > 0)
        for n in range(count):
            rows[n * width + place] = columns[first + n * step]
        first += count if step else 1
    return rows

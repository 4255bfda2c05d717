"""Storage of fixed-width rows by byte columns (a byte transpose).

Events change rows, and compiled code reads them; in storage, bytes of a column are alike, so that they compress well, and
a column of equal bytes needs only one: a full record is a sixth smaller before compression, and a quarter after it.
"""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes

EQUAL, WHOLE, SPARSE = 0, 1, 2
"""Encodings of a column: one byte that all rows share; all bytes; or a bit mask of the bytes that are not 0, and these."""


def pack(rows: bytes, width: int) -> bytes:
    r"""The columns of rows of ``width`` bytes: first the encoding of each (``EQUAL``, ``WHOLE``, ``SPARSE``), then their data.

    >>> pack(b"ax1bx2cx3", 3)
    b'\x01\x00\x01abcx123'
    >>> pack(b"\0\0\0\0\0\x07\0\0", 1)
    b'\x02 \x07'
    """
    return _pack(np.frombuffer(rows, np.uint8), width).tobytes()


def unpack(columns: bytes, width: int, count: int) -> bytes:
    r"""The inverse of ``pack``; ``count``: number of rows.

    >>> unpack(b"\x01\x00\x01abcx123", 3, 3)
    b'ax1bx2cx3'
    >>> unpack(b"\x02 \x07", 1, 8)
    b'\x00\x00\x00\x00\x00\x07\x00\x00'

    Raises:
        ValueError: the columns are too short or too long for ``count`` rows.
    """
    rows, read = _unpack(np.frombuffer(columns, np.uint8), width, count)
    if read != len(columns):
        raise ValueError(f"columns in {len(columns)} bytes are not those of {count} rows of {width}")
    return rows.tobytes()


@compiled
def _pack(rows: Bytes, width: int) -> Bytes:
    count = len(rows) // width
    columns = np.zeros(width + len(rows), dtype=np.uint8)
    size = width
    masks = (count + 7) // 8
    for place in range(width):
        equal, some = True, 0
        for at in range(place, len(rows), width):
            equal &= rows[at] == rows[place]
            some += rows[at] != 0
        if equal:
            columns[place] = EQUAL
            if count:
                columns[size] = rows[place]
                size += 1
        elif masks + some < count:
            columns[place] = SPARSE
            at = size + masks
            for n in range(count):
                if rows[n * width + place]:
                    columns[size + n // 8] |= 1 << (n % 8)
                    columns[at] = rows[n * width + place]
                    at += 1
            size = at
        else:
            columns[place] = WHOLE
            for n in range(count):
                columns[size + n] = rows[n * width + place]
            size += count
    return columns[:size]


@compiled
def _unpack(columns: Bytes, width: int, count: int) -> tuple[Bytes, int]:
    """The rows, and how many bytes of the columns were read: -1 if some are missing."""
    rows = np.zeros(width * count, dtype=np.uint8)
    if len(columns) < width:
        return rows, -1
    first, masks = width, (count + 7) // 8
    for place in range(width if count else 0):
        how = columns[place]
        size = 1 if how == EQUAL else masks if how == SPARSE else count
        if how > SPARSE or first + size > len(columns):
            return rows, -1
        at = first + size
        for n in range(count):
            if how == EQUAL:
                rows[n * width + place] = columns[first]
            elif how == WHOLE:
                rows[n * width + place] = columns[first + n]
            elif columns[first + n // 8] >> (n % 8) & 1:
                if at >= len(columns):
                    return rows, -1
                rows[n * width + place] = columns[at]
                at += 1
        first = at
    return rows, first

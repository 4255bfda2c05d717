"""Unpacking restores packed rows exactly, and the packed form is the shortest one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays.byte_transpose import pack, unpack


@tried(200)
@given(st.integers(1, 6), st.integers(0, 9), st.data())
def test_what_was_packed_comes_back(width: int, count: int, data: st.DataObject) -> None:
    rows = bytes(data.draw(st.lists(st.integers(0, 2), min_size=width * count, max_size=width * count)))
    columns = pack(rows, width)
    assert unpack(columns, width, count) == rows
    if count:
        with pytest.raises(ValueError, match="are not those of"):
            unpack(columns[:-1], width, count)
    assert len(columns) == width + sum(size_of(rows[place::width]) for place in range(width) if count)


def size_of(column: bytes) -> int:
    """Bytes of a column in its shortest encoding: one value, all of them, or a mask and those that are not 0."""
    if len(set(column)) == 1:
        return 1
    return min(len(column), (len(column) + 7) // 8 + sum(byte > 0 for byte in column))

"""Rows come back from their columns."""

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
    varied = sum(len(set(rows[place::width])) > 1 for place in range(width))
    if varied:
        with pytest.raises(ValueError, match="are not those of"):
            unpack(columns, width, count + 1)
    assert len(columns) == width + (width - varied + varied * count if count else 0)

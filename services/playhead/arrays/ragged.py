"""Ragged arrays: lists of different lengths, concatenated in one array."""

from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Ids, Ints


def starts(sizes: Iterable[int]) -> Ints:
    """Where each list begins, and where the last one ends, [lists + 1].

    >>> starts([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    return np.array([0, *accumulate(sizes)], dtype=np.int64)


@compiled
def padded(numbers: Ids, begins: Ints, width: int) -> Ids:
    """The first ``width`` elements of each list, [lists × width], -1 where there are fewer; ``begins``: as returned by ``starts``."""
    rows = np.full((len(begins) - 1, width), np.int32(-1))
    for row in range(len(rows)):
        for n in range(min(width, begins[row + 1] - begins[row])):
            rows[row, n] = numbers[begins[row] + n]
    return rows

"""Lists of different lengths, back to back in one array."""

from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from playhead.arrays.types import Ints


def starts(sizes: Iterable[int]) -> Ints:
    """Where each list begins, and where the last one ends, [lists + 1].

    >>> starts([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    return np.array([0, *accumulate(sizes)], dtype=np.int64)

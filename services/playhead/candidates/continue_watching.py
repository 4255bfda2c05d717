"""What was begun and not finished: the row that a page begins with."""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.features.context import ContextBatch
from playhead.features.histories import AT, SKIPS, ratio

ROW = 15
"""Titles of a row."""
BEGUN_RATIO, ENDED_RATIO = 0.03, 0.9
"""A play between these watch ratios may be gone on with."""
STALE_S = 30 * 86_400


def continue_watching(catalogue: Catalogue, columns: ContextBatch) -> NDArray[np.int32]:
    """What each has begun and not finished, newest first, [moments × ROW], -1 where there are fewer; still to be filtered."""
    told = columns.histories
    return _begun(told.first, told.title, told.facts, columns.until_s, catalogue.duration_s)


@compiled
def _begun(first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats) -> NDArray[np.int32]:
    found = np.full((len(until_s), ROW), np.int32(-1))
    for row in range(len(until_s)):
        size = 0
        for n in range(first[row], first[row + 1]):
            late = until_s[row] - 1 - facts[n, AT] > STALE_S
            if title[n] < 0 or facts[n, SKIPS] or late or size == ROW:
                continue
            if BEGUN_RATIO <= ratio(facts[n], duration_s[title[n]]) < ENDED_RATIO:
                found[row, size], size = title[n], size + 1
    return found

"""Continue watching: titles that were begun and not finished, with their positions."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.features.context import ContextBatch
from playhead.features.histories import AT, LENGTH, OVER, POSITION, SKIPS
from playhead.labels.definitions import FINISHED_RATIO, IN_PROGRESS

ROW = 15
"""Most titles of the row."""
STALE_S = 30 * 86_400


class InProgress(NamedTuple):
    """Titles that profiles have begun and not finished, newest first, [snapshots × ROW], -1 where there are fewer.

    ``position_s``: the position at which to resume each.
    """

    title: NDArray[np.int32]
    position_s: Ints


def continue_watching(catalogue: Catalogue, columns: ContextBatch) -> InProgress:
    """The titles that each profile has begun, or begun again, and not finished; not filtered yet."""
    past = columns.histories
    return InProgress(
        *_in_progress(past.first, past.title, past.facts, columns.until_s, catalogue.duration_s)
    )


@compiled
def _in_progress(
    first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats
) -> tuple[NDArray[np.int32], Ints]:
    begun = np.full((len(until_s), ROW), np.int32(-1))
    position_s = np.zeros((len(until_s), ROW), dtype=np.int64)
    for row in range(len(until_s)):
        size = 0
        for n in range(first[row], first[row + 1]):
            late = until_s[row] - 1 - facts[n, AT] > STALE_S
            if title[n] < 0 or facts[n, SKIPS] or facts[n, OVER] or late or size == ROW:
                continue
            length = float(facts[n, LENGTH]) if facts[n, LENGTH] else duration_s[title[n]]
            if IN_PROGRESS * length <= facts[n, POSITION] < FINISHED_RATIO * length:
                begun[row, size], position_s[row, size] = title[n], facts[n, POSITION]
                size += 1
    return begun, position_s

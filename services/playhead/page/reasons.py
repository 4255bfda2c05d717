"""Reasons: the shares of the parts of a title's score."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints


@compiled
def shares(parts: Floats, bounds: Ints) -> Ints:
    """Shares of label affinity, the last titles and popularity in each score, [3 × items], in percent.

    Each part is measured from its least value in the same ranking: a value that all items share explains nothing.
    ``bounds``: where each ranking begins, and where the last one ends.
    """
    percent = np.empty(parts.shape, dtype=np.int64)
    least, raised = np.empty(len(parts)), np.empty(len(parts))
    for row in range(len(bounds) - 1):
        least[:] = np.inf
        for n in range(bounds[row], bounds[row + 1]):
            for part in range(len(parts)):
                least[part] = min(least[part], parts[part, n])
        for n in range(bounds[row], bounds[row + 1]):
            total = 0.0
            for part in range(len(parts)):
                raised[part] = parts[part, n] - least[part]
                total += raised[part]
            for part in range(len(parts)):
                percent[part, n] = np.rint(100.0 * (raised[part] / max(total, 1e-9)))
    return percent

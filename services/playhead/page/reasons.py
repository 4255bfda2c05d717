"""Why titles stand where they stand: the parts of their scores, as shares."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints


@compiled
def shares(told: Floats, bounds: Ints) -> Ints:
    """What taste, the last titles and popularity add to each score, [3 × items], as shares of what speaks for it, in percent.

    Each is counted from the least that it adds to any item of the same ranking: what is said of all explains none.
    ``bounds``: where each ranking begins, and where the last one ends.
    """
    percent = np.empty(told.shape, dtype=np.int64)
    least, raised = np.empty(len(told)), np.empty(len(told))
    for row in range(len(bounds) - 1):
        least[:] = np.inf
        for n in range(bounds[row], bounds[row + 1]):
            for part in range(len(told)):
                least[part] = min(least[part], told[part, n])
        for n in range(bounds[row], bounds[row + 1]):
            total = 0.0
            for part in range(len(told)):
                raised[part] = told[part, n] - least[part]
                total += raised[part]
            for part in range(len(told)):
                percent[part, n] = np.rint(100.0 * (raised[part] / max(total, 1e-9)))
    return percent

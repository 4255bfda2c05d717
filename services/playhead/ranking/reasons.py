"""Why titles stand where they stand: the parts of their scores, as shares."""

import numpy as np

from playhead.models.popularity import Floats, Ints


def shares(told: Floats, lengths: list[int]) -> Ints:
    """What taste, the last titles and popularity add to each score, [3 × items], as shares of what speaks for it, in percent.

    Each is counted from the least that it adds to any item of the same ranking: what is said of all explains none.
    ``lengths``: items of each ranking.
    """
    filled = np.array([length for length in lengths if length], dtype=np.int64)
    raised = told
    if len(filled):
        starts = np.cumsum(filled) - filled
        raised = told - np.repeat(np.minimum.reduceat(told, starts, axis=1), filled, axis=1)
    percent: Ints = np.rint(100.0 * (raised / np.maximum(raised.sum(axis=0), 1e-9))).astype(np.int64)
    return percent

"""The rank of one title among all, for many settings at once: nothing sampled, ties drawn."""

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import Scores

SERVED = 50
"""A list has so many titles; one that stands further down is not in it, and has no rank (0)."""


def masked(scores: Scores, gone: list[int]) -> Scores:
    """The scores with titles that are not ranked set below all others; changed in place.

    Raises:
        FloatingPointError: a score is not finite.
    """
    if not np.isfinite(scores.sum(axis=1)).all():
        raise FloatingPointError("a score is not finite")
    if gone:
        scores[:, gone] = -np.inf
    return scores


def ranks(scores: Scores, title: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The rank of ``title`` in each row of masked scores, from 1; 0 when it is not among the ``SERVED`` first.

    Args:
        scores: [settings × titles], higher is better.
        title: The title whose rank is wanted.
        rng: Draws the place of a title among those of the same score.
    """
    own = scores[:, title, None]
    before = np.count_nonzero(scores > own, axis=1)
    ties = np.count_nonzero(scores == own, axis=1)
    rank = 1 + before + rng.integers(0, ties)
    return np.where(rank <= SERVED, rank, 0)


def place(served: list[str], title_id: str) -> int:
    """The rank of a title in a list, from 1; 0 when it is not there.

    >>> place(["a", "b"], "b"), place(["a"], "b")
    (2, 0)
    """
    return served.index(title_id) + 1 if title_id in served else 0

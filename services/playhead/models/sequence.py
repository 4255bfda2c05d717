"""A sequence model learned online: which titles the last titles of a profile call for, beyond what counting says.

    score(title) = (Σ_k .8^k · inward[title k choices back]) · outward[title]

The profile's side is computed from its last titles, so an act counts at once and no profile has stored factors
(FPMC and FISM are its kin: Rendle et al., 2010; Kabbur et al., 2013). It learns the *residual*: the gradient
is that of the whole blend's log-likelihood (target minus softmax over the candidates), so it fits only what
counts, neighbours and circumstances missed. One Adagrad rate a vector (Duchi et al., 2011) bounds its steps.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats

DIMS = 64
DEPTH = 20
STEP = 0.8
RATE = 0.03
INWARD, OUTWARD = 0.025, 0.01
"""Spread of the vectors before anything was learned: a profile's side that is too large at first learns noise."""
LEAST_ERROR = 1e-3
"""Candidates whose chance was off by less are left alone: they would move rows of the models topic for nothing."""
LARGEST = 10.0
"""No coordinate grows beyond this, whatever the log holds."""
RECENCY: Floats = np.power(STEP, np.arange(DEPTH, dtype=np.float64))


class Sequence:
    """Vectors by title number: ``inward`` and ``outward`` [titles × DIMS], ``moved`` [titles × 2] squared steps."""

    def __init__(self) -> None:
        self.inward: Floats = np.zeros((0, DIMS))
        self.outward: Floats = np.zeros((0, DIMS))
        self.moved: Floats = np.zeros((0, 2))

    def grow(self, marks: NDArray[np.uint32]) -> None:
        """Gives every title a vector; ``marks`` [titles] seed them, the same in every process."""
        have = len(self.inward)
        if len(marks) > have:
            fresh = marks[have:]
            self.inward = np.concatenate([self.inward, INWARD * spread(fresh, 0)])
            self.outward = np.concatenate([self.outward, OUTWARD * spread(fresh, 1)])
            self.moved = np.concatenate([self.moved, np.full((len(fresh), 2), 1e-3)])

    def profiles(self, recent: NDArray[np.int32]) -> Floats:
        """The profiles' side, [profiles × DIMS], of their last titles [profiles × DEPTH], -1 where there are fewer."""
        weight = np.where(recent >= 0, RECENCY, 0.0)
        said = np.zeros((len(recent), DIMS))
        if not len(self.inward):
            return said
        for lag in range(recent.shape[1]):  # a fixed order: a batch of any size gives the same bits
            said += weight[:, lag, None] * self.inward[np.maximum(recent[:, lag], 0)]
        return said

    def learn_one(self, recent: NDArray[np.int32], titles: NDArray[np.int64], error: Floats) -> list[int]:
        """Moves the vectors by a choice. Returns the titles whose vectors moved.

        Args:
            recent: The last titles, newest first, [DEPTH], -1 where there are fewer.
            titles: The candidates.
            error: 1 for the chosen one, 0 for the others, each minus its chance.
        """
        lags = np.flatnonzero(recent >= 0)
        if not len(lags):
            return []
        before = recent[lags].astype(np.int64)
        said = RECENCY[lags] @ self.inward[before]
        off = np.abs(error) >= LEAST_ERROR
        titles, error = titles[off], error[off]
        pull = error @ self.outward[titles]
        self.moved[titles, 1] += error**2 * float(said @ said) / DIMS
        rate = RATE * error / np.sqrt(self.moved[titles, 1])
        self.outward[titles] = np.clip(self.outward[titles] + rate[:, None] * said, -LARGEST, LARGEST)
        self.moved[before, 0] += RECENCY[lags] ** 2 * float(pull @ pull) / DIMS
        rate = RATE * RECENCY[lags] / np.sqrt(self.moved[before, 0])
        self.inward[before] = np.clip(self.inward[before] + rate[:, None] * pull, -LARGEST, LARGEST)
        return [*titles.tolist(), *before.tolist()]

    def row(self, title: int) -> Floats:
        """Everything known of a title, [2 · DIMS + 2]."""
        return np.concatenate([self.inward[title], self.outward[title], self.moved[title]])

    def put(self, title: int, values: Floats) -> None:
        """Takes over a row that another process published; the title has a vector already (``grow``)."""
        self.inward[title], self.outward[title] = values[:DIMS], values[DIMS : 2 * DIMS]
        self.moved[title] = values[2 * DIMS :]


def spread(marks: NDArray[np.uint32], side: int) -> Floats:
    """Values that look normal with variance 1, [marks × DIMS], a pure function of the marks (SplitMix64, summed)."""
    place = np.arange(2 * side * DIMS, (2 * side + 2) * DIMS, dtype=np.uint64)
    mixed = marks.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15) + place * np.uint64(
        0xBF58476D1CE4E5B9
    )
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    even = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
    halves: Floats = (even[:, :DIMS] + even[:, DIMS:] - 1.0) * np.sqrt(6.0)
    return halves

"""A sequence model learned online: scores titles by the last titles of a profile, beyond what counts explain.

    score(title) = (Σ_k .8^k · inward[title k choices back]) · outward[title]

The profile's vector is computed from its last titles, so an act counts at once and no factors of profiles are stored
(related: FPMC and FISM, Rendle et al., 2010; Kabbur et al., 2013). The model learns the *residual*: its gradient
is that of the whole blend's log-likelihood (target minus softmax over the candidates), so it fits only what
counts, neighbours and context bias do not explain. One Adagrad rate a vector (Duchi et al., 2011) bounds its steps.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.bounds import bounded
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints, Singles

DIMS = 64
DEPTH = 20
STEP = 0.8
RATE = 0.03
INWARD, OUTWARD = 0.025, 0.01
"""Standard deviation of the initial vectors: a profile's vector that is too large at first learns noise."""
LEAST_ERROR = 1e-3
"""Candidates with a smaller error of their probability are not learned: they would change rows of the models topic for nothing."""
LARGEST = 10.0
"""Bound of the absolute value of each coordinate."""
RECENCY: Floats = np.power(STEP, np.arange(DEPTH, dtype=np.float64))


class Sequence:
    """Vectors by title number: ``inward`` and ``outward`` [titles × DIMS], and ``moved`` [titles × 2], summed squared gradients of both."""

    def __init__(self) -> None:
        self.inward: Floats = np.zeros((0, DIMS))
        self.outward: Floats = np.zeros((0, DIMS))
        self.moved: Floats = np.zeros((0, 2))
        self._size = 0

    def grow(self, digests: NDArray[np.uint32]) -> None:
        """Gives every title its vectors; ``digests`` [titles] seed them, equally in every process."""
        size = len(digests)
        if size <= self._size:
            return
        if size > len(self.inward):
            more = max(2 * len(self.inward), size) - len(self.inward)
            self.inward = np.concatenate([self.inward, np.zeros((more, DIMS))])
            self.outward = np.concatenate([self.outward, np.zeros((more, DIMS))])
            self.moved = np.concatenate([self.moved, np.full((more, 2), 1e-3)])
        self.inward[self._size : size] = INWARD * spread(digests[self._size :], 0)
        self.outward[self._size : size] = OUTWARD * spread(digests[self._size :], 1)
        self._size = size

    def profiles(self, recent: NDArray[np.int32]) -> Floats:
        """Vectors of profiles, [profiles × DIMS], from their last titles [profiles × ≥ DEPTH], -1 where there are fewer."""
        return _profiles(self.inward, recent, np.ones(recent.shape))

    def attended(self, recent: NDArray[np.int32], weights: Floats) -> Floats:
        """``profiles`` with a further weight for each of the last titles, [profiles × ≥ DEPTH]."""
        return _profiles(self.inward, recent, weights)

    def scores(self, recent: NDArray[np.int32], owner: Ints, title: Ints) -> Floats:
        """Scores of pairs of a profile, a row (``owner``) of ``recent``, and a title, [pairs]."""
        profiles, scores = self.profiles(recent), np.zeros(len(title))
        for row in np.unique(owner).tolist():
            mine = owner == row
            products = np.empty(int(mine.sum()))
            follow(products, title[mine], profiles[row], self.outward)
            scores[mine] = products
        return scores

    def learn_one(self, recent: NDArray[np.int32], titles: NDArray[np.int64], error: Floats) -> Ints:
        """Moves the vectors by a choice. Returns the titles whose vectors moved.

        Args:
            recent: The last titles, newest first, [≥ DEPTH], -1 where there are fewer.
            titles: The candidates.
            error: 1 for the chosen candidate, 0 for the others, each minus its predicted probability.
        """
        lags = np.flatnonzero(recent[:DEPTH] >= 0)
        moved = np.flatnonzero(np.abs(error) >= LEAST_ERROR)
        if not len(lags) or not len(moved):
            return np.zeros(0, dtype=np.int64)
        before = recent[lags].astype(np.int64)
        _learn(self.inward, self.outward, self.moved, before, lags, titles[moved], error[moved])
        return np.concatenate([titles[moved], before])

    def rows(self, titles: Ints) -> Floats:
        """The parameters of titles, [titles × (2 · DIMS + 2)]."""
        return np.concatenate([self.inward[titles], self.outward[titles], self.moved[titles]], axis=1)

    def put(self, titles: Ints, values: Floats) -> None:
        """Overwrites rows with those that another process published; the titles must have vectors already (``grow``)."""
        self.inward[titles], self.outward[titles] = values[:, :DIMS], values[:, DIMS : 2 * DIMS]
        self.moved[titles] = values[:, 2 * DIMS :]


@compiled
def spread(digests: NDArray[np.uint32], side: int) -> Floats:
    """Roughly normal values of variance 1, [digests × DIMS], a pure function of the digests (sums of two SplitMix64 numbers)."""
    values = np.empty((len(digests), DIMS))
    for row in range(len(digests)):
        for d in range(DIMS):
            place = 2 * side * DIMS + d
            values[row, d] = (_even(digests[row], place) + _even(digests[row], place + DIMS) - 1.0) * np.sqrt(
                6.0
            )
    return values


@compiled
def _even(digest: np.uint32, place: int) -> float:
    mixed = np.uint64(digest) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(place) * np.uint64(
        0xBF58476D1CE4E5B9
    )
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float(mixed >> np.uint64(11)) / 2.0**53


@compiled
def _profiles(inward: Floats, recent: NDArray[np.int32], weights: Floats) -> Floats:
    profiles = np.zeros((len(recent), DIMS))
    for row in range(len(recent)):
        for lag in range(DEPTH):
            if recent[row, lag] >= 0:
                weight = RECENCY[lag] * weights[row, lag]
                for d in range(DIMS):
                    profiles[row, d] += weight * inward[recent[row, lag], d]
    return profiles


@compiled
def follow(scores: Floats, title: Ints, profile: Floats, outward: Floats | Singles) -> None:
    """Writes the product of the profile's vector with each title's into ``scores``; four titles at a time, so that their sums run in parallel, each in order."""
    count = len(title)
    for n in range(0, count, 4):
        first, second = outward[title[n]], outward[title[min(n + 1, count - 1)]]
        third, fourth = outward[title[min(n + 2, count - 1)]], outward[title[min(n + 3, count - 1)]]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for place in range(len(profile)):
            value = profile[place]
            a += value * first[place]
            b += value * second[place]
            c += value * third[place]
            d += value * fourth[place]
        scores[min(n + 3, count - 1)], scores[min(n + 2, count - 1)] = d, c
        scores[min(n + 1, count - 1)], scores[n] = b, a


@compiled
def _learn(
    inward: Floats, outward: Floats, moved: Floats, before: Ints, lags: Ints, titles: Ints, error: Floats
) -> None:
    side, pull = np.zeros(DIMS), np.zeros(DIMS)
    for n in range(len(before)):
        side += RECENCY[lags[n]] * inward[before[n]]
    for n in range(len(titles)):
        pull += error[n] * outward[titles[n]]
    size = (side * side).sum()
    for n in range(len(titles)):
        moved[titles[n], 1] += error[n] ** 2 * size / DIMS
        rate = RATE * error[n] / np.sqrt(moved[titles[n], 1])
        for d in range(DIMS):
            outward[titles[n], d] = bounded(outward[titles[n], d] + rate * side[d], LARGEST)
    size = (pull * pull).sum()
    for n in range(len(before)):
        moved[before[n], 0] += RECENCY[lags[n]] ** 2 * size / DIMS
        rate = RATE * RECENCY[lags[n]] / np.sqrt(moved[before[n], 0])
        for d in range(DIMS):
            inward[before[n], d] = bounded(inward[before[n], d] + rate * pull[d], LARGEST)

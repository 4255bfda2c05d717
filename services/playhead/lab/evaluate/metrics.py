"""How good ranks are: hit rate, NDCG and reciprocal rank of one target a list, with intervals over profiles."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from playhead.arrays.types import Floats, Ints

METRICS = ("hr@10", "ndcg@10", "mrr", "hr@50")
DRAWS = 1_000
"""Draws of the bootstrap: the ends of a 95 % interval then vary by about a twentieth of its width."""


class MetricEstimate(NamedTuple):
    """A mean over targets with its 95 % interval."""

    mean: float
    low: float
    high: float


def gains(ranks: ArrayLike) -> Floats:
    """A row a target, a column each of ``METRICS``; a rank counts from 1, 0 is a title that was not in the list.

    >>> gains([1, 3, 11, 0]).round(4).tolist()
    [[1.0, 1.0, 1.0, 1.0], [1.0, 0.5, 0.3333, 1.0], [0.0, 0.0, 0.0909, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    rank = np.asarray(ranks, dtype=np.float64)
    there = rank > 0
    ten, fifty = there & (rank <= 10), there & (rank <= 50)
    safe = np.where(there, rank, 1.0)
    columns = (ten, ten / np.log2(safe + 1.0), there / safe, fifty)
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def estimates(profiles: Ints, values: Floats, seed: int = 1, draws: int = DRAWS) -> list[MetricEstimate]:
    """The mean of each column, with percentile intervals from drawing whole profiles (a cluster bootstrap).

    Targets of one profile resemble each other: drawing targets would make the intervals too narrow.
    """
    if not len(values):
        return [MetricEstimate(float("nan"), float("nan"), float("nan"))] * values.shape[1]
    means = resampled(profiles, values, seed, draws)
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    return [
        MetricEstimate(float(mean), float(a), float(b))
        for mean, a, b in zip(values.mean(axis=0), low, high, strict=True)
    ]


def resampled(profiles: Ints, values: Floats, seed: int = 1, draws: int = DRAWS) -> Floats:
    """The means of the columns in each draw of as many profiles as there are, [draws × columns]."""
    _, row = np.unique(profiles, return_inverse=True)
    people = int(row.max()) + 1
    sums = np.zeros((people, values.shape[1] + 1))
    np.add.at(sums, row, np.column_stack([values, np.ones(len(values))]))
    rng = np.random.default_rng(seed)
    totals = np.empty((draws, sums.shape[1]))
    for draw in range(draws):
        times = np.bincount(rng.integers(0, people, people), minlength=people)
        totals[draw] = times @ sums
    means: Floats = totals[:, :-1] / totals[:, -1:]
    return means


class Range(NamedTuple):
    """A bucket of evidence: counts from ``first`` on, below ``end``."""

    name: str
    first: int
    end: int


MANY = 2**62
PROFILE_EVIDENCE = (Range("0", 0, 1), Range("1-4", 1, 5), Range("5-19", 5, 20), Range("20+", 20, MANY))
"""Buckets by earlier consumptions of the profile."""
TITLE_EVIDENCE = (Range("0", 0, 1), Range("1-9", 1, 10), Range("10-99", 10, 100), Range("100+", 100, MANY))
"""Buckets by earlier consumptions of the title."""

"""How often each title is chosen or shown, decayed at several half-lives at once.

Counts are kept by title as of its last count, so one choice changes one row. Which half-life is to be believed is
not decided here: the blend learns it (``models.blend``).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINUTE_MS = 60_000
HALF_LIVES_MS: Floats = MINUTE_MS * 10.0 * np.power(52_560.0, np.arange(9) / 8.0)
"""10 min, 39 min, 2.5 h, 10 h, 38 h, 6 d, 24 d, 94 d, 1 y: news lives minutes, films weeks (one factor of 3.9 apart)."""
PRIOR_WEIGHT = 20.0
"""Choices of a market up to which it leans on all markets."""
FLOOR = 0.01
"""Pseudo-choices of a title that nobody chose, so that everything has a chance."""


class Popularity:
    """Decayed counts of one group (a market's choices, its impressions, those on one surface): rows by title number."""

    def __init__(self) -> None:
        halves = len(HALF_LIVES_MS)
        self.counts: Floats = np.zeros((256, halves))
        self.at_ms: Floats = np.zeros(256)
        self.total: Floats = np.zeros(halves)
        self.now_ms = 0.0

    def learn_one(self, title: int, at_ms: int, weight: float = 1.0) -> None:
        """Counts a title; what comes late counts for what it would be worth by now."""
        self._make_room(title)
        row_at = self.at_ms[title]
        newest = max(float(at_ms), row_at)
        self.counts[title] = self.counts[title] * fade(newest - row_at) + weight * fade(newest - at_ms)
        self.at_ms[title] = newest
        now = max(self.now_ms, float(at_ms))
        self.total = self.total * fade(now - self.now_ms) + weight * fade(now - at_ms)
        self.now_ms = now

    def row(self, title: int) -> tuple[Floats, float]:
        """Counts of a title, and as of when."""
        self._make_room(title)
        return self.counts[title], float(self.at_ms[title])

    def put(self, title: int, counts: Floats, at_ms: float) -> None:
        """Takes over a row from a snapshot or delta."""
        self._make_room(title)
        self.counts[title] = counts
        self.at_ms[title] = at_ms

    def decayed(self, now_ms: float, size: int, halves: list[int] | None = None) -> Floats:
        """Counts as of ``now_ms``, [half-lives × titles], of the first ``size`` titles; ``halves``: only these."""
        chosen = list(range(len(HALF_LIVES_MS))) if halves is None else halves
        known = min(size, len(self.counts))
        result = np.zeros((len(chosen), size))
        age = np.maximum(now_ms - self.at_ms[:known], 0.0)
        rate = np.log(2.0) / HALF_LIVES_MS[chosen]
        result[:, :known] = self.counts[:known, chosen].T * np.exp(-age * rate[:, None])
        return result

    def totals(self, now_ms: float) -> Floats:
        """All counts together as of ``now_ms``, [half-lives]."""
        total: Floats = self.total * fade(now_ms - self.now_ms)
        return total

    def _make_room(self, title: int) -> None:
        if title >= len(self.counts):
            more = max(2 * len(self.counts), title + 1) - len(self.counts)
            self.counts = np.concatenate([self.counts, np.zeros((more, self.counts.shape[1]))])
            self.at_ms = np.concatenate([self.at_ms, np.zeros(more)])


def pooled(market: Popularity | None, others: list[Popularity], size: int, now_ms: float) -> Floats:
    """Decayed choices of a market that leans on all others while it is new, [half-lives × titles].

    ``others``: the popularity of every other market, in an order that is the same in every process.
    """
    counts = np.zeros((len(HALF_LIVES_MS), size))
    if market is not None:
        counts += market.decayed(now_ms, size)
    if others:
        own = np.zeros(len(HALF_LIVES_MS)) if market is None else market.totals(now_ms)
        lean = PRIOR_WEIGHT / (PRIOR_WEIGHT + own)
        abroad = np.zeros_like(counts)
        for other in others:
            abroad += other.decayed(now_ms, size)
        counts += lean[:, None] * abroad
    return counts


def shares(counts: Floats, order: NDArray[np.int64]) -> Floats:
    """P(next choice) by each half-life, [half-lives × titles], each row summing to 1.

    ``order``: of the titles, in which to sum: numbers differ between processes, and with them the last bits.
    """
    floored = counts + FLOOR
    share: Floats = floored / floored[:, order].sum(axis=1, keepdims=True)
    return share


def fade(age_ms: float) -> Floats:
    """What is left after ``age_ms``, for each half-life."""
    left: Floats = np.exp2(-max(age_ms, 0.0) / HALF_LIVES_MS)
    return left

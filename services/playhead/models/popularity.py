"""How often each title is chosen or shown, decayed at several half-lives at once.

Counts are kept by title as of its last count, so one choice changes one row. Which half-life is to be believed is
not decided here: the blend learns it (``models.blend``).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

MINUTE_MS = 60_000
HALF_LIVES_MS: Floats = MINUTE_MS * 10.0 * np.power(52_560.0, np.arange(9) / 8.0)
"""10 min, 39 min, 2.5 h, 10 h, 38 h, 6 d, 24 d, 94 d, 1 y: news lives minutes, films weeks (one factor of 3.9 apart)."""
PRIOR_WEIGHT = 20.0
"""Choices of a market up to which it leans on all markets."""
FLOOR = 0.01
"""Pseudo-choices of a title that nobody chose, so that everything has a chance."""


class Popularity:
    """Decayed counts of one group (a market's choices, its impressions, those on one surface).

    ``counts`` [half-lives × titles] as of ``at_ms`` [titles]: a half-life in one run, for it is asked for all titles.
    """

    def __init__(self) -> None:
        halves = len(HALF_LIVES_MS)
        self.counts: Floats = np.zeros((halves, 256))
        self.at_ms: Floats = np.zeros(256)
        self.total: Floats = np.zeros(halves)
        self.now_ms = 0.0
        self.size = 0
        """Titles counted so far."""

    def learn_one(self, title: int, at_ms: int, weight: float = 1.0) -> None:
        """Counts a title; what comes late counts for what it would be worth by now."""
        self._make_room(title)
        row_at = self.at_ms[title]
        self.size += int(row_at == 0.0)
        newest = max(float(at_ms), row_at)
        counts = self.counts[:, title]
        self.counts[:, title] = counts * fade(newest - row_at) + weight * fade(newest - at_ms)
        self.at_ms[title] = newest
        now = max(self.now_ms, float(at_ms))
        self.total = self.total * fade(now - self.now_ms) + weight * fade(now - at_ms)
        self.now_ms = now

    def row(self, title: int) -> tuple[Floats, float]:
        """Counts of a title, and as of when."""
        self._make_room(title)
        return self.counts[:, title].copy(), float(self.at_ms[title])

    def put(self, title: int, counts: Floats, at_ms: float) -> None:
        """Takes over a row from a snapshot or delta."""
        self._make_room(title)
        self.size += int(self.at_ms[title] == 0.0 < at_ms)
        self.counts[:, title] = counts
        self.at_ms[title] = at_ms

    def decayed(self, now_ms: float, size: int, halves: list[int] | None = None) -> Singles:
        """Counts as of ``now_ms``, [half-lives × titles], of the first ``size`` titles; ``halves``: only these.

        In single precision, which takes half the time, like all that is computed for every title of a catalogue.
        """
        chosen = list(range(len(HALF_LIVES_MS))) if halves is None else halves
        known = min(size, len(self.at_ms))
        result = np.zeros((len(chosen), size), dtype=np.float32)
        age = np.maximum(now_ms - self.at_ms[:known], 0.0).astype(np.float32)
        rate = (-np.log(2.0) / HALF_LIVES_MS[chosen]).astype(np.float32)
        left = np.exp(age * rate[:, None])
        np.multiply(self.counts[chosen, :known], left, out=result[:, :known], casting="same_kind")
        return result

    def totals(self, now_ms: float) -> Floats:
        """All counts together as of ``now_ms``, [half-lives]."""
        total: Floats = self.total * fade(now_ms - self.now_ms)
        return total

    def _make_room(self, title: int) -> None:
        if title >= len(self.at_ms):
            more = max(2 * len(self.at_ms), title + 1) - len(self.at_ms)
            self.counts = np.concatenate([self.counts, np.zeros((len(HALF_LIVES_MS), more))], axis=1)
            self.at_ms = np.concatenate([self.at_ms, np.zeros(more)])


def pooled(
    market: Popularity | None, others: list[Popularity], size: int, now_ms: float
) -> tuple[Singles, Floats]:
    """Decayed choices of a market that leans on all others while it is new, [half-lives × titles], and their totals.

    ``others``: the popularity of every other market, in an order that is the same in every process.
    """
    counts = np.zeros((len(HALF_LIVES_MS), size), dtype=np.float32)
    totals = np.zeros(len(HALF_LIVES_MS))
    if market is not None:
        counts += market.decayed(now_ms, size)
        totals += market.totals(now_ms)
    if others:
        lean = PRIOR_WEIGHT / (PRIOR_WEIGHT + totals)
        abroad, beyond = np.zeros_like(counts), np.zeros_like(totals)
        for other in others:
            abroad += other.decayed(now_ms, size)
            beyond += other.totals(now_ms)
        counts += lean[:, None].astype(np.float32) * abroad
        totals += lean * beyond
    return counts, totals


def shares(counts: Singles, totals: Floats, size: int) -> Singles:
    """P(next choice) by each half-life, [half-lives × titles]; ``size``: titles that were counted so far.

    The totals were added up in the order of the choices, which every process agrees on; a sum over titles would
    differ in its last bits with their numbering. Nor may it depend on how many titles a process has heard of.
    """
    floored = (totals + FLOOR * (size + 1)).astype(np.float32)
    share: Singles = np.divide(counts + np.float32(FLOOR), floored[:, None], dtype=np.float32)
    return share


def fade(age_ms: float) -> Floats:
    """What is left after ``age_ms``, for each half-life."""
    left: Floats = np.exp2(-max(age_ms, 0.0) / HALF_LIVES_MS)
    return left

"""How often each title is chosen, decayed at several half-lives at once; which of them counts is learned.

Counts are kept by title as of its last choice, so one choice changes one row. For each market a mixture of the
half-lives' distributions is fitted online by EM (each choice is explained by the half-lives in proportion to how
well they foresaw it; Neal & Hinton, 1998), weighted towards the head of the list: ADR 0007.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOUR_MS = 3_600_000
HALF_LIVES_MS = np.array([1, 4, 12, 36, 24 * 7, 24 * 30, 24 * 180], dtype=np.float64) * HOUR_MS
"""From an hour (news, short video) to half a year (films), about a factor of four apart."""
EM_RATE = 0.003
"""About the last 300 choices of usual foresight decide the mixture."""
MOST_WEIGHT = 10.0
"""No choice counts more than this many usual ones."""
LEAST_SHARE = 1e-4
"""No half-life falls below this share, so that each has a way back."""
USUAL_FORESIGHT = 0.05
FORESIGHT_RATE = 0.001
PRIOR_WEIGHT = 20.0
"""Pseudo-choices by which a market leans on all markets."""
FLOOR = 0.01
"""Pseudo-choices of a title that nobody chose, so that everything can be ranked. With ten times as many, short
half-lives drown in them and are never trusted."""


class Popularity:
    """Decayed choices of one market: rows by title number, totals and the mixture beside them."""

    def __init__(self) -> None:
        halves = len(HALF_LIVES_MS)
        self.counts: Floats = np.zeros((1_024, halves))
        self.at_ms: Floats = np.zeros(1_024)
        self.total: Floats = np.zeros(halves)
        self.mixture: Floats = np.full(halves, 1.0 / halves)
        self.foresight = USUAL_FORESIGHT
        self.now_ms = 0.0
        self.size = 1
        """Titles chosen here so far, and one more for all that were not."""

    def learn_one(self, title: int, at_ms: int, weight: float = 1.0) -> None:
        """Counts a choice; one that comes late counts for what it would be worth by now."""
        self._make_room(title)
        self._explain(title, at_ms)
        row_at = self.at_ms[title]
        self.size += int(row_at == 0.0)
        newest = max(float(at_ms), row_at)
        self.counts[title] = self.counts[title] * fade(newest - row_at) + weight * fade(newest - at_ms)
        self.at_ms[title] = newest
        now = max(self.now_ms, float(at_ms))
        self.total = self.total * fade(now - self.now_ms) + weight * fade(now - at_ms)
        self.now_ms = now

    def _explain(self, title: int, at_ms: int) -> None:
        if self.total[-1] >= 1.0:
            explained = self.mixture * self._foreseen(title, at_ms)
            chance = float(explained.sum())
            weight, self.foresight = head_weight(chance, self.foresight)
            self.mixture += EM_RATE * weight * (explained / chance - self.mixture)
            self.mixture = np.maximum(self.mixture, LEAST_SHARE)
            self.mixture /= self.mixture.sum()

    def chance(self, title: int, at_ms: int) -> float:
        """P(next choice is ``title``) in this market alone."""
        return float((self.mixture * self._foreseen(title, at_ms)).sum())

    def _foreseen(self, title: int, at_ms: int) -> Floats:
        """P(title) by each half-life."""
        self._make_room(title)
        now = max(self.now_ms, float(at_ms))
        count = self.counts[title] * fade(now - self.at_ms[title])
        total = self.total * fade(now - self.now_ms)
        foreseen: Floats = (count + FLOOR) / (total + FLOOR * self.size)
        return foreseen

    def row(self, title: int) -> tuple[Floats, float]:
        """Counts of a title, and as of when."""
        self._make_room(title)
        return self.counts[title], float(self.at_ms[title])

    def put(self, title: int, counts: Floats, at_ms: float) -> None:
        """Takes over a row from a snapshot or delta."""
        self._make_room(title)
        self.size += int(self.at_ms[title] == 0.0 < at_ms)
        self.counts[title] = counts
        self.at_ms[title] = at_ms

    def _make_room(self, title: int) -> None:
        if title >= len(self.counts):
            more = max(2 * len(self.counts), title + 1) - len(self.counts)
            self.counts = np.concatenate([self.counts, np.zeros((more, self.counts.shape[1]))])
            self.at_ms = np.concatenate([self.at_ms, np.zeros(more)])

    def decayed(self, now_ms: float, size: int) -> Floats:
        """Counts as of ``now_ms``, [titles × half-lives], for the first ``size`` titles."""
        known = min(size, len(self.counts))
        result = np.zeros((size, len(HALF_LIVES_MS)))
        age = np.maximum(now_ms - self.at_ms[:known, None], 0.0)
        result[:known] = self.counts[:known] * np.exp2(-age / HALF_LIVES_MS)
        return result


def distribution(market: Popularity | None, everywhere: list[Popularity], size: int, now_ms: float) -> Floats:
    """P(next choice) of the first ``size`` titles in a market that leans on all markets, [titles]; sums to 1.

    ``everywhere``: the popularity of every market, in an order that is the same in every process.
    """
    counts = {id(part): part.decayed(now_ms, size) for part in everywhere}
    overall = np.zeros((size, len(HALF_LIVES_MS)))
    total = np.zeros(len(HALF_LIVES_MS))
    for part in everywhere:
        overall += counts[id(part)]
        total += part.total * fade(now_ms - part.now_ms)
    prior: Floats = (overall + FLOOR) / (total + FLOOR * size)
    if market is None:
        even: Floats = prior.sum(axis=1) / len(HALF_LIVES_MS)
        return even
    shares = (counts[id(market)] + PRIOR_WEIGHT * prior) / (
        market.total * fade(now_ms - market.now_ms) + PRIOR_WEIGHT
    )
    weighted: Floats = (shares * market.mixture).sum(axis=1)
    return weighted


def head_weight(chance: float, usual: float) -> tuple[float, float]:
    """How much a choice counts that was foreseen with ``chance``, against the ``usual`` one; and the next usual.

    Log-loss is settled among titles that nobody would be shown; what was held likely is what was near the top.
    """
    usual += FORESIGHT_RATE * (chance - usual)
    return min(chance / usual, MOST_WEIGHT), usual


def fade(age_ms: float) -> Floats:
    """What is left after ``age_ms``, for each half-life."""
    left: Floats = np.exp2(-max(age_ms, 0.0) / HALF_LIVES_MS)
    return left

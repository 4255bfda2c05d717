"""Counts that fade with several half-lives at once, in time that only moves forward."""

import numpy as np

from playhead.arrays.types import Floats
from playhead.lab.evaluate.baselines.baseline import DAY_MS, HOUR_MS, MINUTE_MS

HALF_LIVES: dict[str, float] = {
    "10 min": 10 * MINUTE_MS,
    "1 h": HOUR_MS,
    "3 h": 3 * HOUR_MS,
    "12 h": 12 * HOUR_MS,
    "2 d": 2 * DAY_MS,
    "7 d": 7 * DAY_MS,
    "14 d": 14 * DAY_MS,
    "60 d": 60 * DAY_MS,
    "1 y": 365 * DAY_MS,
}
"""Half-lives from news to films, in milliseconds."""
MOST_DOUBLINGS = 400.0
"""Half-lives after which the landmark moves: 2 to this power is far from the largest float."""


class Decayed:
    """Forward decay (Cormode et al. 2009): a choice adds 2^((t - landmark) / half-life), nothing else is touched."""

    def __init__(self, half_lives_ms: Floats | None = None) -> None:
        self.half_lives_ms = np.array(list(HALF_LIVES.values())) if half_lives_ms is None else half_lives_ms
        self.counts: Floats = np.zeros((len(self.half_lives_ms), 1_024))
        self.total: Floats = np.zeros(len(self.half_lives_ms))
        self._landmark_ms: Floats = np.full(len(self.half_lives_ms), -np.inf)

    def add(self, title: int, at_ms: int) -> None:
        """Counts a choice."""
        if title >= self.counts.shape[1]:
            self.counts = widened(self.counts, title + 1)
        weight = np.exp2(self._age(at_ms))
        self.counts[:, title] += weight
        self.total += weight

    def _age(self, at_ms: float) -> Floats:
        self._landmark_ms[np.isinf(self._landmark_ms)] = at_ms
        age: Floats = (at_ms - self._landmark_ms) / self.half_lives_ms
        far = age > MOST_DOUBLINGS
        if far.any():
            left = np.exp2(-age[far])
            self.counts[far] *= left[:, None]
            self.total[far] *= left
            self._landmark_ms[far] = at_ms
            age[far] = 0.0
        return age

    def raw(self, titles: int) -> Floats:
        """Counts up to a factor for each half-life, [half-lives × titles]: enough to order by."""
        if titles > self.counts.shape[1]:
            self.counts = widened(self.counts, titles)
        return self.counts[:, :titles]

    def at(self, titles: int, at_ms: int) -> Floats:
        """Counts as of now, [half-lives × titles]."""
        raw = self.raw(titles)
        now: Floats = raw * np.exp2(-self._age(at_ms))[:, None]
        return now

    def shares(self, titles: int) -> Floats:
        """Shares of titles, [half-lives × titles], each row summing to 1, or 0 before the first choice."""
        shares: Floats = self.raw(titles) / np.maximum(self.total, np.finfo(np.float64).tiny)[:, None]
        return shares


def widened(columns: Floats, least: int) -> Floats:
    """The array with room for at least so many columns, twice as many as before at least."""
    rows, have = columns.shape
    wide = np.zeros((rows, max(2 * have, least)), dtype=columns.dtype)
    wide[:, :have] = columns
    return wide

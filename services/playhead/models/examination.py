"""Position bias, learned for each market: which rows of a page and which places of a row are looked at; and how often a rescue row is taken.

Impressions say what was looked at, so that no model of clicks is needed to tell what was not seen from what was not wanted. A
few totals a market and no row of any title, so that they travel with the manifest of a shard. What nobody reports stays as
the recipe has it, which counts as ``TRUSTED`` pages and rows.
"""

import numpy as np

from playhead.arrays.types import Floats
from playhead.domain.examples import LookedAt
from playhead.models.popularity import HALF_LIVES_MS
from playhead.signals.looks import MOST_PLACES, MOST_ROWS

HALF_LIFE_MS = float(HALF_LIVES_MS[7])
"""94 days: how people look changes with the players that they have."""
TRUSTED = 100.0
"""Pseudo-counts of the prior: pages for rows, rows for places."""
TITLES = 1_000.0
"""Pseudo-counts of the prior of rescue rows, in titles that were looked at: about one in thirty of them is played."""
_PAGES, _TOLD = 0, 1 + MOST_ROWS
_ROWS, _PLACES = slice(1, _TOLD), slice(_TOLD + 1, _TOLD + 1 + MOST_PLACES)
_RESCUE, _TAKEN = _PLACES.stop, _PLACES.stop + 1
SIZE = _TAKEN + 1


class Examination:
    """Decayed totals of one audience as of ``now_ms``: pages, and those that came to each row; rows, and those that came to each place.

    ``totals`` [SIZE]: behind these the titles looked at in rows of rescue, and how many of the pages with one led to a choice of it.
    """

    def __init__(self) -> None:
        self.totals: Floats = np.zeros(SIZE)
        self.now_ms = 0.0

    def learn(self, looked: LookedAt, at_ms: int) -> None:
        """Counts a page; one that comes late counts for what it would be worth by now."""
        now_ms = max(self.now_ms, float(at_ms))
        self.totals *= _fade(now_ms - self.now_ms)
        self.now_ms = now_ms
        seen = np.zeros(SIZE)
        rows = looked.places[:MOST_ROWS]
        seen[_PAGES] = 1.0
        seen[_ROWS][: len(rows)] = 1.0
        for places in rows:
            if places > 0:
                seen[_TOLD] += 1.0
                seen[_PLACES][:places] += 1.0
        seen[_RESCUE] = min(max(looked.rescue, 0), MOST_PLACES)
        seen[_TAKEN] = float(looked.taken and looked.rescue > 0)
        self.totals += seen * _fade(now_ms - at_ms)

    def put(self, totals: Floats, now_ms: float) -> None:
        """Takes over what another process published."""
        self.totals, self.now_ms = totals, now_ms

    def rows(self, now_ms: float, further: float) -> Floats:
        """P(a row is looked at) by its place on the page, [MOST_ROWS], never more than that of the row above; ``further``: the prior of P(a row is looked at | the row above is).

        >>> Examination().rows(0.0, 0.5)[:3].tolist()
        [1.0, 0.5, 0.25]
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        return _rate(left[_ROWS], left[_PAGES], further)

    def places(self, now_ms: float, further: float) -> Floats:
        """P(a place of a row is looked at) in a row that is, [MOST_PLACES]; ``further``: the same as of rows.

        >>> looks = Examination()
        >>> for _ in range(300):
        ...     looks.learn(LookedAt((3,)), 1)
        >>> looks.places(1.0, 0.5)[:5].tolist()
        [1.0, 0.875, 0.8125, 0.03125, 0.015625]
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        return _rate(left[_PLACES], left[_TOLD], further)

    def taken(self, now_ms: float, usual: float) -> float:
        """P(a title looked at in a row of rescue is taken); ``usual``: before anything was counted.

        >>> f"{Examination().taken(0.0, 0.03):.2f}"
        '0.03'
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        rate: float = (left[_TAKEN] + usual * TITLES) / (left[_RESCUE] + TITLES)
        return rate

    def pages(self, now_ms: float) -> float:
        """How many pages it knows of, those of long ago for less."""
        known: float = self.totals[_PAGES] * _fade(now_ms - self.now_ms)
        return known


def _fade(age_ms: float) -> float:
    left: float = np.exp2(-max(age_ms, 0.0) / HALF_LIFE_MS)
    return left


def _rate(seen: Floats, of: float, further: float) -> Floats:
    usual = np.power(further, np.arange(len(seen), dtype=np.float64))
    rate: Floats = (seen + usual * TRUSTED) / (of + TRUSTED)
    return rate

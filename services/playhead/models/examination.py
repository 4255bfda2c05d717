"""Position bias, learned for each market: which rows of a page and which places of a row are looked at; and how often a title of a rescue row is chosen.

Impressions report what was looked at, so no click model is needed to tell titles not seen from titles not wanted. The
model is a few totals a market and nothing a title, so it travels in a shard's manifest. Where clients report no impressions, the
priors of the recipe hold; they count as ``TRUSTED`` pages and rows.
"""

import numpy as np

from playhead.arrays.types import Floats
from playhead.domain.examples import LookedAt
from playhead.models.popularity import HALF_LIVES_MS
from playhead.signals.looks import MOST_PLACES, MOST_ROWS

HALF_LIFE_MS = float(HALF_LIVES_MS[7])
"""94 days: how people look at a page changes with their devices."""
TRUSTED = 100.0
"""Pseudo-counts of the prior: pages for rows, rows for places."""
TITLES = 1_000.0
"""Pseudo-counts of the prior of rescue rows, in titles looked at, about one in thirty of which is played."""
_PAGES, _ROWS_WITH_PLACES = 0, 1 + MOST_ROWS
_ROWS = slice(1, _ROWS_WITH_PLACES)
_PLACES = slice(_ROWS_WITH_PLACES + 1, _ROWS_WITH_PLACES + 1 + MOST_PLACES)
_RESCUE, _TAKEN = _PLACES.stop, _PLACES.stop + 1
SIZE = _TAKEN + 1


class Examination:
    """Decayed totals of one audience as of ``now_ms``: pages, and pages seen down to each row; rows, and rows seen up to each place.

    The last two of ``totals`` [SIZE] count titles looked at in rescue rows, and pages on which one of these was chosen.
    """

    def __init__(self) -> None:
        self.totals: Floats = np.zeros(SIZE)
        self.now_ms = 0.0

    def learn(self, looked: LookedAt, at_ms: int) -> None:
        """Counts a page; a late one counts for its decayed weight."""
        now_ms = max(self.now_ms, float(at_ms))
        self.totals *= _fade(now_ms - self.now_ms)
        self.now_ms = now_ms
        seen = np.zeros(SIZE)
        rows = looked.places[:MOST_ROWS]
        seen[_PAGES] = 1.0
        seen[_ROWS][: len(rows)] = 1.0
        for places in rows:
            if places > 0:
                seen[_ROWS_WITH_PLACES] += 1.0
                seen[_PLACES][:places] += 1.0
        seen[_RESCUE] = min(max(looked.rescue, 0), MOST_PLACES)
        seen[_TAKEN] = float(looked.taken and looked.rescue > 0)
        self.totals += seen * _fade(now_ms - at_ms)

    def put(self, totals: Floats, now_ms: float) -> None:
        """Overwrites the totals with those that another process published."""
        self.totals, self.now_ms = totals, now_ms

    def rows(self, now_ms: float, further: float) -> Floats:
        """P(a row is looked at) by its place on the page, [MOST_ROWS], not increasing; ``further``: the prior of P(a row is looked at | the row above is).

        >>> Examination().rows(0.0, 0.5)[:3].tolist()
        [1.0, 0.5, 0.25]
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        return _rate(left[_ROWS], left[_PAGES], further)

    def places(self, now_ms: float, further: float) -> Floats:
        """P(a place is looked at | its row is), [MOST_PLACES]; ``further``: the prior of P(a place is looked at | the place before it is).

        >>> looks = Examination()
        >>> for _ in range(300):
        ...     looks.learn(LookedAt((3,)), 1)
        >>> looks.places(1.0, 0.5)[:5].tolist()
        [1.0, 0.875, 0.8125, 0.03125, 0.015625]
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        return _rate(left[_PLACES], left[_ROWS_WITH_PLACES], further)

    def taken(self, now_ms: float, usual: float) -> float:
        """P(a title looked at in a rescue row is chosen); ``usual``: the prior.

        >>> f"{Examination().taken(0.0, 0.03):.2f}"
        '0.03'
        """
        left = self.totals * _fade(now_ms - self.now_ms)
        rate: float = (left[_TAKEN] + usual * TITLES) / (left[_RESCUE] + TITLES)
        return rate

    def pages(self, now_ms: float) -> float:
        """Decayed number of pages counted."""
        known: float = self.totals[_PAGES] * _fade(now_ms - self.now_ms)
        return known


def _fade(age_ms: float) -> float:
    left: float = np.exp2(-max(age_ms, 0.0) / HALF_LIFE_MS)
    return left


def _rate(seen: Floats, of: float, further: float) -> Floats:
    usual = np.power(further, np.arange(len(seen), dtype=np.float64))
    rate: Floats = (seen + usual * TRUSTED) / (of + TRUSTED)
    return rate

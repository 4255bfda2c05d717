"""How often viewers choose a title that they finished long ago, of all choices at which they had such a title, by market.

The model is two totals a market and nothing a title, so it travels in a shard's manifest.
"""

from playhead.models.popularity import Popularity

AGAIN, OFFERED = "again", "offered"
"""Groups of a market (``tallies.group_of``): choices of a title that is watched again, and all choices at which there was one."""
HALF = 7
"""Index of the half-life that is used: 94 days, in ``popularity.HALF_LIVES_MS``."""
TRUSTED = 100.0
"""Pseudo-choices of the prior."""


def rate(again: Popularity | None, offered: Popularity | None, now_ms: float, usual: float) -> float:
    """P(next choice is a title finished long ago | the profile has such titles); ``usual``: the prior.

    >>> from playhead.models.popularity import Popularity
    >>> offered, again = Popularity(), Popularity()
    >>> for at_ms in range(100):
    ...     offered.count(at_ms)
    >>> again.count(99)
    >>> round(rate(again, offered, 99.0, 0.01), 4), rate(None, None, 0.0, 0.01)
    (0.01, 0.01)
    """
    taken, of = (0.0 if tally is None else float(tally.totals(now_ms)[HALF]) for tally in (again, offered))
    return min((taken + usual * TRUSTED) / (of + TRUSTED), 1.0)

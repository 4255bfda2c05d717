"""How often viewers watch once more what they finished long ago: of all choices at which they could, in a market.

Two totals a market and no row of any title, so that they travel with the manifest of a shard.
"""

from playhead.models.popularity import Popularity

AGAIN, OFFERED = "again", "offered"
"""Groups of a market (``shard.group_of``): choices of a title that is watched again, and all choices at which there was one."""
HALF = 7
"""The half-life that is asked: 94 days, of ``popularity.HALF_LIVES_MS``."""
TRUSTED = 100.0
"""Choices by which a market leans on what is usual."""


def rate(again: Popularity | None, offered: Popularity | None, now_ms: float, usual: float) -> float:
    """P(next choice is one of those finished long ago) for who has some; ``usual`` before anything was counted.

    >>> from playhead.models.popularity import Popularity
    >>> offered, again = Popularity(), Popularity()
    >>> for at_ms in range(100):
    ...     offered.count(at_ms)
    >>> again.count(99)
    >>> round(rate(again, offered, 99.0, 0.01), 4), rate(None, None, 0.0, 0.01)
    (0.01, 0.01)
    """
    taken, of = (0.0 if one is None else float(one.totals(now_ms)[HALF]) for one in (again, offered))
    return min((taken + usual * TRUSTED) / (of + TRUSTED), 1.0)

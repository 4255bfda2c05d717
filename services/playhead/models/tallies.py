"""The tallies of a shard by name: decayed counts of choices and impressions by market, audience, surface and label."""

from playhead.arrays.hashing import digest
from playhead.domain.fields import KIDS
from playhead.models.choice_features import PLACE_HALVES
from playhead.models.popularity import HALVES, Popularity, Tops

SURFACES = 16
"""Number of buckets for surfaces in a market; surfaces are hashed to them."""
MARKET_TOPS, SURFACE_TOPS = 1_024, 160
"""Number of titles kept ordered by count, of a market and of a surface: more in a market than one profile finishes."""


def group_of(market: str, kind: str = "", surface: str | None = None) -> str:
    """The name of a tally: a market's choices, or those of a ``kind``: ``shown`` or ``chosen``, in all or on a surface; of labels (``label``); totals alone (``again``, ``offered``)."""
    name = f"{market}.{kind}" if kind else market
    return name if surface is None else f"{name}.{digest(surface) % SURFACES}"


def audience_of(market: str, *, kids: bool) -> str:
    """The name of those whose choices count together: the viewers of a market, children apart."""
    return f"{market}-{KIDS}" if kids else market


def is_market(group: str, *, kids: bool = False) -> bool:
    """Whether a tally counts all choices in a market, of children (``kids``) or of everybody else."""
    return "." not in group and group.endswith(KIDS) == kids


def new_tally(group: str) -> Popularity:
    """An empty tally of that name: a market's and a surface's keep their most frequent titles in order."""
    if "." not in group:
        return Popularity(Tops(tuple(range(0, HALVES, 2)), MARKET_TOPS))
    if group[-1].isdigit():
        return Popularity(Tops(tuple(PLACE_HALVES), SURFACE_TOPS))
    return Popularity(None)

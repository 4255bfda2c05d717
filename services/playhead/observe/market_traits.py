"""How markets differ: what each chooses more than all together, side by side."""

from typing import NamedTuple

import numpy as np

from playhead.arrays.hashing import slot
from playhead.arrays.types import Floats
from playhead.labels.definitions import HEADS
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.popularity import PRIOR_WEIGHT, Popularity
from playhead.models.tallies import group_of, is_market

MONTH = 6
"""The half-life (24 d) that counts."""
SMOOTHING = 5.0
"""Pseudo-counts by which lifts are shrunk towards 1, in choices."""
_BINGE = HEADS.index("binge")


class Trait(NamedTuple):
    """A title or a label, its share of the market's choices, and how many times the share that it has in all markets."""

    name: str
    share: float
    lift: float


class MarketTraits(NamedTuple):
    """One market: choices of about the last month, how far it leans on all markets (0 to 1), what it chooses most, and likes beyond others.

    binges: a factor on the odds that somebody goes on after an episode or film, whatever was watched and whoever watched it.
    """

    market: str
    choices: float
    leaning: float
    titles: tuple[Trait, ...]
    labels: tuple[Trait, ...]
    binges: float


def market_traits(followed: FollowerState, count: int = 5) -> list[MarketTraits]:
    """The traits of all markets, the one with the most choices first."""
    views = MarketSnapshotCache(followed)
    markets = sorted(
        {name for shard in followed.shards.values() for name in shard.tallies if is_market(name)}
    )
    traits = [_traits(followed, views, market, count) for market in markets]
    return sorted(traits, key=lambda market_traits: (-market_traits.choices, market_traits.market))


def _traits(followed: FollowerState, views: MarketSnapshotCache, market: str, count: int) -> MarketTraits:
    view = views.of(market)
    titles, labels = np.arange(view.size), np.arange(len(followed.catalogue.labels))
    own = _counts(view.tally, titles, view.now_ms)
    choices = float(view.own_totals[MONTH])
    of_labels = view.models.tallies.get(group_of(view.audience, "label"))
    liked, all_liked = _counts(of_labels, labels, view.now_ms), view.everyone.labels[: len(labels), MONTH]
    shares = own / max(own.sum(), 1.0), view.everyone.of(titles)[:, MONTH]
    chosen = np.argsort(-own, kind="stable")[:count]
    lifts = _lifts(liked, all_liked)
    beyond = np.argsort(-lifts, kind="stable")[:count]
    of_titles = _lifts(own, shares[1])
    names, label_names = followed.catalogue.name, followed.catalogue.labels.names()
    share = liked / max(liked.sum(), 1.0)
    return MarketTraits(
        market,
        round(choices, 1),
        round(float(PRIOR_WEIGHT / (PRIOR_WEIGHT + view.own_totals[MONTH])), 4),
        tuple(_trait(names(int(n)), shares[0][n], of_titles[n]) for n in chosen if own[n] > 0.0),
        tuple(_trait(label_names[n], share[n], lifts[n]) for n in beyond if lifts[n] > 1.0),
        round(float(np.exp(view.models.heads.weights[slot("market", market), _BINGE])), 3),
    )


def _counts(tally: Popularity | None, numbers: np.ndarray, now_ms: float) -> Floats:
    if tally is None:
        return np.zeros(len(numbers))
    counts: Floats = tally.of(numbers, now_ms)[:, MONTH]
    return counts


def _lifts(own: Floats, everyone: Floats) -> Floats:
    """Shares over those in all markets, towards 1 where little was counted."""
    usual = everyone / max(everyone.sum(), 1e-9)
    expected = usual * own.sum()
    lifts: Floats = (own + SMOOTHING) / (expected + SMOOTHING)
    return lifts


def _trait(name: str, share: float, lift: float) -> Trait:
    return Trait(name, round(float(share), 4), round(float(lift), 2))

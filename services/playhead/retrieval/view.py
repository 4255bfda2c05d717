"""What a market looks like at one version of the models and the catalogue: shared by all its profiles."""

import numpy as np
from numpy.typing import NDArray

from playhead.content.shelves import Shelves
from playhead.content.vocabulary import Ids
from playhead.models.popularity import Floats, distribution
from playhead.models.shard import Models
from playhead.models.world import World

TOP = 300
"""Most popular titles that are candidates for everybody."""
TOP_OF_LABEL = 30
CROWD_FLOOR = 1e-4
"""Least share of a label in what the crowd chooses, so that a rare label is no proof of taste."""


class View:
    """Popularity and what follows from it, in one market.

    ``popular`` is P(next choice) by title; ``top`` the most popular titles, best first; ``crowd`` the share of
    each label in what the market chooses. ``kept`` is for whoever computes more from the titles of this view.
    """

    def __init__(self, world: World, market: str, models: Models, shelves: Shelves) -> None:
        self.catalogue = world.catalogue
        self.models = models
        self.market = market
        size = len(self.catalogue.titles)
        shards = [world.shards[n] for n in sorted(world.shards)]
        everywhere = [shard.markets[name] for shard in shards for name in sorted(shard.markets)]
        # The newest choice, not the newest example: a view must follow from the version it is kept for.
        now_ms = max((market.now_ms for market in everywhere), default=0.0)
        self.popular: Floats = distribution(models.markets.get(market), everywhere, size, now_ms)
        self._marks = self.catalogue.mark[:size]
        self.shelves = shelves
        self.crowd = self._crowd()
        self.kept: dict[int, object] = {}
        self._of_label: dict[int, Ids] = {}
        self._top: Ids = np.empty(0, dtype=np.int32)

    def top(self, count: int) -> Ids:
        """The most popular titles, best first."""
        if len(self._top) < min(count, len(self.popular)):
            self._top = best(self.popular, self._marks, max(count, TOP))
        return self._top[:count]

    def of_label(self, label: int) -> Ids:
        """The most popular titles with a label."""
        if label not in self._of_label:
            having = self.shelves.having(label)
            chosen = best(self.popular[having], self._marks[having], TOP_OF_LABEL)
            self._of_label[label] = having[chosen].astype(np.int32)
        return self._of_label[label]

    def _crowd(self) -> Floats:
        weights = self.popular[self.shelves.titles]
        shares = np.bincount(self.shelves.labels, weights=weights, minlength=len(self.catalogue.labels))
        total = shares.sum()
        crowd: Floats = np.maximum(shares / total if total > 0 else shares, CROWD_FLOOR)
        return crowd


def best(scores: Floats, marks: NDArray[np.uint32], count: int) -> Ids:
    """Places of the highest scores, best first; ties are broken by ``marks``, which every process agrees on."""
    if count < len(scores):
        least = scores[np.argpartition(-scores, count - 1)[:count]].min()
        above = np.flatnonzero(scores > least)
        tied = np.flatnonzero(scores == least)
        room = count - len(above)
        if room < len(tied):
            tied = tied[np.argpartition(marks[tied], room - 1)[:room]]
        places = np.concatenate([above, tied])
    else:
        places = np.arange(len(scores))
    order = np.lexsort((marks[places], -scores[places]))
    return places[order].astype(np.int32)


class Views:
    """The newest view of each market, made anew only when popularity or the catalogue has changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, tuple[tuple[int, ...], View]] = {}
        self._shelves = Shelves(world.catalogue)
        self._shelved = world.catalogue.changed

    def of(self, market: str) -> View:
        """The market's view as of now."""
        models = self._world.shard_of(market)
        catalogue = self._world.catalogue
        learned = sum(shard.versions["popularity"] for shard in self._world.shards.values())
        version = (learned, catalogue.changed, len(catalogue.titles))
        if self._shelved != catalogue.changed:
            self._shelves, self._shelved = Shelves(catalogue), catalogue.changed
        made = self._made.get(market)
        if made is None or made[0] != version:
            made = (version, View(self._world, market, models, self._shelves))
            self._made[market] = made
        return made[1]

"""What a market looks like at one version of the models and the catalogue: shared by all its profiles."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.content.shelves import Shelves
from playhead.content.vocabulary import Ids
from playhead.models.popularity import Floats, Popularity, Singles, pooled, shares
from playhead.models.shard import Models, is_market
from playhead.models.world import World

TOP_OF_LABEL = 30
CROWD_FLOOR = 1e-4
"""Least share of a label in what the crowd chooses, so that a rare label is no proof of taste."""


class View:
    """Popularity and what follows from it, in one market.

    ``counts`` [half-lives × titles] are decayed choices; ``popular`` [titles] is P(next choice), the mean over the
    half-lives; ``crowd`` the share of each label in what the market chooses; ``kept`` holds what others derive
    from this view and want to derive once. ``settled``: only titles of the catalogue, and those chosen here, are
    eligible as popular ones; of others it depends on the process which it has heard of, and learning may not.
    """

    def __init__(
        self, world: World, market: str, models: Models, shelves: Shelves, *, settled: bool = False
    ) -> None:
        self.catalogue = world.catalogue
        self.models = models
        self.market = market
        self.size = len(self.catalogue.titles)
        self.tally = models.tallies.get(market)
        others = _others(world, self.tally)
        # The newest choice, not the newest example: a view must follow from the version it is kept for.
        known = others if self.tally is None else [self.tally, *others]
        self.now_ms = max((part.now_ms for part in known), default=0.0)
        self.counts, totals = pooled(self.tally, others, self.size, self.now_ms)
        self.shares = shares(self.counts, totals, sum(part.size for part in known))
        self.popular: Floats = self.shares.mean(axis=0, dtype=np.float64)
        self.marks = self.catalogue.mark[: self.size]
        self.shelves = shelves
        self.eligible = self._eligible() if settled else np.ones(self.size, dtype=np.bool_)
        self.crowd = self._crowd()
        self._of_label: dict[int, Ids] = {}
        self._top: dict[int, Ids] = {}
        self.kept: dict[Any, Any] = {}

    def top(self, half_life: int, count: int) -> Ids:
        """The titles most chosen at a half-life, best first."""
        top = self._top.get(half_life)
        if top is None or len(top) < min(count, self.size):
            top = self._top[half_life] = self.best(self.counts[half_life], count)
        return top[:count]

    def best(self, scores: Floats | Singles, count: int) -> Ids:
        """The eligible titles with the highest of ``scores`` [titles], best first."""
        open_to = np.flatnonzero(self.eligible)
        return open_to[best(scores[open_to], self.marks[open_to], count)].astype(np.int32)

    def _eligible(self) -> NDArray[np.bool_]:
        chosen: NDArray[np.bool_] = self.counts[-1] > 0
        return self.catalogue.listed[: self.size] | chosen

    def of_label(self, label: int) -> Ids:
        """The most popular titles with a label."""
        if label not in self._of_label:
            having = self.shelves.having(label)
            chosen = best(self.popular[having], self.marks[having], TOP_OF_LABEL)
            self._of_label[label] = having[chosen].astype(np.int32)
        return self._of_label[label]

    def _crowd(self) -> Floats:
        weights = self.popular[self.shelves.titles]
        sums = np.bincount(self.shelves.labels, weights=weights, minlength=len(self.catalogue.labels))
        total = np.sort(sums).sum()  # labels have other numbers in other processes, and sums another order
        crowd: Floats = np.maximum(sums / total if total > 0 else sums, CROWD_FLOOR)
        return crowd


def _others(world: World, mine: Popularity | None) -> list[Popularity]:
    shards = [world.shards[number] for number in sorted(world.shards)]
    tallies = [shard.tallies[name] for shard in shards for name in sorted(shard.tallies) if is_market(name)]
    return [tally for tally in tallies if tally is not mine]


def best(scores: Floats | Singles, marks: NDArray[np.uint32], count: int) -> Ids:
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


def topmost(scores: Floats, marks: NDArray[np.uint32], count: int) -> NDArray[np.int64]:
    """Places of the highest scores in no order; ties at the edge are broken like those of ``best``."""
    if count >= len(scores):
        return np.arange(len(scores))
    places = np.argpartition(scores, len(scores) - count)[-count:]
    least = scores[places].min()
    tied = np.flatnonzero(scores == least)
    if len(tied) > 1:
        above = np.flatnonzero(scores > least)
        tied = tied[np.argsort(marks[tied], kind="stable")[: count - len(above)]]
        places = np.concatenate([above, tied])
    return places.astype(np.int64)


class Views:
    """The newest view of each market, made anew only when popularity or the catalogue has changed."""

    def __init__(self, world: World, *, settled: bool = False) -> None:
        self._world = world
        self._settled = settled
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
            made = (version, View(self._world, market, models, self._shelves, settled=self._settled))
            self._made[market] = made
        return made[1]

"""Popularity of a market, and values derived from it, at one version of the models and the catalogue: shared by all its profiles."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.lazy import lazy
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.index import CatalogueIndex
from playhead.domain.fields import KIDS
from playhead.models.choice_features import LABEL_HALVES, OF_TITLE
from playhead.models.examination import Examination
from playhead.models.follower_state import FollowerState
from playhead.models.head_lists import OUTPUTS
from playhead.models.popularity import HALVES, Popularity, leaning, shares, summed
from playhead.models.rewatch import AGAIN, OFFERED, rate
from playhead.models.season import YEAR, Week, last_year, lifts
from playhead.models.tallies import audience_of, group_of, is_market

POPULATION_FLOOR = 1e-4
"""Least share of a label in the population's choices, so that choosing a rare label is no proof of taste."""
LABEL_EPSILON = 0.1
_NOBODY = Examination()
"""Position bias of a market without impressions: the priors."""
OF_MARKETS, OF_SHARDS = 12, 64
"""Number of cached tables, one a market (or a shard) and surface, of some 128 bytes a requested title; the least recently used
table is evicted. Tables of shards change only with the version of the heads, and cost the most to compute."""


class Scratch:
    """Memory that is reused from call to call.

    ``slot`` [titles] is -1 between calls; ``notes`` [titles] hold annotations, valid if they carry the current ``serial``.
    """

    def __init__(self) -> None:
        self.slot: NDArray[np.int32] = np.full(256, -1, dtype=np.int32)
        self.notes: Ints = np.zeros(256, dtype=np.int64)
        self.serial = 0

    def make_room(self, size: int) -> None:
        """Grows the arrays to at least ``size`` titles."""
        if size > len(self.slot):
            self.slot = np.full(max(size, 2 * len(self.slot)), -1, dtype=np.int32)
            self.notes = np.zeros(len(self.slot), dtype=np.int64)


class FeatureTable:
    """Cached ``values`` of titles, [titles × width], each computed when first requested under a version."""

    def __init__(self, width: int, kind: Any = np.float32) -> None:
        self.values: NDArray[Any] = np.zeros((0, width), dtype=kind)
        self._written: Ints = np.zeros(0, dtype=np.int64)
        self._version: Hashable = None
        self._serial = 0

    def missing(self, titles: Ints, version: Hashable, size: int) -> Ints:
        """The distinct ``titles`` that were not yet written under this version; they count as written from now on.

        A title of -1 is skipped. ``size``: number of titles in the catalogue.
        """
        if version != self._version:
            self._version, self._serial = version, self._serial + 1
        if size > len(self._written):
            size = max(size, 2 * len(self._written))
            self.values = np.zeros((size, self.values.shape[1]), dtype=self.values.dtype)
            self._written = np.zeros(size, dtype=np.int64)
        return _missing(self._written, titles, self._serial)


class FeatureTables:
    """An LRU cache of at most ``most`` feature tables, by key."""

    def __init__(self, width: int, kind: Any, most: int) -> None:
        self._width, self._kind, self._most = width, kind, most
        self._tables: dict[Hashable, FeatureTable] = {}

    def of(self, key: Hashable, width: int | None = None) -> FeatureTable:
        """The table of a key, made if missing; ``width``: if it differs from the default."""
        table = self._tables.pop(key, None) or FeatureTable(width or self._width, self._kind)
        self._tables[key] = table
        if len(self._tables) > self._most:
            self._tables.pop(next(iter(self._tables)))
        return table


class SharedCaches:
    """Caches that outlive a market snapshot: scratch memory, tables that are rewritten under a new version, values of the catalogue alone.

    ``features``: of titles in a market, on a surface (``features.title_features``); ``outcomes``: log-odds of titles by a shard's
    heads, on a surface (``ranking.outcomes``); ``everyone``: choices of titles in all markets (``AllMarkets``). ``barred``:
    why titles can't be shown in a market to a kind of profile, and ``open_titles``: those that can (``candidates.eligibility``).
    ``views``: number of snapshots made so far, from which their serial numbers come.
    """

    def __init__(self) -> None:
        self.scratch = Scratch()
        self.features = FeatureTables(OF_TITLE + 1, np.float32, OF_MARKETS)
        self.outcomes = FeatureTables(OUTPUTS, np.float64, OF_SHARDS)
        self.everyone = {kids: FeatureTable(HALVES, np.float64) for kids in (False, True)}
        self.barred: dict[tuple[str, str], NDArray[np.uint8]] = {}
        self.open_titles: dict[tuple[str, str], Ints] = {}
        self.views = 0


class AllMarkets:
    """Popularity in all markets together, at one version: summed once, shared by the snapshots of all markets.

    ``totals``, ``labels``: decayed choices in total [half-lives], and of each label [labels × half-lives];
    ``counted``: titles counted so far, summed over markets.
    """

    def __init__(self, followed: FollowerState, lasting: SharedCaches, *, kids: bool = False) -> None:
        lasting.views += 1
        self._serial = lasting.views
        self._table = lasting.everyone[kids]
        self._size = len(followed.catalogue.titles)
        self.markets = _tallies(followed, lambda group: is_market(group, kids=kids))
        # The newest choice, not the newest example: a snapshot must be a function of the version it is cached for.
        self.now_ms = max((part.now_ms for part in self.markets), default=0.0)
        self.counted = sum(part.size for part in self.markets)
        self.totals: Floats = sum((part.totals(self.now_ms) for part in self.markets), np.zeros(HALVES))
        labels = np.arange(len(followed.catalogue.labels))
        tallies = _tallies(
            followed,
            lambda group: group.endswith(".label") and is_market(group.removesuffix(".label"), kids=kids),
        )
        self._labels = {tally: tally.of(labels, self.now_ms) for tally in tallies}
        self.labels: Floats = sum(self._labels.values(), np.zeros((len(labels), HALVES)))
        self.label_totals: Floats = sum((tally.totals(self.now_ms) for tally in tallies), np.zeros(HALVES))

    def of(self, titles: Ints) -> Floats:
        """Decayed choices of titles in all markets, [titles × half-lives]."""
        missing = self._table.missing(titles, self._serial, self._size)
        if len(missing):
            self._table.values[missing] = summed(self.markets, missing, self.now_ms)
        return self._table.values[titles]

    def labels_of(self, tally: Popularity | None) -> Floats:
        """Decayed choices of labels in one market, [labels × half-lives]."""
        return np.zeros_like(self.labels) if tally is None else self._labels[tally]


class MarketSnapshot:
    """Popularity in one market, and values derived from it.

    ``own_totals``, ``totals``: choices of the market itself, and shrunk towards those of all markets (``leaning``), [half-lives];
    ``audience``: the tally whose choices count here; ``links``: co-occurrence of titles in that audience. ``population`` [labels]: the
    share of each label in the market's choices. ``settled``: titles that nobody has chosen and the
    catalogue does not list are no candidates; which of these a process knows differs, so learning must not depend on them.
    """

    def __init__(
        self,
        followed: FollowerState,
        market: str,
        everyone: AllMarkets,
        index: CatalogueIndex,
        lasting: SharedCaches,
        *,
        settled: bool,
        kids: bool = False,
    ) -> None:
        lasting.views += 1
        self.serial = lasting.views
        self.lasting = lasting
        self.scratch = lasting.scratch
        self._followed = followed
        self.catalogue = followed.catalogue
        self.models = models = followed.shard_of(market)
        self.market, self.audience = market, audience_of(market, kids=kids)
        self.links = models.links_of(kids=kids)
        self.size = len(self.catalogue.titles)
        self.index = index
        self.settled = settled
        self.tally = models.tallies.get(self.audience)
        self.everyone = everyone
        self.now_ms, self.counted = everyone.now_ms, everyone.counted
        self.own_totals = _totals(self.tally, self.now_ms)
        self.totals = leaning(self.own_totals, everyone.totals, self.own_totals)
        labels = models.tallies.get(group_of(self.audience, "label"))
        own = _totals(labels, self.now_ms)
        self.label_counts = leaning(everyone.labels_of(labels), everyone.labels, own)
        share = shares(self.label_counts, leaning(own, everyone.label_totals, own), len(self.label_counts))
        self.population: Floats = np.maximum(share.mean(axis=1), POPULATION_FLOOR)
        self._label_rates: Floats | None = None

    def prepare(self) -> None:
        """Grows the models of this audience to the size of the catalogue."""
        self.models.prepare()
        self.links.make_room(len(self.catalogue.titles))

    def versions(self) -> dict[str, int]:
        """The current versions of the models, by name (``FollowerState.versions``)."""
        return self._followed.versions(self.models)

    def label_rates(self) -> Floats:
        """Log of the choices per title of each label, [labels × LABEL_HALVES]."""
        if self._label_rates is None:
            having = np.zeros(len(self.label_counts))
            having[: len(self.index.having)] = self.index.having
            chosen = self.label_counts[:, LABEL_HALVES] + LABEL_EPSILON
            self._label_rates = np.ascontiguousarray(np.log(chosen / (having[:, None] + 1.0)))
        return self._label_rates

    @lazy
    def season(self) -> tuple[Ints, Floats]:
        """Titles chosen around the same day of last year, by number, and their ``lifts``.

        From the market itself; from all markets if the market has no data of that time.
        """
        mine = self.models.seasons.weeks.get(self.audience, {})
        week = last_year([mine], self.now_ms)
        if not len(week.titles):
            week = last_year(_seasons(self._followed, kids=self.audience.endswith(KIDS)), self.now_ms)
        if not len(week.titles):
            return week.titles, week.counts
        _, counts = self.counts(week.titles)
        return week.titles, lifts(week, counts[:, YEAR] / max(self.totals[YEAR], 1.0))

    def rewatch(self, usual: float) -> float:
        """P(next choice is a title finished long ago | the profile has such titles); ``usual``: the prior."""
        rewatch, offered = (
            self.models.tallies.get(group_of(self.audience, kind)) for kind in (AGAIN, OFFERED)
        )
        return rate(rewatch, offered, self.now_ms, usual)

    def looked_at(self, further: float) -> Floats:
        """P(a place of a row is looked at), [MOST_PLACES]; ``further``: the prior of P(a place is looked at | the place before it is)."""
        return self.models.looks.get(self.audience, _NOBODY).places(self.now_ms, further)

    def rescued(self, usual: float) -> float:
        """P(a title looked at in a rescue row is played); ``usual``: the prior."""
        return self.models.looks.get(self.audience, _NOBODY).taken(self.now_ms, usual)

    def counts(self, titles: Ints) -> tuple[Floats, Floats]:
        """Decayed choices of titles, [titles × half-lives]: in the market itself, and shrunk towards all markets."""
        own = summed([] if self.tally is None else [self.tally], titles, self.now_ms)
        return own, leaning(own, self.everyone.of(titles), self.own_totals)

    def popular(self, titles: Ints) -> Floats:
        """P(next choice) of titles, [titles], the mean over the half-lives."""
        _, counts = self.counts(titles)
        share: Floats = shares(counts, self.totals, self.counted).mean(axis=1)
        return share


def _tallies(followed: FollowerState, is_wanted: Callable[[str], bool]) -> list[Popularity]:
    shards = [followed.shards[number] for number in sorted(followed.shards)]
    return [shard.tallies[name] for shard in shards for name in sorted(shard.tallies) if is_wanted(name)]


def _seasons(followed: FollowerState, *, kids: bool) -> list[dict[int, Week]]:
    shards = [followed.shards[number].seasons.weeks for number in sorted(followed.shards)]
    return [weeks[name] for weeks in shards for name in sorted(weeks) if is_market(name, kids=kids)]


def _totals(tally: Popularity | None, now_ms: float) -> Floats:
    return np.zeros(HALVES) if tally is None else tally.totals(now_ms)


class MarketSnapshotCache:
    """The newest snapshot of each market, rebuilt only when popularity or the catalogue has changed."""

    def __init__(self, followed: FollowerState, *, settled: bool = False) -> None:
        self._followed = followed
        self._settled = settled
        self._made: dict[str, MarketSnapshot] = {}
        """Snapshots by audience."""
        self._version: tuple[int, ...] | None = None
        self._everyone: dict[bool, AllMarkets] = {}
        self._lasting = SharedCaches()
        self._index = CatalogueIndex(followed.catalogue)
        self._indexed = (followed.catalogue.changed, len(followed.catalogue.titles))

    def of(self, market: str, kind: str = "adult") -> MarketSnapshot:
        """The current snapshot of a market for profiles of a kind: children's choices count apart."""
        kids = kind == KIDS
        self._followed.shard_of(market)
        catalogue = self._followed.catalogue
        listed = (catalogue.changed, len(catalogue.titles))
        version = (sum(shard.versions["popularity"] for shard in self._followed.shards.values()), *listed)
        if self._indexed != listed:
            if self._indexed[0] != listed[0]:
                self._index = CatalogueIndex(catalogue)
            self._indexed = listed
            self._lasting.barred.clear()
            self._lasting.open_titles.clear()
        if self._version != version:
            self._version = version
            self._everyone.clear()
            self._made.clear()
        audience = audience_of(market, kids=kids)
        view = self._made.get(audience)
        if view is None:
            if kids not in self._everyone:
                self._everyone[kids] = AllMarkets(self._followed, self._lasting, kids=kids)
            everyone, index = self._everyone[kids], self._index
            view = MarketSnapshot(
                self._followed, market, everyone, index, self._lasting, settled=self._settled, kids=kids
            )
            self._made[audience] = view
        return view


@compiled
def _missing(written: Ints, titles: Ints, serial: int) -> Ints:
    missing, size = np.empty(len(titles), dtype=np.int64), 0
    for title in titles:
        if title >= 0 and written[title] != serial:
            written[title] = serial
            missing[size], size = title, size + 1
    return missing[:size].copy()

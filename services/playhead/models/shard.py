"""All models of one shard together: they learn examples, tell what changed, and take over what others learned."""

import numpy as np

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import SLOTS
from playhead.domain.errors import Rejected
from playhead.domain.examples import Example
from playhead.models.heads import SLOT_VALUES, Heads, Lesson
from playhead.models.popularity import HALF_LIVES_MS, Popularity
from playhead.models.rows import (
    FORMAT,
    HeadsBlock,
    Manifest,
    MarketTotals,
    NewtonRow,
    Place,
    PopularityRow,
    Row,
    TransitionsRow,
    key_of,
    pack,
    unpack,
)
from playhead.models.transitions import EVIDENCE_BUCKETS, Transitions

BLOCK = 64
"""Features of the heads that travel together."""


class Models:
    """The models of one shard, for learning and for scoring alike.

    Args:
        shard: The partition of ``playhead.examples`` they learn from.
        catalogue: Numbers the titles; shared with whatever scores with these models.
        learns: False for a follower, which takes over what others learned and needs no learners.
    """

    def __init__(self, shard: int, catalogue: Catalogue, *, learns: bool) -> None:
        self.shard = shard
        self.catalogue = catalogue
        self.markets: dict[str, Popularity] = {}
        self.transitions = Transitions()
        self.heads = Heads(learns=learns)
        self.versions = {"heads": 0, "popularity": 0, "transitions": 0}
        self.now_ms = 0.0
        self._moved: set[tuple[str, str, int]] = set()

    def market(self, name: str) -> Popularity:
        """The popularity of a market, empty when it is new."""
        if name not in self.markets:
            self.markets[name] = Popularity()
        return self.markets[name]

    def learn_one(self, example: Example) -> None:
        """Learns one fact; its title is known from now on."""
        title = self.catalogue.know(example.title_id)
        self.now_ms = max(self.now_ms, float(example.occurred_at))
        if example.kind == "consumed":
            self._consume(example, title)
        elif example.kind == "outcome" and example.features is not None:
            lesson = Lesson(
                example.labels, example.occurred_at, example.watch_s, example.duration_s, example.clicked
            )
            moved = self.heads.learn_one(example.features, lesson)
            self._moved.update(("heads", "", slot // BLOCK) for slot in moved)
            self._moved.add(("newton", "", 0))
            self.versions["heads"] += 1
        elif example.kind == "sighted":
            self.market(example.market)
            self._moved.add(("popularity", example.market, title))

    def _consume(self, example: Example, title: int) -> None:
        market, at_ms = self.market(example.market), example.occurred_at
        previous = [self.catalogue.know(before) for before in example.previous]
        self.transitions.explain(title, previous, market.chance(title, at_ms))
        market.learn_one(title, at_ms, example.weight)
        changed = self.transitions.learn_one(title, previous, at_ms)
        self._moved.add(("popularity", example.market, title))
        self._moved.update(("transitions", "", before) for before in changed)
        self.versions["popularity"] += 1
        self.versions["transitions"] += 1

    def changed(self) -> list[tuple[bytes, Row]]:
        """The rows that moved since this was asked last."""
        rows = [
            (key_of(model, self.shard, self._part(model, group, n)), self._row(model, group, n))
            for model, group, n in sorted(self._moved)
        ]
        self._moved.clear()
        return rows

    def manifest(self, epoch: int, offset: int, watermarks: dict[str, tuple[int, int]]) -> Manifest:
        """The version that the rows belong to."""
        markets = {
            name: MarketTotals(pack(market.total), pack(market.mixture), market.foresight, market.now_ms)
            for name, market in sorted(self.markets.items())
        }
        return Manifest(
            format=FORMAT,
            versions=dict(self.versions),
            examples_epoch=epoch,
            examples_offset=offset,
            watermarks=watermarks,
            markets=markets,
            trust=pack(self.transitions.trust),
            now_ms=self.now_ms,
        )

    def _part(self, model: str, group: str, number: int) -> str:
        if model == "heads":
            return str(number)
        if model == "newton":
            return ""
        title_id = self.catalogue.titles.name(number)
        return f"{group}/{title_id}" if model == "popularity" else title_id

    def _row(self, model: str, group: str, number: int) -> Row:
        if model == "popularity":
            counts, at_ms = self.markets[group].row(number)
            return PopularityRow(pack(counts), at_ms)
        if model == "transitions":
            ids, weights, mass, at_ms = self.transitions.row(number)
            return TransitionsRow(
                tuple(map(self.catalogue.titles.name, ids.tolist())), pack(weights), mass, at_ms
            )
        if model == "newton":
            return NewtonRow(*map(pack, self.heads.newton.export()))
        first, last = number * BLOCK, min((number + 1) * BLOCK, SLOTS)
        known = self.heads.weights[first:last].any(axis=1) | (self.heads.rates.at_ms[first:last] > 0)
        slots = first + np.flatnonzero(known)
        return HeadsBlock(tuple(slots.tolist()), pack(self.heads.export(slots)))

    def apply(self, place: Place, row: Row) -> None:
        """Takes over a row that another process published."""
        if isinstance(row, PopularityRow):
            market, _, title_id = place.part.partition("/")
            self.market(market).put(
                self.catalogue.know(title_id), _of(row.counts, len(HALF_LIVES_MS)), row.at_ms
            )
        elif isinstance(row, TransitionsRow):
            ids = np.array([self.catalogue.know(title_id) for title_id in row.titles], dtype=np.int32)
            before = self.catalogue.know(place.part)
            self.transitions.put(before, ids, _of(row.weights, len(ids)), row.mass, row.at_ms)
        elif isinstance(row, HeadsBlock):
            features = np.array(row.features, dtype=np.int64)
            values = _of(row.parameters, len(features) * SLOT_VALUES)
            self.heads.restore(features, values.reshape(len(features), SLOT_VALUES))
        elif isinstance(row, NewtonRow):
            weights, triangles = self.heads.newton.export()
            self.heads.newton.restore(
                _of(row.weights, weights.size),
                _of(row.covariances, triangles.size or len(row.covariances) // 8),
            )
        else:
            self._apply_manifest(row)

    def _apply_manifest(self, manifest: Manifest) -> None:
        for name, totals in manifest.markets.items():
            market = self.market(name)
            market.total = _of(totals.total, len(HALF_LIVES_MS))
            market.mixture = _of(totals.mixture, len(HALF_LIVES_MS))
            market.foresight = totals.foresight
            market.now_ms = totals.now_ms
        self.transitions.trust = _of(manifest.trust, EVIDENCE_BUCKETS)
        self.versions = dict(manifest.versions)
        self.now_ms = manifest.now_ms


def _of(data: bytes, size: int) -> np.typing.NDArray[np.float64]:
    values = unpack(data)
    if len(values) != size or not np.isfinite(values).all():
        raise Rejected(
            "A row of the models topic is torn.", "Delete it; the learn worker publishes it again."
        )
    return values

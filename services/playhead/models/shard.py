"""All models of one shard together: they learn examples, tell what changed, and take over what others learned."""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import SLOTS, digest
from playhead.domain.errors import Rejected
from playhead.domain.examples import Example
from playhead.domain.figures import Foreseen
from playhead.labels.definitions import HEADS
from playhead.models.blend import BLOCKS, Blend
from playhead.models.bonds import CHOSEN_SHRINK, CHOSEN_SPAN, SHOWN_SHRINK, SHOWN_SPAN, Bonds, closeness
from playhead.models.circumstances import TOKENS, Circumstances
from playhead.models.heads import SLOT_VALUES, Heads, Lesson
from playhead.models.neighbours import Neighbours
from playhead.models.parts import PLACE_HALVES, PRIOR
from playhead.models.popularity import HALVES, Floats, Popularity, Tops
from playhead.models.rows import (
    FORMAT,
    BlendRow,
    HeadsBlock,
    Manifest,
    NeighboursRow,
    NewtonRow,
    Place,
    PopularityRow,
    Row,
    Totals,
    ValuesRow,
    key_of,
    pack,
    unpack,
)
from playhead.models.sequence import DIMS, Sequence
from playhead.models.sparse import SEGMENT, Sparse

BLOCK = 64
"""Features of the heads that travel together."""
SURFACES = 16
"""Surfaces that are told apart in a market; further ones share these places."""
MARKET_TOPS, SURFACE_TOPS = 1_024, 160
"""Titles whose order by counts is known: of a market, so many that they outlast what one profile has finished."""
FORESEEN = 8_192
"""Outcomes that are kept for whoever watches how well they were foreseen: more than a batch can have."""
Moved = tuple[str, str, int]
"""A part that changed: the model, which group or segment of it, and the number of the title or block."""


def group_of(market: str, kind: str = "", surface: str | None = None) -> str:
    """The name of a tally: a market's choices, or what was ``shown``, in all or on a surface; or of labels (``label``)."""
    name = f"{market}.{kind}" if kind else market
    return name if surface is None else f"{name}.{digest(surface) % SURFACES}"


def is_of_labels(group: str) -> bool:
    """Whether a tally counts labels, not titles."""
    return group.endswith(".label")


def is_market(group: str) -> bool:
    """Whether a tally counts all choices of a market."""
    return "." not in group


class Candidates(NamedTuple):
    """What a choice was made among, and the moment it was made in.

    titles: numbers of the candidates; recent: the last titles, newest first, [CHOSEN_SPAN]; tokens: of the
    circumstances; blocks: of the blend, [4].
    """

    titles: NDArray[np.int64]
    recent: NDArray[np.int32]
    tokens: NDArray[np.int64]
    blocks: NDArray[np.int64]


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
        self.tallies: dict[str, Popularity] = {}
        self.neighbours = Neighbours()
        self.bonds = {
            "sittings": Bonds(CHOSEN_SPAN, CHOSEN_SHRINK),
            "alongside": Bonds(SHOWN_SPAN, SHOWN_SHRINK),
        }
        self.sequence = Sequence()
        self.circumstances = Circumstances()
        self.blend = Blend(PRIOR)
        self.heads = Heads(learns=learns)
        self.versions = {"choice": 0, "heads": 0, "popularity": 0}
        self.learned_to = 0
        """Offset of the first example that none of this comes from: what the models are follows from the ones before it."""
        self.now_ms = 0.0
        self.foreseen: deque[Foreseen] = deque(maxlen=FORESEEN)
        """The newest outcomes, with what was said of them before they were learned."""
        self._moved: set[Moved] = set()

    def tally(self, group: str) -> Popularity:
        """The decayed counts of a group (``group_of``), empty when it is new."""
        if group not in self.tallies:
            tops = None
            if is_market(group):
                tops = Tops(tuple(range(0, HALVES, 2)), MARKET_TOPS)
            elif group[-1].isdigit():
                tops = Tops(tuple(PLACE_HALVES), SURFACE_TOPS)
            self.tallies[group] = Popularity(tops)
        return self.tallies[group]

    def prepare(self) -> None:
        """Gives every title of the catalogue its place in the models that need one."""
        self.sequence.grow(self.catalogue.mark[: len(self.catalogue.titles)])

    def learn_one(self, example: Example) -> None:
        """Learns one fact; its title is known from now on."""
        title = self.catalogue.know(example.title_id)
        self.now_ms = max(self.now_ms, float(example.occurred_at))
        if example.kind == "consumed":
            self._consume(example, title)
        elif example.kind == "outcome" and example.features is not None:
            self._judge(example, title)
        elif example.kind == "sighted":
            self.tally(example.market)
            self._moved.add(("popularity", example.market, title))

    def _judge(self, example: Example, title: int) -> None:
        assert example.features is not None
        lesson = Lesson(
            example.labels, example.occurred_at, example.watch_s, example.duration_s, example.clicked
        )
        moved = self.heads.learn_one(example.features, lesson)
        for head, chance in zip(HEADS, self.heads.foreseen.tolist(), strict=True):
            if head in example.labels:
                self.foreseen.append(Foreseen(head, example.market, chance, example.labels[head]))
        self._moved.update(("heads", "", slot // BLOCK) for slot in moved)
        self._moved.add(("newton", "", 0))
        self.versions["heads"] += 1
        if "click" in example.labels:
            self._bind("alongside", example, title, np.ones(len(example.previous)))
            self._count(example, title, "shown")

    def _consume(self, example: Example, title: int) -> None:
        previous = [self.catalogue.know(before) for before in example.previous]
        moved = self.neighbours.learn_one(title, previous)
        self._moved.update(("neighbours", str(segment), row) for row, segment in moved)
        self._bind("sittings", example, title, closeness(np.array(example.since_s, dtype=np.int64)))
        self._count(example, title, "")
        labels = self.catalogue.label_of[title]
        group = group_of(example.market, "label")
        for label in labels[labels >= 0].tolist():
            self.tally(group).learn_one(label, example.occurred_at, example.weight)
            self._moved.add(("popularity", group, label))
        self.versions["choice"] += 1

    def _bind(self, model: str, example: Example, title: int, weights: Floats) -> None:
        """``weights``: of the titles before it; an older worker's example does not say when they were chosen."""
        previous = [self.catalogue.know(before) for before in example.previous[: len(weights)]]
        moved = self.bonds[model].learn_one(title, previous, weights)
        self._moved.update((model, str(segment), row) for row, segment in moved)

    def _count(self, example: Example, title: int, kind: str) -> None:
        market, mark = example.market, int(self.catalogue.mark[title])
        for group in (group_of(market, kind), group_of(market, kind or "chosen", example.surface)):
            self.tally(group).learn_one(title, example.occurred_at, example.weight, mark)
            self._moved.add(("popularity", group, title))
        self.versions["popularity"] += 1

    def learn_choice(
        self, features: Floats, chosen: int, seen: Candidates
    ) -> None:  # [candidates × features]
        """Learns which of the candidates was chosen: the blend, then what it left unexplained."""
        error = self.blend.learn_one(features, chosen, seen.blocks)
        moved = self.sequence.learn_one(seen.recent, seen.titles, error)
        self._moved.update(("sequence", "", title) for title in moved)
        apart = self.circumstances.learn_one(seen.tokens, seen.titles, error)
        self._moved.update(("circumstances", "", title) for title in apart.tolist())
        self._moved.update(("blend", "", block) for block in seen.blocks.tolist())

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
        tallies = {
            name: Totals(pack(tally.total), tally.now_ms) for name, tally in sorted(self.tallies.items())
        }
        return Manifest(
            format=FORMAT,
            versions=dict(self.versions),
            examples_epoch=epoch,
            examples_offset=offset,
            watermarks=watermarks,
            tallies=tallies,
            now_ms=self.now_ms,
        )

    def _part(self, model: str, group: str, number: int) -> str:
        if model in {"heads", "newton", "blend"}:
            return str(number)
        names = self.catalogue.labels if is_of_labels(group) else self.catalogue.titles
        return f"{group}/{names.name(number)}" if group else names.name(number)

    def _row(self, model: str, group: str, number: int) -> Row:
        if model == "popularity":
            counts, at_ms = self.tallies[group].row(number)
            return PopularityRow(pack(counts), at_ms)
        if model in {"neighbours", *self.bonds}:
            ids, weights, chosen = self._sparse(model).segment(number, int(group))
            used = ids >= 0
            titles = tuple(map(self.catalogue.titles.name, ids[used].tolist()))
            return NeighboursRow(titles, pack(weights[used]), 0.0 if int(group) else chosen)
        if model in {"sequence", "circumstances"}:
            values = self.sequence.row(number) if model == "sequence" else self.circumstances.row(number)
            return ValuesRow(pack(values))
        if model == "blend":
            return BlendRow(*map(pack, self.blend.block(number)))
        if model == "newton":
            return NewtonRow(*map(pack, self.heads.newton.export()))
        first, last = number * BLOCK, min((number + 1) * BLOCK, SLOTS)
        known = self.heads.weights[first:last].any(axis=1) | (self.heads.rates.at_ms[first:last] > 0)
        slots = first + np.flatnonzero(known)
        return HeadsBlock(tuple(slots.tolist()), pack(self.heads.export(slots)))

    def apply(self, place: Place, row: Row) -> None:
        """Takes over a row that another process published."""
        if isinstance(row, PopularityRow):
            self._apply_count(*place.part.partition("/")[::2], row)
        elif isinstance(row, NeighboursRow):
            self._apply_neighbours(place.model, place.part, row)
        elif isinstance(row, ValuesRow):
            title = self.catalogue.know(place.part)
            if place.model == "sequence":
                self.prepare()
                self.sequence.put(title, _of(row.values, 2 * DIMS + 2))
            else:
                self.circumstances.put(title, _of(row.values, TOKENS))
        elif isinstance(row, BlendRow):
            width = min(len(row.ranking) // 8, len(PRIOR))
            self.blend.put(
                min(int(place.part), BLOCKS - 1),
                _of(row.ranking, width),
                _of(row.inverse, width * width),
                _of(row.likelihood, width),
                _of(row.moved, width),
            )
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

    def _apply_count(self, group: str, name: str, row: PopularityRow) -> None:
        counts = _of(row.counts, HALVES)
        if is_of_labels(group):
            self.tally(group).put(self.catalogue.labels.add(name), counts, row.at_ms)
        else:
            title = self.catalogue.know(name)
            self.tally(group).put(title, counts, row.at_ms, int(self.catalogue.mark[title]))

    def _apply_neighbours(self, model: str, part: str, row: NeighboursRow) -> None:
        segment, _, title_id = part.partition("/")
        rows = self._sparse(model)
        links = rows.weights.shape[2]
        ids = np.full(SEGMENT, -1, dtype=np.int32)
        weights = np.zeros((SEGMENT, links))
        ids[: len(row.titles)] = [self.catalogue.know(one) for one in row.titles]
        weights[: len(row.titles)] = _of(row.weights, len(row.titles) * links).reshape(-1, links)
        chosen = None if int(segment) else row.chosen
        rows.put(self.catalogue.know(title_id), int(segment), ids, weights, chosen)

    def _sparse(self, model: str) -> Sparse:
        return self.bonds.get(model, self.neighbours)

    def _apply_manifest(self, manifest: Manifest) -> None:
        for name, totals in manifest.tallies.items():
            tally = self.tally(name)
            tally.total = _of(totals.total, HALVES)
            tally.now_ms = totals.now_ms
        self.versions = dict(manifest.versions)
        self.learned_to = manifest.examples_offset
        self.now_ms = manifest.now_ms


def _of(data: bytes, size: int) -> np.typing.NDArray[np.float64]:
    values = unpack(data)
    if len(values) != size or not np.isfinite(values).all():
        raise Rejected(
            "A row of the models topic is torn.", "Delete it; the learn worker publishes it again."
        )
    return values

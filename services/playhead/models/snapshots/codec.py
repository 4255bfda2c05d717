"""Packs parts of a shard's models into a bundle, and applies a bundle to the models of a follower."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from playhead.arrays import packed_ids
from playhead.arrays.types import Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.errors import Rejected
from playhead.models.artwork import VALUES as ARTWORK_VALUES
from playhead.models.artwork import ArtworkPosterior
from playhead.models.blend import Blend
from playhead.models.choice_features import FEATURES
from playhead.models.context_bias import ContextBias
from playhead.models.head_drift import WATCH_OF_CLICKS
from playhead.models.head_lists import INPUT_NAMES, OUTPUT_NAMES
from playhead.models.heads import SLOT_VALUES, Heads
from playhead.models.makers import VALUES as MAKERS_VALUES
from playhead.models.makers import Makers
from playhead.models.popularity import Popularity
from playhead.models.river.learning import RiverLearner
from playhead.models.river.serving import Followed
from playhead.models.river.state import ModelAct
from playhead.models.season import KEPT, Seasons, Week
from playhead.models.sequence import Sequence
from playhead.models.snapshots.schema import (
    COUNTS,
    SEASON,
    VALUES,
    WEIGHTS,
    Block,
    Bundle,
    CountColumns,
    Links,
    NotedWeek,
    Parts,
    Regression,
    Slots,
    Values,
    by_half_life,
    is_of_heads,
    is_of_labels,
    pack,
    unpack,
    whole,
)
from playhead.models.sparse import SEGMENTS, Segments, Sparse


class Parameters(Protocol):
    """The models of a shard (``models.shard``) whose parameters are published."""

    catalogue: Catalogue
    sequence: Sequence
    context_bias: ContextBias
    blend: Blend
    heads: Heads
    artwork: ArtworkPosterior
    makers: Makers
    seasons: Seasons
    river: RiverLearner | None
    followed: Followed

    @property
    def tallies(self) -> Mapping[str, Popularity]:
        """Decayed counts by group."""

    def tally(self, group: str, /) -> Popularity:
        """The decayed counts of a group, empty when it is new."""

    def sparse(self, model: str, /) -> Sparse:
        """The sparse item-to-item model of that name."""

    def prepare(self) -> None:
        """Grows the models to the size of the catalogue."""


def packed(models: Parameters, parts: Parts) -> Bundle:
    """The newest values of parts, as a bundle."""
    titles, labels = _Names(), _Names()
    counts, links, values, weeks = [], [], [], []
    for kind, numbers in parts.items():
        if kind.startswith(COUNTS):
            group = kind[len(COUNTS) :]
            rows, at_ms = models.tallies[group].rows(numbers)
            names = labels if is_of_labels(group) else titles
            counts.append((group, names, names.mention(numbers), pack(rows), pack(at_ms)))
        elif kind in WEIGHTS:
            segments = models.sparse(kind).segments(numbers)
            mine = titles.mention(numbers // SEGMENTS), titles.mention(segments.others)
            links.append((kind, segments, *mine))
        elif kind in VALUES:
            model = models.sequence if kind == "sequence" else models.context_bias
            values.append((kind, titles.mention(numbers), pack(model.rows(numbers))))
        elif kind.startswith(SEASON):
            audience, wanted = kind[len(SEASON) :], set(numbers.tolist())
            weeks += [
                (audience, number, titles.mention(week.titles), week)
                for number, week in models.seasons.weeks[audience].items()
                if number % KEPT in wanted
            ]
    river = models.river.export(parts["river"]) if models.river and "river" in parts else ((), ())
    return Bundle(
        titles.of(models.catalogue.titles),
        labels.of(models.catalogue.labels),
        tuple(CountColumns(group, names.places(at), rows, when) for group, names, at, rows, when in counts),
        tuple(
            _links(kind, segments, titles.places(at), titles.places(to)) for kind, segments, at, to in links
        ),
        tuple(Values(kind, titles.places(at), rows) for kind, at, rows in values),
        tuple(Slots(pack(slots, "<i4"), pack(models.heads.export(slots))) for slots in _of(parts, "heads")),
        tuple(
            Block(number, *map(pack, models.blend.block(number)))
            for numbers in _of(parts, "blend")
            for number in numbers.tolist()
        ),
        tuple(_regression(models.heads) for _ in _of(parts, "newton")),
        features=FEATURES.packed if "blend" in parts else b"",
        inputs=INPUT_NAMES.packed if "newton" in parts else b"",
        outputs=OUTPUT_NAMES.packed if "newton" in parts or "heads" in parts else b"",
        river=tuple(river[0]),
        stacks=tuple(river[1]),
        artwork=tuple(
            Slots(pack(slots, "<i4"), pack(models.artwork.export(slots))) for slots in _of(parts, "artwork")
        ),
        makers=tuple(
            Slots(pack(slots, "<i4"), pack(models.makers.known[slots])) for slots in _of(parts, "makers")
        ),
        weeks=tuple(
            NotedWeek(audience, number, titles.places(at), pack(week.counts), week.total)
            for audience, number, at, week in weeks
        ),
    )


def _regression(heads: Heads) -> Regression:
    weights, covariances = heads.newton.export()
    since, loss = heads.drift.export()
    return Regression(pack(weights), pack(covariances), since, loss)


def unpacked(models: Parameters, bundle: Bundle) -> Parts:
    """Applies a bundle that another process published, after ``schema.check``. Returns the parts it holds."""
    catalogue = models.catalogue
    titles = _numbers(catalogue.titles, catalogue.know, bundle.titles)
    labels = _numbers(catalogue.labels, catalogue.labels.add, bundle.labels)
    models.prepare()
    parts: Parts = {}
    for count in bundle.counts:
        of_labels = is_of_labels(count.group)
        numbers = (labels if of_labels else titles)[whole(count.names)]
        digests = np.zeros(len(numbers)) if of_labels else catalogue.digest[numbers]
        rows = by_half_life(count.counts, len(numbers))
        models.tally(count.group).put(numbers, rows, unpack(count.at_ms), digests.astype(np.int64))
        parts[COUNTS + count.group] = numbers
    for link in bundle.links:
        parts[link.model] = _link(models, link, titles)
    for column in bundle.values:
        numbers = parts[column.model] = titles[whole(column.names)]
        model = models.sequence if column.model == "sequence" else models.context_bias
        model.put(numbers, unpack(column.values).reshape(len(numbers), VALUES[column.model]))
    _slots(models, bundle, parts)
    for week in bundle.weeks:
        noted = Week(titles[whole(week.names)], unpack(week.counts), week.total)
        models.seasons.put(week.audience, week.number, noted)
        kind, part = SEASON + week.audience, np.array([week.number % KEPT])
        parts[kind] = np.append(parts[kind], part) if kind in parts else part
    for block in bundle.blocks:
        models.blend.put(
            block.number,
            unpack(block.ranking),
            unpack(block.inverse),
            unpack(block.likelihood),
            unpack(block.moved),
            FEATURES.places(bundle.features, len(block.ranking) // 8),
        )
    if bundle.blocks:
        parts["blend"] = np.array([block.number for block in bundle.blocks], dtype=np.int64)
    for regression in bundle.regression:
        models.heads.newton.restore(
            unpack(regression.weights),
            unpack(regression.covariances),
            INPUT_NAMES.places(bundle.inputs, INPUT_NAMES.width(bundle.inputs)),
            OUTPUT_NAMES.places(bundle.outputs, len(OUTPUT_NAMES)),
        )
        _watch(models, regression)
        parts["newton"] = np.zeros(1, dtype=np.int64)
    if models.river is None:
        models.followed.restore(bundle.river, bundle.stacks)
    elif bundle.river or bundle.stacks:
        parts["river"] = models.river.restore(bundle.river, bundle.stacks)
    return parts


def _watch(models: Parameters, regression: Regression) -> None:
    """Restores the drift detector of the click head, which only learners have."""
    try:
        models.heads.drift.restore(regression.since, regression.loss, learns=models.river is not None)
    except Rejected as error:
        assert models.river is not None
        models.river.acts.append(ModelAct(WATCH_OF_CLICKS, "begun_anew", error.reason))


def _slots(models: Parameters, bundle: Bundle, parts: Parts) -> None:
    for slots in bundle.slots if is_of_heads(bundle) else ():
        numbers = parts["heads"] = whole(slots.slots)
        models.heads.restore(numbers, unpack(slots.values).reshape(len(numbers), SLOT_VALUES))
    for slots in bundle.artwork:
        numbers = parts["artwork"] = whole(slots.slots)
        models.artwork.restore(numbers, unpack(slots.values).reshape(len(numbers), ARTWORK_VALUES))
    for slots in bundle.makers:
        numbers = parts["makers"] = whole(slots.slots)
        models.makers.known[numbers] = unpack(slots.values).reshape(len(numbers), MAKERS_VALUES)


def _link(models: Parameters, link: Links, titles: Ints) -> Ints:
    width, kind = WEIGHTS[link.model]
    sizes = np.frombuffer(link.sizes, dtype=np.uint8)
    numbers = titles[whole(link.names)] * SEGMENTS + np.frombuffer(link.segments, dtype=np.uint8)
    weights = np.frombuffer(link.weights, dtype=kind).reshape(-1, width)
    others = titles[whole(link.others)]
    models.sparse(link.model).put(Segments(numbers, sizes, others, weights, unpack(link.met)))
    return numbers


def _numbers(names: Vocabulary, give: Callable[[str], int], packed_names: bytes) -> Ints:
    """The numbers of packed names; an unknown name is given one."""
    numbers = names.find_all([packed_names])[0].astype(np.int64)
    if len(numbers) and numbers.min() < 0:
        ids = packed_ids.ids(packed_names)
        for place in np.flatnonzero(numbers < 0).tolist():
            numbers[place] = give(ids[place])
    return numbers


class _Names:
    """The titles (or labels) of a bundle, each named once: first all are mentioned, then ``of`` packs the names, then ``places`` refers to them."""

    def __init__(self) -> None:
        self._mentioned: list[Ints] = []
        self._places: Ints = np.zeros(0, dtype=np.int64)

    def mention(self, numbers: Ints) -> Ints:
        self._mentioned.append(numbers)
        return numbers

    def of(self, names: Vocabulary) -> bytes:
        mentioned = np.zeros(len(names), dtype=np.bool_)
        for numbers in self._mentioned:
            mentioned[numbers] = True
        self._places = np.cumsum(mentioned) - 1
        return names.pack(np.flatnonzero(mentioned))

    def places(self, numbers: Ints) -> bytes:
        return pack(self._places[numbers], "<i4")


def _of(parts: Parts, kind: str) -> list[Ints]:
    return [parts[kind]] if kind in parts else []


def _links(kind: str, rows: Segments, names: bytes, others: bytes) -> Links:
    segments = (rows.numbers % SEGMENTS).astype(np.uint8).tobytes()
    sizes = rows.sizes.astype(np.uint8).tobytes()
    return Links(kind, names, segments, sizes, others, pack(rows.weights, WEIGHTS[kind][1]), pack(rows.met))

"""Parts of a shard's models into a bundle, and out of it into the models of whoever follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from playhead.content.vocabulary import Vocabulary
from playhead.models.bundles import (
    COUNTS,
    VALUES,
    WEIGHTS,
    Block,
    Bundle,
    Counts,
    Links,
    Parts,
    Regression,
    Slots,
    Values,
    is_of_labels,
    pack,
    run_of,
    unpack,
    whole,
)
from playhead.models.heads import SLOT_VALUES
from playhead.models.popularity import HALVES, Ints
from playhead.models.sparse import SEGMENTS, Segments
from playhead.signals import runs

if TYPE_CHECKING:
    from playhead.models.shard import Models


def packed(models: Models, parts: Parts) -> Bundle:
    """The newest values of parts."""
    titles, labels = _Names(), _Names()
    counts, links, values = [], [], []
    for kind, numbers in parts.items():
        if kind.startswith(COUNTS):
            group = kind[len(COUNTS) :]
            rows, at_ms = models.tallies[group].rows(numbers)
            names = labels if is_of_labels(group) else titles
            counts.append((group, names, names.hear(numbers), pack(rows), pack(at_ms)))
        elif kind in WEIGHTS:
            told = models.sparse(kind).segments(numbers)
            mine = titles.hear(numbers // SEGMENTS), titles.hear(told.others)
            links.append((kind, told, *mine))
        elif kind in VALUES:
            model = models.sequence if kind == "sequence" else models.circumstances
            values.append((kind, titles.hear(numbers), pack(model.rows(numbers))))
    return Bundle(
        titles.of(models.catalogue.titles),
        labels.of(models.catalogue.labels),
        tuple(Counts(group, names.places(at), rows, when) for group, names, at, rows, when in counts),
        tuple(_links(kind, told, titles.places(at), titles.places(to)) for kind, told, at, to in links),
        tuple(Values(kind, titles.places(at), rows) for kind, at, rows in values),
        tuple(Slots(pack(slots, "<i4"), pack(models.heads.export(slots))) for slots in _of(parts, "heads")),
        tuple(
            Block(number, *map(pack, models.blend.block(number)))
            for numbers in _of(parts, "blend")
            for number in numbers.tolist()
        ),
        tuple(Regression(*map(pack, models.heads.newton.export())) for _ in _of(parts, "newton")),
    )


def unpacked(models: Models, bundle: Bundle) -> Parts:
    """Takes over what another process published (``bundles.check``). Returns which parts these are."""
    catalogue = models.catalogue
    titles = _numbers(catalogue.titles, catalogue.know, run_of(bundle.titles))
    labels = _numbers(catalogue.labels, catalogue.labels.add, run_of(bundle.labels))
    models.prepare()
    parts: Parts = {}
    for one in bundle.counts:
        of_labels = is_of_labels(one.group)
        numbers = (labels if of_labels else titles)[whole(one.names)]
        marks = np.zeros(len(numbers)) if of_labels else catalogue.mark[numbers]
        rows = unpack(one.counts).reshape(len(numbers), HALVES)
        models.tally(one.group).put(numbers, rows, unpack(one.at_ms), marks.astype(np.int64))
        parts[COUNTS + one.group] = numbers
    for link in bundle.links:
        parts[link.model] = _link(models, link, titles)
    for told in bundle.values:
        numbers = parts[told.model] = titles[whole(told.names)]
        model = models.sequence if told.model == "sequence" else models.circumstances
        model.put(numbers, unpack(told.values).reshape(len(numbers), VALUES[told.model]))
    for slots in bundle.slots:
        numbers = parts["heads"] = whole(slots.slots)
        models.heads.restore(numbers, unpack(slots.values).reshape(len(numbers), SLOT_VALUES))
    for block in bundle.blocks:
        told_of = (block.ranking, block.inverse, block.likelihood, block.moved)
        models.blend.put(block.number, *map(unpack, told_of))
    if bundle.blocks:
        parts["blend"] = np.array([block.number for block in bundle.blocks], dtype=np.int64)
    for regression in bundle.regression:
        models.heads.newton.restore(unpack(regression.weights), unpack(regression.covariances))
        parts["newton"] = np.zeros(1, dtype=np.int64)
    return parts


def _link(models: Models, link: Links, titles: Ints) -> Ints:
    width, kind = WEIGHTS[link.model]
    sizes = np.frombuffer(link.sizes, dtype=np.uint8)
    numbers = titles[whole(link.names)] * SEGMENTS + np.frombuffer(link.segments, dtype=np.uint8)
    weights = np.frombuffer(link.weights, dtype=kind).reshape(-1, width)
    others = titles[whole(link.others)]
    models.sparse(link.model).put(Segments(numbers, sizes, others, weights, unpack(link.met)))
    return numbers


def _numbers(names: Vocabulary, give: Callable[[str], int], run: bytes) -> Ints:
    """The numbers of a run of names; those that have none are given one."""
    numbers = names.find_all([run])[0].astype(np.int64)
    if len(numbers) and numbers.min() < 0:
        told = runs.ids(run)
        for place in np.flatnonzero(numbers < 0).tolist():
            numbers[place] = give(told[place])
    return numbers


class _Names:
    """Numbers that a bundle mentions, each named once; their places are known when all have been heard."""

    def __init__(self) -> None:
        self._heard: list[Ints] = []
        self._places: Ints = np.zeros(0, dtype=np.int64)

    def hear(self, numbers: Ints) -> Ints:
        self._heard.append(numbers)
        return numbers

    def of(self, names: Vocabulary) -> bytes:
        heard = np.zeros(len(names), dtype=np.bool_)
        for numbers in self._heard:
            heard[numbers] = True
        self._places = np.cumsum(heard) - 1
        return names.run(np.flatnonzero(heard))

    def places(self, numbers: Ints) -> bytes:
        return pack(self._places[numbers], "<i4")


def _of(parts: Parts, kind: str) -> list[Ints]:
    return [parts[kind]] if kind in parts else []


def _links(kind: str, told: Segments, names: bytes, others: bytes) -> Links:
    segments = (told.numbers % SEGMENTS).astype(np.uint8).tobytes()
    sizes = told.sizes.astype(np.uint8).tobytes()
    return Links(kind, names, segments, sizes, others, pack(told.weights, WEIGHTS[kind][1]), pack(told.met))

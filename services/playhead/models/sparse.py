"""Sparse rows of related titles, at most ``WIDTH`` a title: the storage of neighbours and co-occurrences."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.reserve import grown
from playhead.arrays.types import Floats, Ints

WIDTH = 256
"""Most titles of a row; the weakest is replaced by a new one. Half as many cost 1.5 % of NDCG on logs with long-lived tastes."""
SEGMENT = 32
"""Titles of a row that are published together: a choice changes one segment of most rows it touches."""
SEGMENTS = WIDTH // SEGMENT
"""Segments a row: a segment's number is its title's number times this, plus its place in the row."""


class Segments(NamedTuple):
    """Parts of rows: their numbers, how many titles are in each; then all these titles with their weights.

    ``sizes`` [segments]; ``others`` [titles]; ``weights`` [titles × links]; ``met`` [segments]: how often each row's own title was chosen (or shown).
    """

    numbers: Ints
    sizes: NDArray[Any]
    others: Ints
    weights: NDArray[Any]
    met: Floats


class Sparse:
    """Sparse rows by title number.

    ``ids`` [titles × WIDTH], filled from the front, -1 where free, at which reading a row stops, as most rows are short;
    ``weights`` [titles × WIDTH × links]; ``met`` [titles]: how often each title was chosen (or shown).

    Args:
        links: Number of weights a pair.
        judge: Index of the weight by which the weakest title of a row is found.
        kind: Type of the stored weights.
    """

    def __init__(self, links: int, judge: int = 0, kind: Any = np.float64) -> None:
        self._judge = judge
        self.ids: NDArray[np.int32] = np.full((256, WIDTH), -1, dtype=np.int32)
        self.weights: NDArray[Any] = np.zeros((256, WIDTH, links), dtype=kind)
        self.met: Floats = np.zeros(256)

    def bind(self, title: int, before: Ints, there: Floats, here: Floats) -> Ints:
        """Adds weights to the pairs of a title and the titles before it (distinct, and not the title itself).

        Args:
            title: The title that was chosen (or shown).
            before: The titles before it.
            there: Weights added in the rows of ``before``, [before × links].
            here: Weights added in the title's own row, [before × links].

        Returns:
            Numbers of the changed segments, the first of the title's own row among them; possibly with duplicates.
        """
        self.make_room(1 + max(title, int(before.max(initial=0))))
        self.met[title] += 1.0
        changed: Ints = _bind(self.ids, self.weights, self._judge, title, before, there, here)
        return changed

    def bind_all(self, titles: Ints, first: Ints, before: Ints, most: int) -> Ints:
        """``bind`` of several titles in order with weights of 1; the titles before each begin at ``first``, at most ``most`` of them count."""
        changed: Ints = _bind_all(self.ids, self.weights, self.met, self._judge, titles, first, before, most)
        return changed

    def segments(self, numbers: Ints) -> Segments:
        """The contents of segments by number."""
        rows = numbers // SEGMENTS
        self.make_room(1 + int(rows.max(initial=0)))
        ids = self.ids.reshape(-1, SEGMENT)[numbers]
        used = ids >= 0
        weights = self.weights.reshape(-1, SEGMENT, self.weights.shape[2])[numbers][used]
        return Segments(numbers, used.sum(axis=1), ids[used].astype(np.int64), weights, self.met[rows])

    def put(self, segments: Segments) -> None:
        """Overwrites distinct segments with those that another process published; ``met`` is taken from a row's first segment."""
        self.make_room(
            1 + int(max(segments.numbers.max(initial=0) // SEGMENTS, segments.others.max(initial=0)))
        )
        _put(self.ids, self.weights, self.met, segments)

    def make_room(self, size: int) -> None:
        """Grows the table to at least ``size`` titles."""
        have = len(self.met)
        if size <= have:
            return
        size = max(2 * have, size)
        ids = np.empty((size, WIDTH), dtype=np.int32)
        ids[:have], ids[have:] = self.ids, -1
        self.ids = ids
        self.weights = grown(self.weights, size)
        self.met = grown(self.met, size)


@compiled
def _put(ids: NDArray[np.int32], weights: NDArray[Any], met: Floats, segments: Segments) -> None:
    numbers, sizes, others, fresh, often = segments
    begin = 0
    for n in range(len(numbers)):
        row, first = numbers[n] // SEGMENTS, numbers[n] % SEGMENTS * SEGMENT
        ids[row, first : first + SEGMENT], weights[row, first : first + SEGMENT] = -1, 0.0
        for place in range(sizes[n]):
            ids[row, first + place] = others[begin + place]
            for link in range(weights.shape[2]):
                weights[row, first + place, link] = fresh[begin + place, link]
        begin += sizes[n]
        if first == 0:
            met[row] = often[n]


@compiled
def _bind(
    ids: NDArray[np.int32],
    weights: NDArray[Any],
    judge: int,
    title: int,
    before: Ints,
    there: Floats,
    here: Floats,
) -> Ints:
    """Returns the segments that hold ``title`` in the rows of ``before``, and those that hold ``before`` in its own row."""
    changed = np.empty(2 * len(before) + 1, dtype=np.int64)
    changed[-1] = title * SEGMENTS
    places, own = np.empty_like(before), np.empty_like(before)
    for n in range(len(before)):
        place = _find(ids[before[n]], title)
        if place < 0:
            place = _weakest(ids[before[n]], weights[before[n]], judge, own[:0])
            ids[before[n], place], weights[before[n], place] = title, 0.0
        places[n], own[n] = place, _find(ids[title], before[n])
        for link in range(weights.shape[2]):
            weights[before[n], place, link] += there[n, link]
    for n in range(len(before)):
        if own[n] < 0:
            # A pair added by this very call must not be replaced by another one of it.
            own[n] = _weakest(ids[title], weights[title], judge, own)
            ids[title, own[n]], weights[title, own[n]] = before[n], 0.0
        for link in range(weights.shape[2]):
            weights[title, own[n], link] += here[n, link]
        changed[2 * n] = before[n] * SEGMENTS + places[n] // SEGMENT
        changed[2 * n + 1] = title * SEGMENTS + own[n] // SEGMENT
    return changed


@compiled
def _bind_all(
    ids: NDArray[np.int32],
    weights: NDArray[Any],
    met: Floats,
    judge: int,
    titles: Ints,
    first: Ints,
    before: Ints,
    most: int,
) -> Ints:
    changed = np.empty(2 * len(before) + len(titles), dtype=np.int64)
    known, added, end = np.empty(most, dtype=np.int64), np.ones((most, weights.shape[2])), 0
    for n in range(len(titles)):
        size = 0
        for place in range(first[n], min(first[n] + most, first[n + 1])):
            if before[place] >= 0 and before[place] != titles[n]:
                known[size], size = before[place], size + 1
        met[titles[n]] += 1.0
        some = _bind(ids, weights, judge, titles[n], known[:size], added[:size], added[:size])
        changed[end : end + len(some)] = some
        end += len(some)
    return changed[:end].copy()


@compiled
def _find(row: NDArray[np.int32], title: int) -> int:
    for place in range(len(row)):
        if row[place] == title:
            return place
        if row[place] < 0:
            break
    return -1


@compiled
def _weakest(row: NDArray[np.int32], weights: NDArray[Any], judge: int, but: Ints) -> int:
    """The first free place of a row, else that of the smallest weight; never one of ``but``."""
    weakest, least = 0, np.inf
    for place in range(len(row)):
        if row[place] < 0:
            return place
        strength = weights[place, judge]
        if strength < least:
            taken = False
            for other in but:
                taken = taken or other == place
            if not taken:
                weakest, least = place, strength
    return weakest

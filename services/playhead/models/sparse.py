"""Rows of the titles that go with a title, so many at most: what neighbours and co-occurrences are kept in."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.reserve import grown
from playhead.arrays.types import Floats, Ints

WIDTH = 256
"""Titles of a row; the weakest makes way for a new one. Half as many cost 1.5 % of NDCG where tastes are long."""
SEGMENT = 32
"""Titles of a row that travel together: an act moves one segment of most rows it touches."""
SEGMENTS = WIDTH // SEGMENT
"""A segment's number is that of its title times so many, plus its place in the row."""


class Segments(NamedTuple):
    """Parts of rows: their numbers, how many titles are in each; then all these titles with their weights.

    sizes [segments], as they travel bytes; others [titles]; weights [titles × links]; met [segments]: how often each row's own title was.
    """

    numbers: Ints
    sizes: NDArray[Any]
    others: Ints
    weights: NDArray[Any]
    met: Floats


class Sparse:
    """Rows by title number.

    ``ids`` [titles × WIDTH], filled from the front, -1 where free: whoever reads a row stops there, as most rows are short;
    ``weights`` [titles × WIDTH × links]; ``met`` [titles]: how often each was.

    Args:
        links: Weights of a pair.
        judge: Which of them says which title is the weakest.
        kind: What they are kept as.
    """

    def __init__(self, links: int, judge: int = 0, kind: Any = np.float64) -> None:
        self._judge = judge
        self.ids: NDArray[np.int32] = np.full((256, WIDTH), -1, dtype=np.int32)
        self.weights: NDArray[Any] = np.zeros((256, WIDTH, links), dtype=kind)
        self.met: Floats = np.zeros(256)

    def bind(self, title: int, before: Ints, there: Floats, here: Floats) -> Ints:
        """Adds to the pairs of a title and those before it (none of them it, none twice).

        Args:
            title: It was met once more.
            before: The others.
            there: What is added in their rows, [others × links].
            here: What is added in its own.

        Returns:
            Numbers of the segments that changed, the first of the title's own row among them; some may be named twice.
        """
        self.make_room(1 + max(title, int(before.max(initial=0))))
        self.met[title] += 1.0
        changed: Ints = _bind(self.ids, self.weights, self._judge, title, before, there, here)
        return changed

    def bind_all(self, titles: Ints, first: Ints, before: Ints, most: int) -> Ints:
        """``bind`` of several titles in their order, adding 1; those before each begin at ``first``, at most so many count."""
        changed: Ints = _bind_all(self.ids, self.weights, self.met, self._judge, titles, first, before, most)
        return changed

    def segments(self, numbers: Ints) -> Segments:
        """Everything in segments of these numbers."""
        rows = numbers // SEGMENTS
        self.make_room(1 + int(rows.max(initial=0)))
        ids = self.ids.reshape(-1, SEGMENT)[numbers]
        used = ids >= 0
        weights = self.weights.reshape(-1, SEGMENT, self.weights.shape[2])[numbers][used]
        return Segments(numbers, used.sum(axis=1), ids[used].astype(np.int64), weights, self.met[rows])

    def put(self, segments: Segments) -> None:
        """Takes over distinct segments that another process published; what is met is said by a row's first one."""
        self.make_room(
            1 + int(max(segments.numbers.max(initial=0) // SEGMENTS, segments.others.max(initial=0)))
        )
        _put(self.ids, self.weights, self.met, segments)

    def make_room(self, size: int) -> None:
        """Gives so many titles their rows."""
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
    """Gives the segments in which ``title`` stands in the rows of ``before``, and those in which they stand in its own."""
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
            # What this very meeting binds must not make way for another of its pairs.
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
    """The place least worth keeping, the first free one if there is any; none of ``but``."""
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

"""Rows of the titles that go with a title, so many at most: what neighbours and bonds are kept in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.popularity import Floats, Ints

WIDTH = 256
"""Titles of a row; the weakest makes way for a new one. Half as many cost 1.5 % of NDCG where tastes are long."""
SEGMENT = 32
"""Titles of a row that travel together: an act moves one segment of most rows it touches."""


class Sparse:
    """Rows by title number.

    ``ids`` [titles × WIDTH], -1 where free; ``weights`` [titles × WIDTH × links]; ``met`` [titles]: how often each was.

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

    def bind(self, title: int, before: Ints, there: Floats, here: Floats) -> list[tuple[int, int]]:
        """Adds to the pairs of a title and those before it (none of them it, none twice).

        Args:
            title: It was met once more.
            before: The others.
            there: What is added in their rows, [others × links].
            here: What is added in its own.

        Returns:
            The (row, segment) that changed.
        """
        self._make_room(max(title, int(before.max(initial=0))))
        self.met[title] += 1.0
        places, own = _bind(self.ids, self.weights, self._judge, title, before, there, here)
        changed = {(title, place // SEGMENT) for place in own.tolist()} | {(title, 0)}
        return sorted(changed | set(zip(before.tolist(), (places // SEGMENT).tolist(), strict=True)))

    def segment(self, row: int, segment: int) -> tuple[NDArray[np.int32], Floats, float]:
        """The titles in a segment of a row, their weights, and how often the row's title was met."""
        self._make_room(row)
        part = slice(segment * SEGMENT, (segment + 1) * SEGMENT)
        return self.ids[row, part], self.weights[row, part].astype(np.float64), float(self.met[row])

    def put(self, row: int, segment: int, ids: NDArray[np.int32], weights: Floats, met: float | None) -> None:
        """Takes over a segment that another process published."""
        self._make_room(max(row, int(ids.max(initial=0))))
        part = slice(segment * SEGMENT, (segment + 1) * SEGMENT)
        self.ids[row, part] = ids
        self.weights[row, part] = weights
        if met is not None:
            self.met[row] = met

    def _make_room(self, title: int) -> None:
        have = len(self.met)
        if title < have:
            return
        more = max(2 * have, title + 1) - have
        self.ids = np.concatenate([self.ids, np.full((more, WIDTH), -1, dtype=np.int32)])
        fresh = np.zeros((more, *self.weights.shape[1:]), dtype=self.weights.dtype)
        self.weights = np.concatenate([self.weights, fresh])
        self.met = np.concatenate([self.met, np.zeros(more)])


@compiled
def _bind(
    ids: NDArray[np.int32],
    weights: NDArray[Any],
    judge: int,
    title: int,
    before: Ints,
    there: Floats,
    here: Floats,
) -> tuple[Ints, Ints]:
    """Gives where ``title`` stands in each row of ``before``, and where they stand in its own."""
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
    return places, own


@compiled
def _find(row: NDArray[np.int32], title: int) -> int:
    for place in range(len(row)):
        if row[place] == title:
            return place
    return -1


@compiled
def _weakest(row: NDArray[np.int32], weights: NDArray[Any], judge: int, but: Ints) -> int:
    """The place least worth keeping, a free one first; none of ``but``."""
    weakest, least = 0, np.inf
    for place in range(len(row)):
        strength = -1.0 if row[place] < 0 else weights[place, judge]
        if strength < least:
            taken = False
            for other in but:
                taken = taken or other == place
            if not taken:
                weakest, least = place, strength
    return weakest

"""Which titles go together: what was chosen right after a title, soon after it, and around it, in one sparse row each.

    next       chosen right after
    soon       chosen up to five choices later, each step further back counting .85 of the one before
    together   chosen by the same viewer within ``SPAN`` choices, in whichever order, .9 a step

Counts are plain sums: on the logs measured, fading them gained nothing, for the popularity that they are held
against (``ranking.choice``) fades already. Item-kNN (Sarwar et al., 2001) and first-order chains, kept
incrementally; a row holds ``NEIGHBOURS`` titles and the weakest makes way for a new one.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.popularity import Floats, Ints

NEIGHBOURS = 256
"""Half as many cost 1.5 % of NDCG where tastes are long (1,700 films), nothing where they are short."""
SEGMENT = 32
"""Neighbours that travel together: a choice moves one segment of most rows it touches."""
SPAN = 20
"""Choices back that count as together; twice as many gain nothing."""
NEXT, SOON, TOGETHER = range(3)
LINKS = 3
SOON_SPAN = 5
SOON_STEP, TOGETHER_STEP = 0.85, 0.9
_LAGS = np.arange(SPAN)
ADDED: Floats = np.stack(
    [
        (_LAGS == 0).astype(np.float64),
        np.where(_LAGS < SOON_SPAN, SOON_STEP**_LAGS, 0.0),
        TOGETHER_STEP**_LAGS,
    ],
    axis=1,
)
"""What a choice adds to the row of the title so many choices back, [SPAN × LINKS]."""


class Neighbours:
    """Rows by title number: ``ids`` [titles × NEIGHBOURS], -1 where free, and ``weights`` [… × LINKS].

    ``chosen`` [titles]: how often each was chosen, which popular titles' counts are divided by.
    """

    def __init__(self) -> None:
        self.ids: NDArray[np.int32] = np.full((256, NEIGHBOURS), -1, dtype=np.int32)
        self.weights: Floats = np.zeros((256, NEIGHBOURS, LINKS))
        self.chosen: Floats = np.zeros(256)

    def learn_one(self, title: int, previous: list[int]) -> list[tuple[int, int]]:
        """Counts that ``title`` was chosen after ``previous`` (newest first, none twice).

        Returns the (row, segment) that changed.
        """
        known = [(lag, one) for lag, one in enumerate(previous[:SPAN]) if one >= 0 and one != title]
        self._make_room(max([title, *(one for _, one in known)]))
        self.chosen[title] += 1.0
        if not known:
            return [(title, 0)]
        lags, before = np.array(known, dtype=np.int64).T
        places, own = _learn(self.ids, self.weights, title, before.copy(), lags.copy())
        changed = {(title, place // SEGMENT) for place in own.tolist()} | {(title, 0)}
        return sorted(changed | set(zip(before.tolist(), (places // SEGMENT).tolist(), strict=True)))

    def segment(self, row: int, segment: int) -> tuple[NDArray[np.int32], Floats, float]:
        """The neighbours in a segment of a row, their weights, and how often the row's title was chosen."""
        self._make_room(row)
        part = slice(segment * SEGMENT, (segment + 1) * SEGMENT)
        return self.ids[row, part], self.weights[row, part], float(self.chosen[row])

    def put(
        self, row: int, segment: int, ids: NDArray[np.int32], weights: Floats, chosen: float | None
    ) -> None:
        """Takes over a segment that another process published."""
        self._make_room(max(row, int(ids.max(initial=0))))
        part = slice(segment * SEGMENT, (segment + 1) * SEGMENT)
        self.ids[row, part] = ids
        self.weights[row, part] = weights
        if chosen is not None:
            self.chosen[row] = chosen

    def _make_room(self, title: int) -> None:
        have = len(self.chosen)
        if title < have:
            return
        more = max(2 * have, title + 1) - have
        self.ids = np.concatenate([self.ids, np.full((more, NEIGHBOURS), -1, dtype=np.int32)])
        self.weights = np.concatenate([self.weights, np.zeros((more, NEIGHBOURS, LINKS))])
        self.chosen = np.concatenate([self.chosen, np.zeros(more)])


@compiled
def _learn(
    ids: NDArray[np.int32], weights: Floats, title: int, before: Ints, lags: Ints
) -> tuple[Ints, Ints]:
    """Counts the links; gives where ``title`` stands in each row of ``before``, and where they stand in its own."""
    places, own = np.empty_like(before), np.empty_like(before)
    for n in range(len(before)):
        place = _find(ids[before[n]], title)
        if place < 0:
            place = _weakest(ids[before[n]], weights[before[n]], own[:0])
            _begin(ids, weights, before[n], place, title)
        places[n] = place
        for link in range(LINKS):
            weights[before[n], place, link] += ADDED[lags[n], link]
    for n in range(len(before)):
        own[n] = _find(ids[title], before[n])
    for n in range(len(before)):
        if own[n] < 0:
            # What this very choice links must not make way for another of its links.
            own[n] = _weakest(ids[title], weights[title], own)
            _begin(ids, weights, title, own[n], before[n])
        weights[title, own[n], TOGETHER] += ADDED[lags[n], TOGETHER]
    return places, own


@compiled
def _find(row: NDArray[np.int32], title: int) -> int:
    for place in range(len(row)):
        if row[place] == title:
            return place
    return -1


@compiled
def _begin(ids: NDArray[np.int32], weights: Floats, row: int, place: int, title: int) -> None:
    ids[row, place] = title
    weights[row, place] = 0.0


@compiled
def _weakest(row: NDArray[np.int32], weights: Floats, but: Ints) -> int:
    """The place least worth keeping, a free one first; none of ``but``."""
    weakest, least = 0, np.inf
    for place in range(len(row)):
        strength = -1.0 if row[place] < 0 else weights[place, TOGETHER]
        if strength < least:
            taken = False
            for other in but:
                taken = taken or other == place
            if not taken:
                weakest, least = place, strength
    return weakest

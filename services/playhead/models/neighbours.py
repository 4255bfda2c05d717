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

from playhead.models.popularity import Floats

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
        lags, before = (np.array(column, dtype=np.int64) for column in zip(*known, strict=True))
        places = self._place(before, title)
        self.weights[before, places] += ADDED[lags]
        own = self._places(title, before)
        self.weights[title, own, TOGETHER] += ADDED[lags, TOGETHER]
        changed = {(title, int(place)) for place in own // SEGMENT} | {(title, 0)}
        return sorted(changed | set(zip(before.tolist(), (places // SEGMENT).tolist(), strict=True)))

    def _place(self, rows: NDArray[np.int64], title: int) -> NDArray[np.int64]:
        """Where ``title`` stands in each of the rows, from now on."""
        hit = self.ids[rows] == title
        new = np.flatnonzero(~hit.any(axis=1))
        places: NDArray[np.int64] = hit.argmax(axis=1)
        if len(new):
            weakest = self._strength(rows[new]).argmin(axis=1)
            places[new] = weakest
            self.ids[rows[new], weakest] = title
            self.weights[rows[new], weakest] = 0.0
        return places

    def _places(self, row: int, titles: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of the titles stands in one row, from now on."""
        hit = self.ids[row] == titles[:, None]
        new = np.flatnonzero(~hit.any(axis=1))
        places: NDArray[np.int64] = hit.argmax(axis=1)
        if len(new):
            strength = self._strength(np.array([row]))[0]
            strength[places[hit.any(axis=1)]] = np.inf
            weakest = np.argsort(strength, kind="stable")[: len(new)]
            places[new] = weakest
            self.ids[row, weakest] = titles[new]
            self.weights[row, weakest] = 0.0
        return places

    def _strength(self, rows: NDArray[np.int64]) -> Floats:
        """What a neighbour is worth keeping for; a free place is worth less than nothing."""
        strength: Floats = np.where(self.ids[rows] < 0, -1.0, self.weights[rows, :, TOGETHER])
        return strength

    def segment(self, row: int, segment: int) -> tuple[NDArray[np.int32], Floats, float]:
        """The neighbours in a segment of a row, their weights, and how often the row's title was chosen."""
        self._make_room(row)
        part = slice(segment * SEGMENT, (segment + 1) * SEGMENT)
        return self.ids[row, part], self.weights[row, part], float(self.chosen[row])

    def put(
        self, row: int, segment: int, ids: NDArray[np.int32], weights: Floats, chosen: float | None
    ) -> None:
        """Takes over a segment that another process published."""
        self._make_room(row)
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

"""Co-occurrence of titles for the same viewer: one weight a pair, one sparse row a title.

    co-consumption  chosen by the same viewer within ``CHOSEN_SPAN`` choices; closer in time weighs more
    co-impression   shown to the same viewer within ``SHOWN_SPAN`` titles

    strength(title) = Σ asked · weight[before, title] / √(met[before] · met[title])   over the last titles of the profile

A weight falls with a power of the time between two choices, not with a half-life: a power law has no time scale that would
suit one log and not another. Item-kNN (Sarwar et al., 2001) with time decay both when pairs are counted and when they are queried.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.models.sparse import Sparse

CO_CONSUMPTION, CO_IMPRESSION = "sittings", "alongside"
"""Stored names of co-consumption and co-impression, in records and in parts of a recipe."""
CHOSEN_SPAN, SHOWN_SPAN = 40, 20
"""How many titles back are counted, and queried. With 20 chosen titles, NDCG falls by .5 % on logs with long-lived tastes."""
POWER = 0.15
"""Exponent of the decay: a choice a minute ago counts half of one just now, a day ago a fifth; 0.1 and 0.25 gain less on logs with long-lived tastes."""
ASKED_STEP = 0.87
SHOWN_STEP = 0.97
"""Factor for each title further back in a query, of chosen titles and of shown ones."""
CHOSEN_SHRINK, SHOWN_SHRINK = 1.0, 10.0
"""Pseudo-counts added to both titles' counts, so that one chance co-occurrence of two rare titles has little weight; more for impressions, which mean less."""


class Cooccurrence(Sparse):
    """Sparse rows with one weight a pair, as float32.

    Args:
        span: How many titles back are counted.
        shrink: Pseudo-counts that are added to a title's count.
    """

    def __init__(self, span: int, shrink: float) -> None:
        super().__init__(1, kind=np.float32)
        self._span, self._shrink = span, shrink

    def learn_one(self, title: int, previous: Ints, weights: Floats) -> Ints:
        """Counts ``title`` together with ``previous`` titles (newest first, distinct, -1 for unknown). Returns numbers of the changed segments."""
        before = previous[: self._span]
        known = (before >= 0) & (before != title)
        added = weights[: self._span][known][:, None]
        return self.bind(title, before[known], added, added)

    def learn(self, titles: Ints, first: Ints, before: Ints) -> Ints:
        """Counts titles in order, each together with the titles before it.

        Args:
            titles: The titles that were chosen or shown.
            first: Index in ``before`` at which the titles before each begin, [titles + 1].
            before: Previous titles of each, newest first, distinct, -1 for unknown.

        Returns:
            Numbers of the changed segments, possibly with duplicates.
        """
        self.make_room(1 + max(int(titles.max(initial=0)), int(before.max(initial=0))))
        return self.bind_all(titles, first, before, self._span)

    def scores(
        self, before: NDArray[np.int32], weights: Floats, owner: Ints, title: Ints, slot: NDArray[np.int32]
    ) -> Floats:
        """How strongly candidates co-occur with the last titles of their profiles, [candidates].

        Args:
            before: The last titles of each profile, [profiles × titles], -1 where there are fewer.
            weights: Weight of each of these, [profiles × titles].
            owner: Row of each candidate's profile, ascending.
            title: Title of each candidate.
            slot: Scratch memory by title, -1 everywhere before and after the call.
        """
        asked, strengths = self.asked(int(title.max(initial=0)) + 1, before, weights), np.zeros(len(title))
        for row in np.unique(owner).tolist():
            mine = owner == row
            slot[title[mine]] = np.arange(mine.sum())
            strength = np.zeros(int(mine.sum()))
            accumulate(strength, title[mine], row, asked, slot)
            slot[title[mine]], strengths[mine] = -1, strength
        return strengths

    def asked(self, size: int, before: NDArray[np.int32], weights: Floats) -> "QueryRows":
        """The rows, grown to ``size`` titles, with the titles that query them."""
        self.make_room(size)
        return QueryRows(self.ids, self.weights, self.met, self._shrink, before, weights)


class QueryRows(NamedTuple):
    """Rows of co-occurrences, and the titles that query them: ``before`` [profiles × titles] and the weight (``counts``) of each."""

    ids: NDArray[np.int32]
    weights: NDArray[Any]
    met: Floats
    shrink: float
    before: NDArray[np.int32]
    counts: Floats


def closeness(since_s: Ints) -> Floats:
    """Weight of a choice by its age in seconds, 1 for a choice just now."""
    close: Floats = np.power(1.0 + np.maximum(since_s, 0), -POWER)
    return close


@compiled
def accumulate(strength: Floats, title: Ints, row: int, asked: QueryRows, slot: NDArray[np.int32]) -> None:
    """Adds to ``strength`` how strongly candidates co-occur with the last titles of the profile in a row; ``slot``: candidate index by title, else -1."""
    before, counts, met = asked.before[row], asked.counts[row], asked.met
    for n in range(len(before)):
        earlier = before[n]
        if earlier >= 0 and earlier < len(met):
            _add(
                strength,
                asked.ids[earlier],
                asked.weights[earlier],
                counts[n] / np.sqrt(met[earlier] + asked.shrink),
                slot,
            )
    for n in range(len(title)):
        if strength[n] > 0.0:
            strength[n] /= np.sqrt(met[title[n]] + asked.shrink)


@compiled
def _add(
    strength: Floats, others: NDArray[np.int32], weights: NDArray[Any], factor: float, slot: NDArray[np.int32]
) -> None:
    for place in range(len(others)):
        if others[place] < 0:  # rows are filled from the front
            break
        at = slot[others[place]]
        if at >= 0:
            strength[at] += weights[place, 0] * factor

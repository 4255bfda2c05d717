"""Co-occurrence: which titles are met by the same viewer, one weight a pair, in one sparse row each.

    co-consumption  chosen by the same viewer within ``CHOSEN_SPAN`` choices, the closer in time the more
    co-impression   shown to the same viewer within ``SHOWN_SPAN`` titles: who is shown one is the kind that is shown the other

    strength(title) = Σ asked · weight[before, title] / √(met[before] · met[title])   over the last titles of the profile

A weight falls with a power of the time between two choices, not with a half-life: there is no scale in it that would
suit one log and not another. Item-kNN (Sarwar et al., 2001) with time in it, on both sides: what binds, and what asks.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.models.sparse import Sparse

CO_CONSUMPTION, CO_IMPRESSION = "sittings", "alongside"
"""What records and the parts of a recipe call them: names that are stored stay."""
CHOSEN_SPAN, SHOWN_SPAN = 40, 20
"""How many titles back are bound, and are asked. Of those chosen, 20 cost .5 % of NDCG where tastes are long."""
POWER = 0.15
"""A choice a minute ago counts half of one just now, a day ago a fifth; 0.1 and 0.25 gain less where tastes are long."""
ASKED_STEP = 0.87
SHOWN_STEP = 0.97
"""What a title one further back counts less when it is asked, of those chosen and of those shown."""
CHOSEN_SHRINK, SHOWN_SHRINK = 1.0, 10.0
"""Meetings added to both titles', so that one chance meeting of two rare ones says nothing; to be shown means less."""


class Cooccurrence(Sparse):
    """Rows with one weight a pair, as float32.

    Args:
        span: How many titles back are bound.
        shrink: Meetings that are added to a title's.
    """

    def __init__(self, span: int, shrink: float) -> None:
        super().__init__(1, kind=np.float32)
        self._span, self._shrink = span, shrink

    def learn_one(self, title: int, previous: Ints, weights: Floats) -> Ints:
        """Binds ``title`` to those met before (none twice, -1 for unknown). Returns numbers of the segments that changed."""
        before = previous[: self._span]
        known = (before >= 0) & (before != title)
        added = weights[: self._span][known][:, None]
        return self.bind(title, before[known], added, added)

    def learn(self, titles: Ints, first: Ints, before: Ints) -> Ints:
        """Binds titles, one after the other, each as one that was met together with all before it.

        Args:
            titles: They were met.
            first: Where those before each begin, [titles + 1].
            before: Newest first, none of one title twice, -1 for unknown.

        Returns:
            Numbers of the segments that changed; some may be named twice.
        """
        self.make_room(1 + max(int(titles.max(initial=0)), int(before.max(initial=0))))
        return self.bind_all(titles, first, before, self._span)

    def scores(
        self, before: NDArray[np.int32], weights: Floats, owner: Ints, title: Ints, slot: NDArray[np.int32]
    ) -> Floats:
        """How strongly candidates are bound to what their profiles met last, [candidates].

        Args:
            before: The last titles of each profile, [profiles × titles], -1 where there are fewer.
            weights: How much each of them counts, [profiles × titles].
            owner: Rows of the candidates' profiles, ascending.
            title: Their titles.
            slot: -1 for each title of the catalogue and each that is bound, before and after.
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
        """The rows, with room for so many titles, and what asks them."""
        self.make_room(size)
        return QueryRows(self.ids, self.weights, self.met, self._shrink, before, weights)


class QueryRows(NamedTuple):
    """Rows of co-occurrences, and the titles that ask them: ``before`` [profiles × titles] and what each counts."""

    ids: NDArray[np.int32]
    weights: NDArray[Any]
    met: Floats
    shrink: float
    before: NDArray[np.int32]
    counts: Floats


def closeness(since_s: Ints) -> Floats:
    """What a choice so many seconds ago counts, 1 for one just now."""
    close: Floats = np.power(1.0 + np.maximum(since_s, 0), -POWER)
    return close


@compiled
def accumulate(strength: Floats, title: Ints, row: int, asked: QueryRows, slot: NDArray[np.int32]) -> None:
    """How strongly candidates are bound to what the profile in a row met last; ``slot`` says where each stands, else -1."""
    before, counts, met = asked.before[row], asked.counts[row], asked.met
    for n in range(len(before)):
        one = before[n]
        if one >= 0 and one < len(met):
            _add(
                strength,
                asked.ids[one],
                asked.weights[one],
                counts[n] / np.sqrt(met[one] + asked.shrink),
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

"""Mutual bonds: which titles are met by the same viewer, one weight a pair, in one sparse row each.

    sittings    chosen by the same viewer within ``SPAN`` choices, the closer in time the more
    alongside   shown to the same viewer within ``SPAN`` titles: who is shown one is the kind that is shown the other

    said(title) = Σ asked · bond[before, title] / √(met[before] · met[title])   over the last titles of the profile

A weight falls with a power of the time between two choices, not with a half-life: there is no scale in it that would
suit one log and not another. Item-kNN (Sarwar et al., 2001) with time in it, on both sides: what binds, and what asks.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.popularity import Floats, Ints, Singles

KEPT = 256
SEGMENT = 32
"""Bonds that travel together."""
SPAN = 20
POWER = 0.15
"""A choice a minute ago counts half of one just now, a day ago a fifth; 0.1 and 0.25 gain less where tastes are long."""
ASKED_STEP = 0.87
SHOWN_STEP = 0.97
"""What a title one further back counts less when it is asked, of those chosen and of those shown."""
CHOSEN_SHRINK, SHOWN_SHRINK = 1.0, 10.0
"""Meetings added to both titles', so that one chance meeting of two rare ones is no bond; to be shown means less."""


class Bonds:
    """Rows by title number: ``ids`` [titles × KEPT], -1 where free, and ``weights``; ``met`` [titles]: how often each was.

    Args:
        shrink: Meetings that are added to a title's.
    """

    def __init__(self, shrink: float) -> None:
        self._shrink = shrink
        self.ids: NDArray[np.int32] = np.full((256, KEPT), -1, dtype=np.int32)
        self.weights: Singles = np.zeros((256, KEPT), dtype=np.float32)
        self.met: Floats = np.zeros(256)

    def learn_one(self, title: int, previous: list[int], weights: Floats) -> list[tuple[int, int]]:
        """Binds ``title`` to those met before (none twice, -1 for unknown). Returns the (row, segment) that changed."""
        known = [n for n, one in enumerate(previous[:SPAN]) if one >= 0 and one != title]
        before = np.array([previous[n] for n in known], dtype=np.int64)
        self._make_room(max(title, int(before.max(initial=0))))
        self.met[title] += 1.0
        there, here = _learn(self.ids, self.weights, title, before, weights[known])
        changed = {(title, place // SEGMENT) for place in here.tolist()} | {(title, 0)}
        return sorted(changed | set(zip(before.tolist(), (there // SEGMENT).tolist(), strict=True)))

    def asked(
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
        self._make_room(int(title.max(initial=0)))
        return _asked(self.ids, self.weights, self.met, self._shrink, before, weights, owner, title, slot)

    def segment(self, row: int, segment: int) -> tuple[NDArray[np.int32], Floats, float]:
        """The bonds in a segment of a row, and how often its title was met."""
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
        self.ids = np.concatenate([self.ids, np.full((more, KEPT), -1, dtype=np.int32)])
        self.weights = np.concatenate([self.weights, np.zeros((more, KEPT), dtype=np.float32)])
        self.met = np.concatenate([self.met, np.zeros(more)])


def closeness(since_s: Ints) -> Floats:
    """What a choice so many seconds ago counts, 1 for one just now."""
    close: Floats = np.power(1.0 + np.maximum(since_s, 0), -POWER)
    return close


@compiled
def _learn(
    ids: NDArray[np.int32], weights: Singles, title: int, before: Ints, added: Floats
) -> tuple[Ints, Ints]:
    """Gives where ``title`` stands in each row of ``before``, and where they stand in its own."""
    there, here = np.empty_like(before), np.empty_like(before)
    for n in range(len(before)):
        there[n] = _find(ids[before[n]], title)
        if there[n] < 0:
            there[n] = _begun(ids[before[n]], weights[before[n]], title, here[:0])
        weights[before[n], there[n]] += added[n]
        here[n] = _find(ids[title], before[n])
    for n in range(len(before)):
        if here[n] < 0:
            # What this very meeting binds must not make way for another of its bonds.
            here[n] = _begun(ids[title], weights[title], before[n], here)
        weights[title, here[n]] += added[n]
    return there, here


@compiled
def _find(row: NDArray[np.int32], title: int) -> int:
    for place in range(len(row)):
        if row[place] == title:
            return place
    return -1


@compiled
def _begun(row: NDArray[np.int32], weights: Singles, title: int, but: Ints) -> int:
    """The place of a new bond: the one least worth keeping, a free one first; none of ``but``."""
    weakest, least = 0, np.inf
    for place in range(len(row)):
        strength = -1.0 if row[place] < 0 else weights[place]
        if strength < least:
            taken = False
            for other in but:
                taken = taken or other == place
            if not taken:
                weakest, least = place, strength
    row[weakest], weights[weakest] = title, 0.0
    return weakest


@compiled
def _asked(
    ids: NDArray[np.int32],
    weights: Singles,
    met: Floats,
    shrink: float,
    before: NDArray[np.int32],
    counts: Floats,
    owner: Ints,
    title: Ints,
    slot: NDArray[np.int32],
) -> Floats:
    said = np.zeros(len(title))
    first = 0
    while first < len(title):
        row, last = owner[first], first
        while last < len(title) and owner[last] == row:
            slot[title[last]] = last
            last += 1
        for n in range(before.shape[1]):
            one = before[row, n]
            if one >= 0 and one < len(met):
                bond = counts[row, n] / np.sqrt(met[one] + shrink)
                for place in range(ids.shape[1]):
                    if ids[one, place] >= 0 and slot[ids[one, place]] >= 0:
                        said[slot[ids[one, place]]] += weights[one, place] * bond
        for n in range(first, last):
            said[n] /= np.sqrt(met[title[n]] + shrink)
            slot[title[n]] = -1
        first = last
    return said

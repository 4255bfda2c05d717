"""Histories of a batch of profiles in one run, and what they tell of taste: read once, by machine code."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.models.cooccurrence import CHOSEN_SPAN
from playhead.signals import history
from playhead.signals.history import ROW, History

LONGEST_GAP_S = 30 * 86_400
TASTE_DEPTH = 40
"""Titles of the history that taste is read from."""
SKIPPED, CLICKED, PLAYED = -0.3, 0.2, 1.0
"""How much a skip, a click alone and a whole play say about taste."""
WORDS = ROW.size // 4
"""A row of a history (``signals.history.ROW``) as numpy reads it: so many words, of which the last holds plays, flags, device."""
AT, WATCHED, LENGTH, PLAYS, COMPLETED, SKIPS = range(6)
"""Columns of ``HistoryBatch.facts``; the first three are the first words of a row, too."""


class HistoryBatch(NamedTuple):
    """Histories of a batch in one run, newest first each: ``owner``, numbers of titles, and facts [titles × 6].

    first [moments + 1]: where each begins.
    """

    first: Ints
    owner: Ints
    title: Ints
    facts: Ints

    def between(self, first: int, last: int) -> "HistoryBatch":
        """Those of moments that stand one after the other; the run is the same."""
        return self._replace(first=self.first[first : last + 1])

    def until(self, until_s: Ints) -> "HistoryBatch":
        """What is known by then: what came later must not count, it would tell the outcome."""
        known = self.facts[:, AT] < until_s[self.owner]
        if known.all():
            return self
        owner = self.owner[known]
        first = np.searchsorted(owner, np.arange(len(until_s) + 1))
        return HistoryBatch(first, owner, self.title[known], self.facts[known])


def history_batch(found: Sequence[History], titles: Vocabulary) -> HistoryBatch:
    """All that is stored of what was chosen, as a run."""
    numbers, first = titles.find_all(mine.run for mine in found)
    return HistoryBatch(first, *_read(packed_rows(found), numbers, first))


def packed_rows(found: Sequence[History]) -> NDArray[np.uint32]:
    """The rows of histories, back to back, [titles × WORDS]."""
    return np.frombuffer(b"".join([mine.rows for mine in found]), dtype="<u4").reshape(-1, WORDS)


@compiled
def _read(rows: NDArray[np.uint32], numbers: NDArray[np.int32], first: Ints) -> tuple[Ints, Ints, Ints]:
    owner, title = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    facts = np.empty((len(rows), 6), dtype=np.int64)
    for row in range(len(first) - 1):
        for n in range(first[row], first[row + 1]):
            owner[n], title[n] = row, numbers[n]
            facts[n, AT], facts[n, WATCHED], facts[n, LENGTH] = rows[n, AT], rows[n, WATCHED], rows[n, LENGTH]
            flags = rows[n, -1] >> 16
            facts[n, PLAYS] = rows[n, -1] & 0xFFFF
            facts[n, COMPLETED] = (flags & history.COMPLETED) > 0
            facts[n, SKIPS] = (flags & history.SKIPPED) > 0
    return owner, title, facts


class HistorySummary(NamedTuple):
    """What histories say as of their moments.

    told: what each of the newest titles says of taste, by place in the histories, 0 for others; recent
    [moments × CHOSEN_SPAN]: numbers of the last titles chosen; since_s [moments × CHOSEN_SPAN]: seconds since each of them;
    completion: mean watch ratio of what was played; gap_s: seconds since the last.
    """

    told: Floats
    recent: NDArray[np.int32]
    since_s: Ints
    completion: Floats
    gap_s: Ints

    def between(self, first: int, last: int) -> "HistorySummary":
        """What those of moments that stand one after the other say."""
        rows = slice(first, last)
        mine = self.recent[rows], self.since_s[rows], self.completion[rows], self.gap_s[rows]
        return HistorySummary(self.told, *mine)


def summarize(past: HistoryBatch, until_s: Ints, duration_s: Floats, ratings: Floats) -> HistorySummary:
    """What histories say; ``duration_s`` [titles]: lengths as the catalogue has them; ``ratings``: of each, or NaN."""
    return HistorySummary(*_traced(past.first, past.title, past.facts, until_s, duration_s, ratings))


@compiled
def ratio(facts: Ints, known_s: float) -> float:
    """The watch ratio of a title in a history as ``Watched.ratio`` has it; ``known_s``: its length, 0 if unknown."""
    length = float(facts[LENGTH]) if facts[LENGTH] else known_s
    watched = facts[WATCHED] / length if length > 0.0 else 0.0
    return max(watched, 1.0) if facts[COMPLETED] else watched


@compiled
def _traced(
    first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats, ratings: Floats
) -> tuple[Floats, NDArray[np.int32], Ints, Floats, Ints]:
    moments = len(until_s)
    told = np.zeros(len(facts))
    recent = np.full((moments, CHOSEN_SPAN), np.int32(-1), dtype=np.int32)
    since_s = np.zeros((moments, CHOSEN_SPAN), dtype=np.int64)
    completion, gap_s = np.full(moments, 0.5), np.full(moments, -1, dtype=np.int64)
    for row in range(moments):
        size, total, plays = 0, 0.0, 0
        for n in range(first[row], min(first[row] + TASTE_DEPTH, first[row + 1])):
            watched = ratio(facts[n], duration_s[title[n]] if title[n] >= 0 else 0.0)
            told[n] = _strength(facts[n], watched, ratings[n])
            if facts[n, PLAYS]:
                total, plays = total + min(watched, 1.0), plays + 1
            if not facts[n, SKIPS] and size < CHOSEN_SPAN:
                recent[row, size], since_s[row, size] = title[n], until_s[row] - 1 - facts[n, AT]
                size += 1
        if plays:
            completion[row] = total / plays
        if first[row] < first[row + 1]:
            gap_s[row] = min(until_s[row] - facts[first[row], AT], LONGEST_GAP_S)
    return told, recent, since_s, completion, gap_s


@compiled
def _strength(facts: Ints, ratio: float, rating: float) -> float:
    """What a title in the history says for (or, below 0, against) its labels."""
    if not np.isnan(rating):
        return 2.0 * rating - 1.0
    if facts[SKIPS]:
        return SKIPPED
    return PLAYED * min(ratio, 1.0) if ratio > 0 else CLICKED

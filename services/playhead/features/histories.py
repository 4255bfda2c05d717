"""Histories of a batch of profiles as arrays, and their summary, read once by compiled code."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.models.cooccurrence import CHOSEN_SPAN
from playhead.signals import rows as stored
from playhead.signals.rows import ROW, History

LONGEST_GAP_S = 30 * 86_400
TASTE_DEPTH = 40
"""Number of newest titles from which label affinities are computed."""
SKIPPED, CLICKED, PLAYED = -0.3, 0.2, 1.0
"""Weights of a skip, a click alone and a whole play in label affinities."""
WORDS = ROW.size // 4
"""Number of 32-bit words of a row of a history (``signals.rows.ROW``)."""
KINDS, AHEAD = 4, 5
"""Index of the word with plays, flags and device, and of the word with ``ahead_s``."""
AT, WATCHED, LENGTH, PLAYS, COMPLETED, SKIPS, POSITION, OVER, PASSES, DEVICE = range(10)
"""Columns of ``HistoryBatch.facts``; the first three are also the first words of a row. ``OVER``: the title was finished, and not begun
again; ``PASSES``: it has only played automatically, nobody chose it; ``DEVICE``: index among the history's devices, 0 for unknown.
"""


class HistoryBatch(NamedTuple):
    """Histories of a batch, concatenated, each newest first: row of the profile, number of the title, and ``facts`` [titles × 10].

    ``first`` [snapshots + 1]: where each history begins.
    """

    first: Ints
    owner: Ints
    title: Ints
    facts: Ints

    def between(self, first: int, last: int) -> "HistoryBatch":
        """The histories of consecutive snapshots; ``first`` still refers to all titles."""
        return self._replace(first=self.first[first : last + 1])

    def until(self, until_s: Ints) -> "HistoryBatch":
        """The histories up to each snapshot's time, as later entries would leak the outcome."""
        known = self.facts[:, AT] < until_s[self.owner]
        if known.all():
            return self
        owner = self.owner[known]
        first = np.searchsorted(owner, np.arange(len(until_s) + 1))
        return HistoryBatch(first, owner, self.title[known], self.facts[known])


def history_batch(histories: Sequence[History], titles: Vocabulary) -> HistoryBatch:
    """Reads histories into arrays."""
    numbers, first = titles.find_all(history.packed for history in histories)
    return HistoryBatch(first, *_read(packed_rows(histories), numbers, first))


def packed_rows(histories: Sequence[History]) -> NDArray[np.uint32]:
    """The rows of histories, concatenated, [titles × WORDS]."""
    return np.frombuffer(b"".join([history.rows for history in histories]), dtype="<u4").reshape(-1, WORDS)


def seen_between(history: History, after_s: int, until_s: int) -> Ints:
    """The places in a history of the titles whose last event was after ``after_s`` and not after ``until_s``."""
    return _seen_between(np.frombuffer(history.rows, dtype="<u4"), after_s, until_s)


@compiled
def _seen_between(rows: NDArray[np.uint32], after_s: int, until_s: int) -> Ints:
    places, count = np.empty(len(rows) // WORDS, dtype=np.int64), 0
    for place in range(len(places)):
        at_s = np.int64(rows[WORDS * place + AT])
        if after_s < at_s <= until_s:
            places[count], count = place, count + 1
    return places[:count]


@compiled
def _read(rows: NDArray[np.uint32], numbers: NDArray[np.int32], first: Ints) -> tuple[Ints, Ints, Ints]:
    owner, title = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    facts = np.empty((len(rows), 10), dtype=np.int64)
    for row in range(len(first) - 1):
        for n in range(first[row], first[row + 1]):
            owner[n], title[n] = row, numbers[n]
            facts[n, AT], facts[n, WATCHED], facts[n, LENGTH] = rows[n, AT], rows[n, WATCHED], rows[n, LENGTH]
            flags = rows[n, KINDS] >> 16
            facts[n, PLAYS] = rows[n, KINDS] & 0xFFFF
            facts[n, COMPLETED] = (flags & stored.COMPLETED) > 0
            facts[n, SKIPS] = (flags & stored.SKIPPED) > 0
            ahead = np.int64(rows[n, AHEAD])  # signals.rows.zigzag
            facts[n, POSITION] = np.int64(rows[n, WATCHED]) + ((ahead >> 1) ^ -(ahead & 1))
            facts[n, OVER] = (flags & (stored.COMPLETED | stored.AGAIN)) == stored.COMPLETED
            facts[n, PASSES] = (flags & stored.PASSING) > 0
            facts[n, DEVICE] = flags >> 8
    return owner, title, facts


class HistorySummary(NamedTuple):
    """A summary of histories as of their snapshots.

    ``weights`` [titles]: weight of each of the newest titles for its labels, by place in the histories, 0 for others; ``recent``
    [snapshots × CHOSEN_SPAN]: numbers of the last titles chosen; ``since_s`` [snapshots × CHOSEN_SPAN]: seconds since each of them;
    ``completion`` [snapshots]: mean watch ratio of plays; ``gap_s`` [snapshots]: seconds since the newest event, -1 for none.
    """

    weights: Floats
    recent: NDArray[np.int32]
    since_s: Ints
    completion: Floats
    gap_s: Ints

    def between(self, first: int, last: int) -> "HistorySummary":
        """The summary of consecutive snapshots."""
        rows = slice(first, last)
        mine = self.recent[rows], self.since_s[rows], self.completion[rows], self.gap_s[rows]
        return HistorySummary(self.weights, *mine)


def summarize(past: HistoryBatch, until_s: Ints, duration_s: Floats, ratings: Floats) -> HistorySummary:
    """Summarizes histories; ``duration_s`` [titles of the catalogue]: lengths; ``ratings``: rating of each title of the histories, or NaN."""
    return HistorySummary(*_traced(past.first, past.title, past.facts, until_s, duration_s, ratings))


@compiled
def ratio(facts: Ints, known_s: float) -> float:
    """The watch ratio of a title in a history, equal to ``Watched.ratio``; ``known_s``: its length in the catalogue, 0 if unknown."""
    length = float(facts[LENGTH]) if facts[LENGTH] else known_s
    watched = facts[WATCHED] / length if length > 0.0 else 0.0
    return max(watched, 1.0) if facts[COMPLETED] else watched


@compiled
def _traced(
    first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats, ratings: Floats
) -> tuple[Floats, NDArray[np.int32], Ints, Floats, Ints]:
    snapshots = len(until_s)
    weights = np.zeros(len(facts))
    recent = np.full((snapshots, CHOSEN_SPAN), np.int32(-1), dtype=np.int32)
    since_s = np.zeros((snapshots, CHOSEN_SPAN), dtype=np.int64)
    completion, gap_s = np.full(snapshots, 0.5), np.full(snapshots, -1, dtype=np.int64)
    for row in range(snapshots):
        size, total, plays = 0, 0.0, 0
        for n in range(first[row], min(first[row] + TASTE_DEPTH, first[row + 1])):
            watched = ratio(facts[n], duration_s[title[n]] if title[n] >= 0 else 0.0)
            weights[n] = _strength(facts[n], watched, ratings[n])
            if facts[n, PLAYS]:
                total, plays = total + min(watched, 1.0), plays + 1
            if not (facts[n, SKIPS] or facts[n, PASSES]) and size < CHOSEN_SPAN:
                recent[row, size], since_s[row, size] = title[n], until_s[row] - 1 - facts[n, AT]
                size += 1
        if plays:
            completion[row] = total / plays
        if first[row] < first[row + 1]:
            gap_s[row] = min(until_s[row] - facts[first[row], AT], LONGEST_GAP_S)
    return weights, recent, since_s, completion, gap_s


@compiled
def _strength(facts: Ints, ratio: float, rating: float) -> float:
    """The weight of a title in the history for (below 0: against) its labels."""
    if not np.isnan(rating):
        return 2.0 * rating - 1.0
    if facts[SKIPS]:
        return SKIPPED
    if facts[PASSES]:
        return 0.0
    return PLAYED * min(ratio, 1.0) if ratio > 0 else CLICKED

"""How often each title is chosen or shown, decayed at several half-lives at once.

A title's counts are stored as of its last count, so one choice changes one row. How much weight each half-life has
is learned by the blend (``models.blend``).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.reserve import grown
from playhead.arrays.top_k import offer, raise_to_place
from playhead.arrays.types import Floats, Ints

MINUTE_MS = 60_000
YEAR_MS = 525_600.0 * MINUTE_MS
HALF_LIVES_MS: Floats = np.append(MINUTE_MS * 10.0 * np.power(52_560.0, np.arange(9) / 8.0), 2.0 * YEAR_MS)
"""10 min, 39 min, 2.5 h, 10 h, 38 h, 6 d, 24 d, 94 d, 1 y: news lives minutes, films weeks (one factor of 3.9 apart); and 2 y,
for films that are watched over years."""
HALVES = len(HALF_LIVES_MS)
PRIOR_WEIGHT = 20.0
"""Pseudo-choices by which a market is shrunk towards all markets."""
FLOOR = 0.01
"""Pseudo-choices of every title, so that a title that nobody chose has a probability above 0."""
_RATES: Floats = np.log(2.0) / HALF_LIVES_MS


class Tops:
    """The titles with the largest counts at some half-lives, best first; exact, in whatever order counts arrive.

    All counts decay by the same factor, so the order of titles at a half-life changes only when a title is counted,
    and that title only rises: one outside the top can't enter without being counted, and is compared then.

    ``ids`` [half-lives × kept], -1 where there are fewer. Ties are broken by digests.
    """

    def __init__(self, halves: tuple[int, ...], kept: int) -> None:
        self.halves = np.array(halves, dtype=np.int64)
        self.ids: NDArray[np.int32] = np.full((len(halves), min(kept, 64)), -1, dtype=np.int32)
        self._scores: Floats = np.full(self.ids.shape, -np.inf)
        self._digests: Ints = np.zeros(self.ids.shape, dtype=np.int64)
        self._kept = kept

    def ready(self, more: int) -> "Order":
        """The ordered titles, with room for ``more``, up to the number kept."""
        if self.ids.shape[1] < self._kept:
            used = int((self.ids >= 0).sum(axis=1).max())
            if used + more > self.ids.shape[1]:
                self._widen(more)
        return Order(self.ids, self._scores, self._digests, self.halves)

    def _widen(self, more: int) -> None:
        """Makes room for ``more`` titles, up to the number kept."""
        width = self.ids.shape[1]
        while width < self._kept and width < self.ids.shape[1] + more:
            width = min(2 * width, self._kept)
        added = ((0, 0), (0, width - self.ids.shape[1]))
        if width > self.ids.shape[1]:
            self.ids = np.pad(self.ids, added, constant_values=-1)
            self._scores = np.pad(self._scores, added, constant_values=-np.inf)
            self._digests = np.pad(self._digests, added)


class Order(NamedTuple):
    """The titles with the largest counts, [half-lives × kept], with their scores and digests; ``halves``: indices of the half-lives."""

    ids: NDArray[np.int32]
    scores: Floats
    digests: Ints
    halves: Ints


NOTHING = Order(
    np.zeros((0, 1), dtype=np.int32),
    np.zeros((0, 1)),
    np.zeros((0, 1), dtype=np.int64),
    np.zeros(0, dtype=np.int64),
)
"""The order of a group without ``Tops``."""


class Popularity:
    """Decayed counts of one group (a market's choices, its impressions, those on one surface).

    ``counts`` [titles × half-lives] as of ``at_ms`` [titles]; ``tops`` tracks the titles with the largest counts, if given.
    """

    def __init__(self, tops: Tops | None = None) -> None:
        self.counts: Floats = np.zeros((256, HALVES))
        self.at_ms: Floats = np.zeros(256)
        self.total: Floats = np.zeros(HALVES)
        self.tops = tops
        self.now_ms = 0.0
        self.size = 0
        """Titles counted so far."""

    def learn_one(self, title: int, at_ms: int, weight: float = 1.0, digest: int = 0) -> None:
        """Counts a title; a late event adds its decayed weight. ``digest`` breaks ties in ``tops``."""
        self.learn(np.array([title]), np.array([float(at_ms)]), np.array([weight]), np.array([digest]))

    def learn(self, titles: Ints, at_ms: Floats, weights: Floats, digests: Ints) -> None:
        """Counts titles in order: arrays of one length, one entry a choice."""
        self._make_room(int(titles.max(initial=0)))
        fresh, self.now_ms = _learn(
            self.counts,
            self.at_ms,
            self.total,
            self.now_ms,
            (titles, at_ms, weights, digests),
            NOTHING if self.tops is None else self.tops.ready(len(titles)),
        )
        self.size += fresh

    def count(self, at_ms: int) -> None:
        """Counts an event without a title: only the total changes."""
        now_ms = max(self.now_ms, float(at_ms))
        _add(self.total, now_ms - self.now_ms, 1.0, now_ms - at_ms)
        self.now_ms = now_ms

    def rows(self, titles: Ints) -> tuple[Floats, Floats]:
        """Counts of titles, [titles × half-lives], and the times (ms) they are as of, [titles]."""
        self._make_room(int(titles.max(initial=0)))
        return self.counts[titles], self.at_ms[titles]

    def put(self, titles: Ints, counts: Floats, at_ms: Floats, digests: Ints) -> None:
        """Overwrites rows of distinct titles with those that another process published."""
        self._make_room(int(titles.max(initial=0)))
        tops = NOTHING if self.tops is None else self.tops.ready(len(titles))
        self.size += _put(self.counts, self.at_ms, titles, counts, at_ms, digests, tops)

    def of(self, titles: Ints, now_ms: float) -> Floats:
        """Counts of titles as of ``now_ms``, [titles × half-lives]."""
        return summed([self], titles, now_ms)

    def knows(self, title: int) -> bool:
        """Whether a title was ever counted."""
        return title < len(self.at_ms) and bool(self.at_ms[title] > 0.0)

    def totals(self, now_ms: float) -> Floats:
        """The total of all counts as of ``now_ms``, [half-lives]."""
        total: Floats = self.total * fade(now_ms - self.now_ms)
        return total

    def _make_room(self, title: int) -> None:
        if title >= len(self.at_ms):
            size = max(2 * len(self.at_ms), title + 1)
            self.counts = grown(self.counts, size)
            self.at_ms = grown(self.at_ms, size)


def summed(tallies: Iterable[Popularity], titles: Ints, now_ms: float) -> Floats:
    """Decayed counts of several groups, [titles × half-lives]; the order of groups must be the same in every process."""
    counts = np.zeros((len(titles), HALVES))
    for tally in tallies:
        _add_decayed(counts, tally.counts, tally.at_ms, titles, now_ms)
    return counts


def leaning(mine: Floats, everyone: Floats, totals: Floats) -> Floats:
    """Counts of a market, shrunk towards those of all markets (itself included) while it has few choices.

    Args:
        mine: Counts in the market, [… × half-lives].
        everyone: Counts of the same titles or labels in all markets.
        totals: All choices in the market, [half-lives].
    """
    lean = PRIOR_WEIGHT / (PRIOR_WEIGHT + totals)
    counts: Floats = (1.0 - lean) * mine + lean * everyone
    return counts


class Dated(NamedTuple):
    """Counts of a group as stored, to be read as of ``now_ms``; ``totals`` [half-lives] are as of then."""

    counts: Floats
    at_ms: Floats
    totals: Floats
    now_ms: float


def dated(tally: Popularity | None, now_ms: float) -> Dated:
    """A group as of a moment, for compiled functions (``left``)."""
    if tally is None:
        return Dated(np.zeros((0, HALVES)), np.zeros(0), np.zeros(HALVES), now_ms)
    return Dated(tally.counts, tally.at_ms, tally.totals(now_ms), now_ms)


def pseudo_total(totals: Floats, size: int) -> Floats:
    """Totals plus the pseudo-choices (``FLOOR``) of the ``size`` titles counted so far, and of one more."""
    total: Floats = totals + FLOOR * (size + 1)
    return total


def shares(counts: Floats, totals: Floats, size: int) -> Floats:
    """P(next choice) by each half-life, [titles × half-lives]; ``size``: titles counted so far.

    The totals are sums in the order of the choices, which is the same in every process; a sum over titles would
    depend in its last bits on their numbering, and on how many titles a process knows.
    """
    share: Floats = (counts + FLOOR) / pseudo_total(totals, size)
    return share


def fade(age_ms: float) -> Floats:
    """The factor that is left after ``age_ms``, [half-lives]."""
    left: Floats = np.exp2(-max(age_ms, 0.0) / HALF_LIVES_MS)
    return left


@compiled
def _learn(
    counts: Floats,
    at_ms: Floats,
    total: Floats,
    now_ms: float,
    responses: tuple[Ints, Floats, Floats, Ints],
    tops: Order,
) -> tuple[int, float]:
    """Counts titles. Returns how many were never counted before, and the newest time (ms)."""
    titles, when, weights, digests = responses
    ids, scores, known, halves = tops
    fresh = 0
    for n in range(len(titles)):
        title = titles[n]
        fresh += at_ms[title] == 0.0
        _count(counts[title], at_ms, title, when[n], weights[n])
        now = max(now_ms, when[n])
        _add(total, now - now_ms, weights[n], now - when[n])
        now_ms = now
        _hear(ids, scores, known, halves, title, digests[n], counts[title], at_ms[title])
    return fresh, now_ms


@compiled
def _count(counts: Floats, at_ms: Floats, title: int, when: float, weight: float) -> None:
    before = at_ms[title]
    newest = max(before, when)
    for half in range(len(counts)):
        kept = counts[half] * np.exp(-(newest - before) * _RATES[half])
        counts[half] = kept + weight * np.exp(-(newest - when) * _RATES[half])
    at_ms[title] = newest


@compiled
def _add(total: Floats, age_ms: float, weight: float, late_ms: float) -> None:
    for half in range(len(total)):
        kept = total[half] * np.exp(-age_ms * _RATES[half])
        total[half] = kept + weight * np.exp(-late_ms * _RATES[half])


@compiled
def _add_decayed(sums: Floats, counts: Floats, at_ms: Floats, titles: Ints, now_ms: float) -> None:
    for row in range(len(titles)):
        for half in range(HALVES):
            sums[row, half] += left(counts, at_ms, titles[row], half, now_ms)


@compiled
def left(counts: Floats, at_ms: Floats, title: int, half: int, now_ms: float) -> float:
    """A title's count at a half-life, decayed to ``now_ms``."""
    if title >= len(at_ms) or at_ms[title] <= 0.0:
        return 0.0
    count: float = counts[title, half] * np.exp(-max(now_ms - at_ms[title], 0.0) * _RATES[half])
    return count


@compiled
def _hear(
    ids: NDArray[np.int32],
    scores: Floats,
    digests: Ints,
    halves: Ints,
    title: int,
    digest: int,
    counts: Floats,
    at_ms: float,
) -> None:
    width = ids.shape[1]
    for row in range(len(halves)):
        half = halves[row]
        if counts[half] <= 0.0:
            continue
        score = np.log(counts[half]) + at_ms * _RATES[half]
        place = 0
        while place < width and ids[row, place] >= 0 and ids[row, place] != title:
            place += 1
        if place == width:
            offer(ids, scores, digests, row, width, title, score, digest)
        else:
            raise_to_place(ids, scores, digests, row, place, title, score, digest)


@compiled
def _put(
    counts: Floats, at_ms: Floats, titles: Ints, rows: Floats, when: Floats, digests: Ints, tops: Order
) -> int:
    """Overwrites rows of titles. Returns how many were never counted before."""
    ids, scores, known, halves = tops
    fresh = 0
    for n in range(len(titles)):
        title = titles[n]
        fresh += at_ms[title] == 0.0 and when[n] > 0.0
        counts[title], at_ms[title] = rows[n], when[n]
        if when[n] > 0.0:
            _hear(ids, scores, known, halves, title, digests[n], counts[title], when[n])
    return fresh

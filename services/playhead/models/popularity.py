"""How often each title is chosen or shown, decayed at several half-lives at once.

Counts are kept by title as of its last count, so one choice changes one row. Which half-life is to be believed is
not decided here: the blend learns it (``models.blend``).
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
"""Choices of a market up to which it leans on all markets."""
FLOOR = 0.01
"""Pseudo-choices of a title that nobody chose, so that everything has a chance."""
_RATES: Floats = np.log(2.0) / HALF_LIVES_MS


class Tops:
    """The titles counted most at some half-lives, best first; exact, whatever the order in which counts came.

    A count as of now is the one as of the title's last count, faded by the same factor for every title. So the
    order of titles at a half-life changes only where one is counted, and only upwards: a title that is not among the
    first can't get there without being counted, and is looked at then.

    ``ids`` [half-lives × kept], -1 where there are fewer. Ties are broken by digests.
    """

    def __init__(self, halves: tuple[int, ...], kept: int) -> None:
        self.halves = np.array(halves, dtype=np.int64)
        self.ids: NDArray[np.int32] = np.full((len(halves), min(kept, 64)), -1, dtype=np.int32)
        self._scores: Floats = np.full(self.ids.shape, -np.inf)
        self._digests: Ints = np.zeros(self.ids.shape, dtype=np.int64)
        self._kept = kept

    def ready(self, more: int) -> "Order":
        """The titles in their order, with room for so many more, as far as they are to be kept."""
        if self.ids.shape[1] < self._kept:
            used = int((self.ids >= 0).sum(axis=1).max())
            if used + more > self.ids.shape[1]:
                self._widen(more)
        return Order(self.ids, self._scores, self._digests, self.halves)

    def _widen(self, more: int) -> None:
        """Makes room for so many, as far as they are to be kept."""
        width = self.ids.shape[1]
        while width < self._kept and width < self.ids.shape[1] + more:
            width = min(2 * width, self._kept)
        added = ((0, 0), (0, width - self.ids.shape[1]))
        if width > self.ids.shape[1]:
            self.ids = np.pad(self.ids, added, constant_values=-1)
            self._scores = np.pad(self._scores, added, constant_values=-np.inf)
            self._digests = np.pad(self._digests, added)


class Order(NamedTuple):
    """The titles counted most, [half-lives × kept], with their scores and digests; halves: which half-lives these are."""

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
"""Of a group whose order nobody asks for."""


class Popularity:
    """Decayed counts of one group (a market's choices, its impressions, those on one surface).

    ``counts`` [titles × half-lives] as of ``at_ms`` [titles]; ``tops`` follows the titles counted most, if given.
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
        """Counts a title; what comes late counts for what it would be worth by now. ``digest`` breaks ties in ``tops``."""
        self.learn(np.array([title]), np.array([float(at_ms)]), np.array([weight]), np.array([digest]))

    def learn(self, titles: Ints, at_ms: Floats, weights: Floats, digests: Ints) -> None:
        """Counts titles, one after the other."""
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
        """Counts something that is of no title: the total alone moves."""
        now_ms = max(self.now_ms, float(at_ms))
        _add(self.total, now_ms - self.now_ms, 1.0, now_ms - at_ms)
        self.now_ms = now_ms

    def rows(self, titles: Ints) -> tuple[Floats, Floats]:
        """Counts of titles, [titles × half-lives], and as of when, [titles]."""
        self._make_room(int(titles.max(initial=0)))
        return self.counts[titles], self.at_ms[titles]

    def put(self, titles: Ints, counts: Floats, at_ms: Floats, digests: Ints) -> None:
        """Takes over rows that another process published, of distinct titles."""
        self._make_room(int(titles.max(initial=0)))
        tops = NOTHING if self.tops is None else self.tops.ready(len(titles))
        self.size += _put(self.counts, self.at_ms, titles, counts, at_ms, digests, tops)

    def of(self, titles: Ints, now_ms: float) -> Floats:
        """Counts of titles as of ``now_ms``, [titles × half-lives]."""
        return summed([self], titles, now_ms)

    def at(self, titles: Ints, half: int, now_ms: float) -> Floats:
        """Counts of titles as of ``now_ms`` at one half-life, [titles]."""
        return _left_of(self.counts, self.at_ms, titles, half % HALVES, now_ms)

    def knows(self, title: int) -> bool:
        """Whether a title was ever counted."""
        return title < len(self.at_ms) and bool(self.at_ms[title] > 0.0)

    def totals(self, now_ms: float) -> Floats:
        """All counts together as of ``now_ms``, [half-lives]."""
        total: Floats = self.total * fade(now_ms - self.now_ms)
        return total

    def _make_room(self, title: int) -> None:
        if title >= len(self.at_ms):
            size = max(2 * len(self.at_ms), title + 1)
            self.counts = grown(self.counts, size)
            self.at_ms = grown(self.at_ms, size)


def summed(tallies: Iterable[Popularity], titles: Ints, now_ms: float) -> Floats:
    """Decayed counts of several groups, [titles × half-lives]; groups in an order that is the same in every process."""
    counts = np.zeros((len(titles), HALVES))
    for tally in tallies:
        _add_decayed(counts, tally.counts, tally.at_ms, titles, now_ms)
    return counts


def leaning(mine: Floats, everyone: Floats, totals: Floats) -> Floats:
    """Counts in a market that leans on all markets, itself among them, while it is new.

    Args:
        mine: Of the market, [… × half-lives].
        everyone: Of all markets together, of the same.
        totals: All choices in the market, [half-lives].
    """
    lean = PRIOR_WEIGHT / (PRIOR_WEIGHT + totals)
    counts: Floats = (1.0 - lean) * mine + lean * everyone
    return counts


class Dated(NamedTuple):
    """Counts of a group as they lie, to be asked as of ``now_ms``; ``totals`` [half-lives] are as of then."""

    counts: Floats
    at_ms: Floats
    totals: Floats
    now_ms: float


def dated(tally: Popularity | None, now_ms: float) -> Dated:
    """A group, as of a moment, for machine code (``left``)."""
    if tally is None:
        return Dated(np.zeros((0, HALVES)), np.zeros(0), np.zeros(HALVES), now_ms)
    return Dated(tally.counts, tally.at_ms, tally.totals(now_ms), now_ms)


def pseudo_total(totals: Floats, size: int) -> Floats:
    """Totals with the pseudo-choices of ``size`` titles that were counted so far, and of one more."""
    total: Floats = totals + FLOOR * (size + 1)
    return total


def shares(counts: Floats, totals: Floats, size: int) -> Floats:
    """P(next choice) by each half-life, [titles × half-lives]; ``size``: titles that were counted so far.

    The totals were added up in the order of the choices, which every process agrees on; a sum over titles would
    differ in its last bits with their numbering. Nor may it depend on how many titles a process knows.
    """
    share: Floats = (counts + FLOOR) / pseudo_total(totals, size)
    return share


def fade(age_ms: float) -> Floats:
    """What is left after ``age_ms``, for each half-life."""
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
    """Counts titles; gives how many were never counted before, and the newest moment."""
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
    """What is left by now of a title's count at a half-life."""
    if title >= len(at_ms) or at_ms[title] <= 0.0:
        return 0.0
    count: float = counts[title, half] * np.exp(-max(now_ms - at_ms[title], 0.0) * _RATES[half])
    return count


@compiled
def _left_of(counts: Floats, at_ms: Floats, titles: Ints, half: int, now_ms: float) -> Floats:
    found = np.empty(len(titles))
    for n in range(len(titles)):
        found[n] = left(counts, at_ms, titles[n], half, now_ms)
    return found


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
    """Titles have become these rows; gives how many were never counted before."""
    ids, scores, known, halves = tops
    fresh = 0
    for n in range(len(titles)):
        title = titles[n]
        fresh += at_ms[title] == 0.0 and when[n] > 0.0
        counts[title], at_ms[title] = rows[n], when[n]
        if when[n] > 0.0:
            _hear(ids, scores, known, halves, title, digests[n], counts[title], when[n])
    return fresh

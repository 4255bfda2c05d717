"""Candidates of a batch of profiles: what is linked to their last titles, and the first of each shelf that each may be shown.

One pass a profile, in machine code: the rows of the last titles are summed, the strongest links drawn, the shelves
walked from their best title on, past what is not for this profile, until each has given its share. What is found out
about a title is remembered until the next profile, as it stands on many shelves.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.neighbours import LINKS, NEXT, SOON, SOON_SPAN, SOON_STEP, SPAN, TOGETHER
from playhead.models.popularity import Floats, Ints, starts
from playhead.retrieval.view import View

DRAWN = np.array([64, 100, 100])
"""Titles drawn by each link."""
TOGETHER_STEP = 0.87
"""What a title further back counts less when it is asked what goes together with it."""
SHRINK = 1.0
"""Choices added to both titles' counts, so that one chance meeting of two rare titles is no bond."""
_LAGS = np.arange(SPAN)
ASKED: Floats = np.stack(
    [
        (_LAGS == 0).astype(np.float64),
        np.where(_LAGS < SOON_SPAN, np.power(SOON_STEP, _LAGS), 0.0),
        np.power(TOGETHER_STEP, _LAGS),
    ],
    axis=1,
)
"""How much the row of the title so many choices back counts, [SPAN × LINKS]."""

Shelf = tuple[NDArray[np.int32], int]
"""Titles, best first (-1: no more), and how many of them are to be candidates."""


REASONS = ("", "maturity", "available", "finished")
"""Why titles are passed over, by number: the names of the filters that would remove them."""
UNSUITABLE, UNAVAILABLE, GONE = 1, 2, 3
_REASON, _FOUND, _PASSED = 3, 4, 8
"""What is remembered of a title for one profile: why it may not be shown, whether it is a candidate, was passed over."""
_NOTES = 16
SIEVE = 4_096
"""Remainders of marks of which it is noted whether a finished title has one: most titles need no search."""


class For(NamedTuple):
    """Whom candidates are for, a row a profile.

    recent: the last titles, newest first, [profiles × ≥ SPAN], -1 where there are fewer; kind [profiles]: the row of
    ``barred`` [kinds × titles] that says why a title may not be shown whenever it is, else 0 (``REASONS``); at_ms
    [profiles]: when it must be available; gone: marks of finished titles, sorted for each; first [profiles + 1]: where
    they begin.
    """

    recent: NDArray[np.int32]
    kind: Ints
    barred: NDArray[np.uint8]
    at_ms: Ints
    gone: NDArray[np.uint32]
    first: Ints


class Around(NamedTuple):
    """Candidates of a batch in one run, for each profile sorted by number: rows of profiles, and titles.

    links [candidates × LINKS]: how strongly each is linked, summed over the last titles; lag: from which of them the
    strongest link comes, -1 for none; passed [profiles × REASONS]: how many titles of the shelves were passed over, and
    why.
    """

    owner: Ints
    titles: Ints
    links: Floats
    lag: Ints
    passed: Ints


class _Titles(NamedTuple):
    """Columns of the catalogue that say what may be a candidate."""

    opens: Ints
    closes: Ints
    marks: NDArray[np.uint32]
    repeatable: NDArray[np.bool_]


class _Shelves(NamedTuple):
    """All shelves in one run, where each ends, and how many titles each is to give.

    walked [profiles × 2 × 2]: which of them are a profile's: from one to another, those that it shares and its own.
    """

    titles: NDArray[np.int32]
    ends: Ints
    quotas: Ints
    walked: Ints


class _Links(NamedTuple):
    """Rows of neighbours, and how often each title was chosen (``models.neighbours``)."""

    ids: NDArray[np.int32]
    weights: Floats
    chosen: Floats


def around(
    view: View, who: For, shared: Sequence[list[Shelf]], owned: Sequence[int], own: Sequence[list[Shelf]]
) -> Around:
    """The candidates of each profile.

    Args:
        view: The market.
        who: The profiles.
        shared: Shelves that several profiles walk.
        owned: For each profile, which of the shared ones.
        own: For each profile, shelves of its own.
    """
    catalogue, neighbours, scratch = view.catalogue, view.models.neighbours, view.scratch
    scratch.make_room(max(len(catalogue.titles), len(neighbours.chosen)))
    titles = _Titles(
        catalogue.available_from, catalogue.available_until, catalogue.mark, catalogue.repeatable
    )
    links = _Links(neighbours.ids, neighbours.weights, neighbours.chosen)
    laid = _laid(shared, owned, own)
    scratch.serial += len(own)
    found = _around(who, laid, titles, links, scratch.slot, scratch.notes, scratch.serial - len(own))
    return Around(*found)


def _laid(shared: Sequence[list[Shelf]], owned: Sequence[int], own: Sequence[list[Shelf]]) -> _Shelves:
    groups = [*shared, *own]
    ends = starts(map(len, groups))
    ranges = np.stack([ends[:-1], ends[1:]], axis=1)
    shelves = list(chain.from_iterable(groups))
    return _Shelves(
        np.concatenate([ids for ids, _ in shelves]) if shelves else np.empty(0, dtype=np.int32),
        starts(len(ids) for ids, _ in shelves),
        np.array([quota for _, quota in shelves], dtype=np.int64),
        np.stack([ranges[list(owned)], ranges[len(shared) :]], axis=1),
    )


@compiled
def _around(
    who: For,
    shelves: _Shelves,
    titles: _Titles,
    links: _Links,
    slot: NDArray[np.int32],
    notes: Ints,
    serial: int,
) -> tuple[Ints, Ints, Floats, Ints, Ints]:
    """Everything; ``slot`` is as before, ``notes`` say of titles what was found out for the profile of a serial number."""
    profiles, most = len(who.at_ms), SPAN * links.ids.shape[1]
    room = _room(shelves.walked, shelves.quotas)
    owner, found = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    bonds, lags = np.empty((room, LINKS)), np.empty(room, dtype=np.int64)
    passed = np.zeros((profiles, len(REASONS)), dtype=np.int64)
    linked, sums = np.empty(most, dtype=np.int64), np.empty((most, LINKS))
    strongest, lag_of, first = np.empty(most), np.empty(most, dtype=np.int64), 0
    sieve = np.zeros(SIEVE, dtype=np.bool_)
    for row in range(profiles):
        gone = who.gone[who.first[row] : who.first[row + 1]]
        sieve[gone % SIEVE] = True
        size = _linked(
            who.recent[row], links.ids, links.weights, links.chosen, slot, linked, sums, lag_of, strongest
        )
        mine = (serial + row + 1) * _NOTES
        _study(linked[:size], mine, who, row, titles, sieve, notes)
        for group in range(2):
            begin, end = shelves.walked[row, group]
            if begin < end:
                asked = shelves.titles[shelves.ends[begin] : shelves.ends[end]]
                _study(asked, mine, who, row, titles, sieve, notes)
        last = _drawn(linked[:size], sums, links.chosen, titles.marks, notes, found, first)
        for group in range(2):
            begin, end = shelves.walked[row, group]
            if begin < end:
                ends, quotas = shelves.ends[begin : end + 1], shelves.quotas[begin:end]
                last = _walked(shelves.titles, ends, quotas, notes, found, last, passed[row])
        found[first:last].sort()
        _join(found[first:last], slot, sums, lag_of, bonds[first:last], lags[first:last])
        owner[first:last] = row
        for n in range(size):
            slot[linked[n]] = -1
        sieve[gone % SIEVE] = False
        first = last
    return owner[:first].copy(), found[:first].copy(), bonds[:first].copy(), lags[:first].copy(), passed


# What follows takes arrays one by one: numba counts references for each array of a tuple that it passes on, and a loop
# over titles that does so takes ten times as long.


@compiled
def _room(walked: Ints, quotas: Ints) -> int:
    """The most candidates that all profiles together can have."""
    room = len(walked) * DRAWN.sum()
    for row in range(len(walked)):
        for group in range(2):
            room += quotas[walked[row, group, 0] : walked[row, group, 1]].sum()
    return int(room)


@compiled
def _linked(
    recent: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: Floats,
    chosen: Floats,
    slot: NDArray[np.int32],
    titles: Ints,
    sums: Floats,
    lags: Ints,
    strongest: Floats,
) -> int:
    """The titles in the rows of the last ones, their links, and the strongest's lag; ``slot`` says where each stands."""
    size = 0
    for lag in range(SPAN):
        before = recent[lag]
        if before < 0 or before >= len(chosen):
            continue
        bond = ASKED[lag, TOGETHER] / np.sqrt(chosen[before] + SHRINK)
        for place in range(ids.shape[1]):
            title = ids[before, place]
            if title < 0:
                continue
            at = slot[title]
            if at < 0:
                at = slot[title] = size
                titles[size], lags[size], strongest[size] = title, lag, -1.0
                sums[size] = 0.0
                size += 1
            for link in (NEXT, SOON):
                sums[at, link] += weights[before, place, link] * ASKED[lag, link]
            together = weights[before, place, TOGETHER] * bond
            sums[at, TOGETHER] += together
            if together > strongest[at]:
                strongest[at], lags[at] = together, lag
    for at in range(size):
        sums[at, TOGETHER] /= np.sqrt(chosen[titles[at]] + SHRINK)
    return size


@compiled
def _study(
    asked: NDArray[Any],
    mine: int,
    who: For,
    row: int,
    titles: _Titles,
    sieve: NDArray[np.bool_],
    notes: Ints,
) -> None:
    """Notes why each title may not be a candidate, 0 for no reason: unsuitable, not sold, out of its window, finished."""
    barred, at_ms = who.barred[who.kind[row]], who.at_ms[row]
    gone = who.gone[who.first[row] : who.first[row + 1]]
    opens, closes, marks, repeatable = titles
    for title in asked:
        if title < 0 or notes[title] >= mine:
            continue
        reason = 0
        if title >= len(barred):
            reason = UNSUITABLE
        elif barred[title]:
            reason = barred[title]
        elif at_ms < opens[title] or at_ms >= closes[title]:
            reason = UNAVAILABLE
        elif sieve[marks[title] % SIEVE] and not repeatable[title] and is_in(gone, marks[title]):
            reason = GONE
        notes[title] = mine + reason


@compiled
def is_in(gone: NDArray[np.uint32], mark: np.uint32) -> bool:
    """Whether a mark is among some that are sorted."""
    low, high = 0, len(gone)
    while low < high:
        middle = (low + high) // 2
        if gone[middle] < mark:
            low = middle + 1
        else:
            high = middle
    return low < len(gone) and gone[low] == mark


@compiled
def _drawn(
    linked: Ints,
    sums: Floats,
    chosen: Floats,
    marks: NDArray[np.uint32],
    notes: Ints,
    found: Ints,
    last: int,
) -> int:
    """Finds the titles of the strongest links that may be shown. Returns where what was found ends."""
    drawn, strength = np.zeros(len(linked), dtype=np.bool_), np.empty(len(linked))
    for link in range(LINKS):
        for n in range(len(linked)):
            # Soon against how often it is chosen anyway: for what leads to it, and not to everything.
            often = chosen[linked[n]] + SHRINK if link == SOON else 1.0
            strength[n] = 0.0 if notes[linked[n]] & _REASON else sums[n, link] / often
        _draw(linked, strength, DRAWN[link], marks, drawn)
    for n in range(len(linked)):
        if drawn[n]:
            notes[linked[n]] |= _FOUND
            found[last], last = linked[n], last + 1
    return last


@compiled
def _walked(
    titles: NDArray[np.int32],
    ends: Ints,
    quotas: Ints,
    notes: Ints,
    found: Ints,
    last: int,
    passed: Ints,
) -> int:
    """Finds the first titles of each shelf that may be shown; counts those that may not. Returns where it ends."""
    for shelf in range(len(quotas)):
        left = quotas[shelf]
        for place in range(ends[shelf], ends[shelf + 1]):
            title = titles[place]
            if left == 0 or title < 0:
                break
            note = notes[title]
            if note & _REASON:
                if not note & _PASSED:
                    passed[note & _REASON] += 1
                    notes[title] |= _PASSED
                continue
            left -= 1
            if not note & _FOUND:
                notes[title] |= _FOUND
                found[last], last = title, last + 1
    return last


@compiled
def _join(
    found: Ints, slot: NDArray[np.int32], sums: Floats, lag_of: Ints, bonds: Floats, lags: Ints
) -> None:
    """The links of candidates; 0, and lag -1, of those that have none."""
    for n in range(len(found)):
        at = slot[found[n]]
        lags[n] = lag_of[at] if at >= 0 else -1
        for link in range(LINKS):
            bonds[n, link] = sums[at, link] if at >= 0 else 0.0


@compiled
def _draw(
    titles: Ints, strength: Floats, count: int, marks: NDArray[np.uint32], drawn: NDArray[np.bool_]
) -> None:
    """Marks the ``count`` titles of most strength as drawn; ties at the edge are broken by marks."""
    linked = np.flatnonzero(strength > 0.0)
    if len(linked) <= count:
        drawn[linked] = True
        return
    edge = len(linked) - count
    least = np.partition(strength[linked], edge)[edge]
    above = np.flatnonzero(strength > least)
    tied = np.flatnonzero(strength == least)
    drawn[above] = True
    order = np.argsort(marks[titles[tied]].astype(np.int64), kind="mergesort")
    drawn[tied[order[: count - len(above)]]] = True

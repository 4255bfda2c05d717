"""Candidates of one profile: what is linked to its last titles, and the first of each shelf that it may be shown.

One pass in machine code: the rows of the last titles are summed, the strongest links drawn, the shelves walked
from their best title on, past what is not for this profile, until each has given its share.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.neighbours import LINKS, NEXT, SOON, SOON_SPAN, SOON_STEP, SPAN, TOGETHER
from playhead.models.popularity import Floats, Ints
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


class For(NamedTuple):
    """Whom candidates are for.

    recent: the last titles, newest first, [≥ SPAN], -1 where there are fewer; barred: why a title may not be
    shown whenever it is, [titles], else 0 (``REASONS``); at_ms: when it must be available; gone: marks of finished
    titles, sorted.
    """

    recent: NDArray[np.int32]
    barred: NDArray[np.uint8]
    at_ms: int
    gone: NDArray[np.uint32]


class Around(NamedTuple):
    """Candidates, sorted by number.

    links [titles × LINKS]: how strongly each is linked, summed over the last titles; lag: from which of them the
    strongest link comes, -1 for none; passed [REASONS]: how many titles of the shelves were passed over, and why.
    """

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
    """All shelves in one run, where each ends, and how many titles each is to give."""

    titles: NDArray[np.int32]
    ends: Ints
    quotas: Ints


def around(view: View, who: For, shelves: list[Shelf]) -> Around:
    """The candidates for one profile."""
    catalogue, neighbours, scratch = view.catalogue, view.models.neighbours, view.scratch
    scratch.make_room(max(len(catalogue.titles), len(neighbours.chosen)))
    ids = [titles for titles, _ in shelves]
    laid = _Shelves(
        np.concatenate(ids) if ids else np.empty(0, dtype=np.int32),
        np.cumsum([len(titles) for titles in ids], dtype=np.int64),
        np.array([quota for _, quota in shelves], dtype=np.int64),
    )
    titles = _Titles(
        catalogue.available_from, catalogue.available_until, catalogue.mark, catalogue.repeatable
    )
    linked = _linked(who.recent, neighbours.ids, neighbours.weights, neighbours.chosen, scratch.slot)
    open_to = _open_to(linked[0], who, titles)
    drawn = _drawn(linked[0], linked[1], neighbours.chosen, open_to, catalogue.mark)
    walked, passed = _walked(laid, who, titles)
    return Around(*_joined(linked, drawn, walked, scratch.slot), passed)


@compiled
def _open_to(titles: Ints, who: For, catalogue: _Titles) -> NDArray[np.bool_]:
    open_to = np.empty(len(titles), dtype=np.bool_)
    for n in range(len(titles)):
        open_to[n] = _against(titles[n], who, catalogue) == 0
    return open_to


@compiled
def _drawn(
    titles: Ints, sums: Floats, chosen: Floats, open_to: NDArray[np.bool_], marks: NDArray[np.uint32]
) -> NDArray[np.bool_]:
    drawn = np.zeros(len(titles), dtype=np.bool_)
    strength = np.empty(len(titles))
    for link in range(LINKS):
        for n in range(len(titles)):
            # Soon against how often it is chosen anyway: for what leads to it, and not to everything.
            often = chosen[titles[n]] + SHRINK if link == SOON else 1.0
            strength[n] = sums[n, link] / often if open_to[n] else 0.0
        _draw(titles, strength, DRAWN[link], marks, drawn)
    return drawn


@compiled
def _walked(shelves: _Shelves, who: For, catalogue: _Titles) -> tuple[Ints, Ints]:
    """The first titles of each shelf that may be candidates (some stand on several); and how many may not, and why."""
    pool, size, first = np.empty(shelves.quotas.sum(), dtype=np.int64), 0, 0
    passed, passes = np.empty(len(shelves.titles), dtype=np.int64), 0
    for shelf in range(len(shelves.ends)):
        left = shelves.quotas[shelf]
        for place in range(first, shelves.ends[shelf]):
            title = shelves.titles[place]
            if left == 0 or title < 0:
                break
            reason = _against(title, who, catalogue)
            if reason:
                passed[passes], passes = len(REASONS) * title + reason, passes + 1
            else:
                pool[size], size, left = title, size + 1, left - 1
        first = shelves.ends[shelf]
    counts = np.zeros(len(REASONS), dtype=np.int64)
    for one in np.unique(passed[:passes]):
        counts[one % len(REASONS)] += 1
    return pool[:size], counts


@compiled
def _joined(
    linked: tuple[Ints, Floats, Ints], drawn: NDArray[np.bool_], walked: Ints, slot: NDArray[np.int32]
) -> tuple[Ints, Floats, Ints]:
    """All candidates in order with their links; ``slot`` is as before."""
    titles, sums, lag = linked
    found = np.unique(np.append(walked, titles[drawn]))
    links, strongest = np.zeros((len(found), LINKS)), np.full(len(found), -1)
    for n in range(len(found)):
        at = slot[found[n]]
        if at >= 0:
            links[n], strongest[n] = sums[at], lag[at]
    for title in titles:
        slot[title] = -1
    return found, links, strongest


@compiled
def _against(title: int, who: For, catalogue: _Titles) -> int:
    """Why a title may not be a candidate, 0 for no reason: unsuitable, not sold, out of its window, finished."""
    if title >= len(who.barred):
        return UNSUITABLE
    if who.barred[title]:
        return int(who.barred[title])
    if who.at_ms < catalogue.opens[title] or who.at_ms >= catalogue.closes[title]:
        return UNAVAILABLE
    if catalogue.repeatable[title]:
        return 0
    at = np.searchsorted(who.gone, catalogue.marks[title])
    return GONE if at < len(who.gone) and who.gone[at] == catalogue.marks[title] else 0


@compiled
def _linked(
    recent: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: Floats,
    chosen: Floats,
    slot: NDArray[np.int32],
) -> tuple[Ints, Floats, Ints]:
    """The titles in the rows of the last ones, their links, and the strongest's lag; ``slot`` says where each stands."""
    most = SPAN * ids.shape[1]
    titles, sums = np.empty(most, dtype=np.int64), np.zeros((most, LINKS))
    lags, strongest, size = np.empty(most, dtype=np.int64), np.empty(most), 0
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
                size += 1
            for link in (NEXT, SOON):
                sums[at, link] += weights[before, place, link] * ASKED[lag, link]
            together = weights[before, place, TOGETHER] * bond
            sums[at, TOGETHER] += together
            if together > strongest[at]:
                strongest[at], lags[at] = together, lag
    for at in range(size):
        sums[at, TOGETHER] /= np.sqrt(chosen[titles[at]] + SHRINK)
    return titles[:size].copy(), sums[:size].copy(), lags[:size].copy()


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

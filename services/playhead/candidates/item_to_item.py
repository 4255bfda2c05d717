"""The item-to-item source: sums the rows of a profile's last titles and draws the strongest links."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import nth_least, top_k
from playhead.arrays.types import Floats, Ints
from playhead.candidates.annotations import FOUND, REASON
from playhead.models.neighbours import (
    CO_CHOSEN,
    LAG_ONE,
    LINKS,
    SHORT_LAGS,
    SHORT_LAGS_SPAN,
    SHORT_LAGS_STEP,
    SPAN,
)

DRAWN = np.array([64, 100, 100])
"""Number of titles drawn by each kind of link."""
CO_CHOSEN_STEP = 0.87
"""Factor for each title further back, for co-occurrence."""
SHRINK = 1.0
"""Pseudo-counts added to both titles' counts, so that one chance co-occurrence of two rare titles has little weight."""
_LAGS = np.arange(SPAN)
ASKED: Floats = np.stack(
    [
        (_LAGS == 0).astype(np.float64),
        np.where(_LAGS < SHORT_LAGS_SPAN, np.power(SHORT_LAGS_STEP, _LAGS), 0.0),
        np.power(CO_CHOSEN_STEP, _LAGS),
    ],
    axis=1,
)
"""Weights of the rows of the last titles, by lag, [SPAN × LINKS]."""


class LinkRows(NamedTuple):
    """Rows of neighbours, and how often each title was chosen (``models.neighbours``)."""

    ids: NDArray[np.int32]
    weights: Floats
    chosen: Floats


# These functions take arrays one by one, for the reason given in ``candidates.generate``.


@compiled
def links_of(
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
    """Writes the titles in the rows of the last titles, their links, and the lag of the strongest; ``slot`` [titles]: index of each, else -1. Returns their number."""
    size = 0
    for lag in range(SPAN):
        before = recent[lag]
        if before < 0 or before >= len(chosen):
            continue
        factor = ASKED[lag, CO_CHOSEN] / np.sqrt(chosen[before] + SHRINK)
        for place in range(ids.shape[1]):
            title = ids[before, place]
            if title < 0:  # rows are filled from the front
                break
            at = slot[title]
            if at < 0:
                at = slot[title] = size
                titles[size], lags[size], strongest[size] = title, lag, -1.0
                sums[size] = 0.0
                size += 1
            for link in (LAG_ONE, SHORT_LAGS):
                sums[at, link] += weights[before, place, link] * ASKED[lag, link]
            co_chosen = weights[before, place, CO_CHOSEN] * factor
            sums[at, CO_CHOSEN] += co_chosen
            if co_chosen > strongest[at]:
                strongest[at], lags[at] = co_chosen, lag
    for at in range(size):
        sums[at, CO_CHOSEN] /= np.sqrt(chosen[titles[at]] + SHRINK)
    return size


@compiled
def drawn(
    linked: Ints,
    sums: Floats,
    chosen: Floats,
    digests: NDArray[np.uint32],
    notes: Ints,
    candidates: Ints,
    last: int,
) -> int:
    """Adds the eligible titles with the strongest links to ``candidates``. Returns where these end."""
    drawn, strength = np.zeros(len(linked), dtype=np.bool_), np.empty(len(linked))
    for link in range(LINKS):
        for n in range(len(linked)):
            # Short-lag transitions are normalised by popularity, as popular titles follow everything.
            often = chosen[linked[n]] + SHRINK if link == SHORT_LAGS else 1.0
            strength[n] = 0.0 if notes[linked[n]] & REASON else sums[n, link] / often
        _draw(linked, strength, DRAWN[link], digests, drawn)
    for n in range(len(linked)):
        if drawn[n]:
            notes[linked[n]] |= FOUND
            candidates[last], last = linked[n], last + 1
    return last


@compiled
def join(
    candidates: Ints, slot: NDArray[np.int32], sums: Floats, lag_of: Ints, strengths: Floats, lags: Ints
) -> None:
    """Writes the links and lags of candidates; 0, and lag -1, for those without links."""
    for n in range(len(candidates)):
        at = slot[candidates[n]]
        lags[n] = lag_of[at] if at >= 0 else -1
        for link in range(LINKS):
            strengths[n, link] = sums[at, link] if at >= 0 else 0.0


@compiled
def _draw(
    titles: Ints, strength: Floats, count: int, digests: NDArray[np.uint32], drawn: NDArray[np.bool_]
) -> None:
    """Marks the ``count`` strongest titles as drawn; ties at the edge are broken by digests."""
    linked = np.flatnonzero(strength > 0.0)
    if len(linked) <= count:
        drawn[linked] = True
        return
    edge = len(linked) - count
    least = nth_least(strength[linked], edge)
    above = np.flatnonzero(strength > least)
    tied = np.flatnonzero(strength == least)
    drawn[above] = True
    bounds, room = np.array([0, len(tied)]), count - len(above)
    drawn[tied[top_k(strength[tied], digests[titles[tied]], bounds, room)[0]]] = True

"""Titles of which little is known by what they are about: those nearest to a taste, among the newest of the catalogue."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Floats, Hashes, Ids, Ints, Singles
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import HALVES

LITTLE = 10.0
"""Choices in a market from which on a title is found by them."""
YOUNG_S = 30 * 86_400
"""A title is new for so long."""
KEPT = 64
"""Titles that are found, of which some may not be shown."""
_NOTHING: Floats = np.zeros((0, HALVES))


def nearest(view: MarketSnapshot, taste: Floats, until_s: int) -> tuple[Ids, Ids]:
    """The new titles nearest to a taste, and the nearest of any age, best first; ``taste``: of length 1, [64]."""
    catalogue, order = view.catalogue, view.shelves.by_age
    catalogue.tags.make_room(len(catalogue.titles))
    counts = _NOTHING if view.tally is None else view.tally.counts
    found, sizes = _nearest(
        order, catalogue.added_at, counts, catalogue.tags.embedding, taste, catalogue.mark, until_s
    )
    return found[0, : sizes[0]], found[1, : sizes[1]]


def chosen_here(view: MarketSnapshot, titles: Ints) -> Floats:
    """How often titles were chosen in a market, as of the last time: never less than what is left of it."""
    counts = np.zeros(len(titles))
    if view.tally is not None:
        known = titles < len(view.tally.counts)
        counts[known] = view.tally.counts[titles[known], HALVES - 1]
    return counts


@compiled
def _nearest(
    order: Ids,
    added_at: Ints,
    counts: Floats,
    embedding: Singles,
    taste: Floats,
    marks: Hashes,
    until_s: int,
) -> tuple[Ids, Ints]:
    found, sizes = np.full((2, KEPT), -1, dtype=np.int32), np.zeros(2, dtype=np.int64)
    near, ties = np.empty(found.shape), np.empty(found.shape, dtype=np.uint32)
    for title in order:
        age_s = until_s - added_at[title] // 1000
        if age_s < 0 or (title < len(counts) and counts[title, HALVES - 1] >= LITTLE):
            continue
        alike = _cosine(embedding[title], taste)
        if alike > 0.0:
            if added_at[title] > 0 and age_s <= YOUNG_S:
                sizes[0] = offer(found, near, ties, 0, sizes[0], title, alike, marks[title])
            sizes[1] = offer(found, near, ties, 1, sizes[1], title, alike, marks[title])
    return found, sizes


@compiled
def _cosine(one: Singles, other: Floats) -> float:
    """Of vectors of length 1, in four sums, so that none waits for the other; always in this order."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for place in range(0, len(other), 4):
        a += one[place] * other[place]
        b += one[place + 1] * other[place + 1]
        c += one[place + 2] * other[place + 2]
        d += one[place + 3] * other[place + 3]
    return (a + b) + (c + d)

"""Rarely chosen titles by content: those nearest to a profile's content vector, among the newest of the catalogue."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import nth_least, offer
from playhead.arrays.types import Floats, Hashes, Ids, Ints, Singles
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import HALVES

LITTLE = 10.0
"""Choices in a market from which on a title no longer counts as rarely chosen."""
YOUNG_S = 30 * 86_400
"""Age up to which a title counts as new."""
KEPT = 64
"""Number of titles returned; more than the quota, as some may be ineligible."""
STEP, SAMPLED = 8, 3 * KEPT
"""The floor of the cosines is estimated from every ``STEP``-th title, so that about ``SAMPLED`` titles are above it."""
_NOTHING: Floats = np.zeros((0, HALVES))


def nearest(view: MarketSnapshot, taste: Floats, until_s: int) -> tuple[Ids, Ids]:
    """The new titles nearest to a content vector, and the nearest of any age, best first; ``taste``: of length 1, [64]."""
    catalogue, order = view.catalogue, view.index.by_age
    counts = _NOTHING if view.tally is None else view.tally.counts
    alike = _cosines(catalogue.tags.across(order), taste.astype(np.float32))
    titles, sizes = _nearest(alike, order, view.index.added_by_age, counts, catalogue.digest, until_s)
    return titles[0, : sizes[0]], titles[1, : sizes[1]]


@compiled
def _nearest(
    alike: Singles, order: Ids, added_s: Ints, counts: Floats, digests: Hashes, until_s: int
) -> tuple[Ids, Ints]:
    """The titles with the largest cosines, of the new ones and of all; ``order`` is by age, newest first."""
    best, sizes = np.full((2, KEPT), -1, dtype=np.int32), np.zeros(2, dtype=np.int64)
    near, ties = np.zeros(best.shape), np.empty(best.shape, dtype=np.uint32)
    new = 0
    while new < len(order) and added_s[new] > 0 and until_s - added_s[new] <= YOUNG_S:
        new += 1
    sizes[0] = _offer_above(0.0, best, near, ties, 0, alike[:new], order, added_s, counts, digests, until_s)
    floor = _floor(alike)
    sizes[1] = _offer_above(floor, best, near, ties, 1, alike, order, added_s, counts, digests, until_s)
    if sizes[1] < KEPT and floor > 0.0:  # too many of those above the floor are chosen often
        sizes[1] = _offer_above(0.0, best, near, ties, 1, alike, order, added_s, counts, digests, until_s)
    return best, sizes


@compiled
def _floor(alike: Singles) -> float:
    """A cosine above which there are about ``SAMPLED`` titles, estimated from every eighth; 0 for few titles."""
    if len(alike) < STEP * SAMPLED:
        return 0.0
    sample = alike[::STEP].astype(np.float64)
    return max(nth_least(sample, len(sample) - SAMPLED // STEP), 0.0)


@compiled
def _offer_above(
    floor: float,
    best: Ids,
    near: Floats,
    ties: Hashes,
    row: int,
    alike: Singles,
    order: Ids,
    added_s: Ints,
    counts: Floats,
    digests: Hashes,
    until_s: int,
) -> int:
    """Fills the list in a row with the rarely chosen titles whose cosine is at least ``floor``; the cheap comparison of cosines comes before all look-ups."""
    size = 0
    for n in range(len(alike)):
        if alike[n] <= 0.0 or alike[n] < floor or until_s < added_s[n]:
            continue
        title = order[n]
        if title < len(counts) and counts[title, HALVES - 1] >= LITTLE:
            continue
        size = offer(best, near, ties, row, size, title, alike[n], digests[title])
        if size == KEPT:
            floor = max(floor, near[row, KEPT - 1])
    return size


@compiled
def _cosines(across: Singles, taste: Singles) -> Singles:
    """Cosines of titles' embeddings [64 × titles] with a content vector, all of length 1; each sum is in a fixed order."""
    alike = np.zeros(across.shape[1], dtype=np.float32)
    for place in range(len(taste)):
        line, weight = across[place], taste[place]
        for title in range(len(alike)):
            alike[title] += line[title] * weight
    return alike

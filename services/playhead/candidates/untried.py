"""Rarely chosen titles by content: those nearest to a profile's content vector, among the newest of the catalogue."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Floats, Hashes, Ids, Ints, Singles
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import HALVES

LITTLE = 10.0
"""Choices in a market from which on a title no longer counts as rarely chosen."""
YOUNG_S = 30 * 86_400
"""Age up to which a title counts as new."""
KEPT = 64
"""Number of titles returned; more than the quota, as some may be ineligible."""
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
    """The titles with the largest cosines; the cheap comparison of cosines comes before all look-ups."""
    best, sizes = np.full((2, KEPT), -1, dtype=np.int32), np.zeros(2, dtype=np.int64)
    near, ties = np.zeros(best.shape), np.empty(best.shape, dtype=np.uint32)
    for n in range(len(order)):
        age_s = until_s - added_s[n]
        new = added_s[n] > 0 and age_s <= YOUNG_S
        least = near[1, KEPT - 1]
        if new:
            least = min(least, near[0, KEPT - 1])
        if alike[n] <= 0.0 or alike[n] < least or age_s < 0:
            continue
        title = order[n]
        if title < len(counts) and counts[title, HALVES - 1] >= LITTLE:
            continue
        if new:
            sizes[0] = offer(best, near, ties, 0, sizes[0], title, alike[n], digests[title])
        sizes[1] = offer(best, near, ties, 1, sizes[1], title, alike[n], digests[title])
    return best, sizes


@compiled
def _cosines(across: Singles, taste: Singles) -> Singles:
    """Cosines of titles' embeddings [64 × titles] with a content vector, all of length 1; each sum is in a fixed order."""
    alike = np.zeros(across.shape[1], dtype=np.float32)
    for place in range(len(taste)):
        line, weight = across[place], taste[place]
        for title in range(len(alike)):
            alike[title] += line[title] * weight
    return alike

"""Indexes of the catalogue: how many titles have a label, the newest titles, and all of them in a fixed order."""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import digest
from playhead.arrays.jit import compiled
from playhead.arrays.lazy import lazy
from playhead.arrays.top_k import offer
from playhead.arrays.types import Ids
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.groups import Groups

FRESH_OF_LABEL = 15
NEWEST = 4_096
"""Number of newest titles that are scored by content for each profile; titles of unknown age fill up the rest."""


class CatalogueIndex:
    """The indexes of one version of the catalogue; every order is the same in every process.

    Thousands of titles may be published at once, with rankings in between: so each index is computed on first use,
    3 ms for 20,000 titles.

    ``having`` [labels]: how many titles have each label; ``label_digests`` break ties between labels; ``listed``: all listed titles, in the order of their digests.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        size = len(catalogue.titles)
        labels, digests, added = catalogue.label_of[:size], catalogue.digest[:size], catalogue.added_at[:size]
        self._newest, self._having = _newest(labels, added, digests, len(catalogue.labels), FRESH_OF_LABEL)
        self.having = self._having.astype(np.float64)
        self.label_digests = np.array([digest(name) for name in catalogue.labels.names()], dtype=np.uint32)
        by_digest = np.argsort(digests, kind="stable")
        self.listed: Ids = by_digest[catalogue.listed[by_digest]].astype(np.int32)

    @lazy
    def by_age(self) -> Ids:
        """The newest listed titles, at most ``NEWEST``; titles of unknown age come last, ties are in the order of digests."""
        added = np.maximum(self._catalogue.added_at[self.listed], 0)
        edge = max(len(added) - NEWEST, 0)
        least = np.partition(added, edge)[edge] if edge else 0
        newest = np.flatnonzero(added >= least)
        order: Ids = self.listed[newest[np.argsort(-added[newest], kind="stable")]][:NEWEST]
        return order

    @lazy
    def added_by_age(self) -> NDArray[np.int64]:
        """When each title of ``by_age`` was added, in s since 1970, at most 0 if unknown."""
        added: NDArray[np.int64] = self._catalogue.added_at[self.by_age] // 1000
        return added

    @lazy
    def groups(self) -> Groups | None:
        """The groups of titles that a page shows as one card."""
        catalogue = self._catalogue
        return catalogue.groups.index(catalogue.titles, catalogue.listed)

    def newest(self, label: int) -> Ids:
        """The newest titles with a label, at most ``FRESH_OF_LABEL``."""
        return self._newest[label, : min(self._having[label], FRESH_OF_LABEL)]


@compiled
def _newest(
    label_of: Ids, added: NDArray[np.int64], digests: NDArray[np.uint32], labels: int, count: int
) -> tuple[Ids, NDArray[np.int64]]:
    """The newest titles of each label, ties in the order of their digests, [labels × count]; and the number of titles that have it, [labels]."""
    newest, having = np.full((labels, count), -1, dtype=np.int32), np.zeros(labels, dtype=np.int64)
    dates, ties = np.empty((labels, count), dtype=np.int64), np.empty((labels, count), dtype=np.uint32)
    for title in range(len(label_of)):
        for label in label_of[title]:
            if label >= 0:
                size = min(having[label], count)
                offer(newest, dates, ties, label, size, title, added[title], digests[title])
                having[label] += 1
    return newest, having

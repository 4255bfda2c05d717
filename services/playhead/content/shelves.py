"""The catalogue sorted: which titles have a label, and which are the newest. Made once for each version of it."""

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import digest
from playhead.content.vocabulary import Ids

FRESH = 40


class Shelves:
    """Titles by label, and the newest titles; ``titles`` and ``labels`` are all pairs, sorted by label and mark.

    A label's titles stand in the order of their marks, so that a sum over them is the same in every process;
    ``label_marks`` break ties between labels the same way in every process.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        size = len(catalogue.titles)
        labels = catalogue.label_of[:size]
        title, place = np.nonzero(labels >= 0)
        order = np.lexsort((catalogue.mark[title], labels[title, place]))
        self.titles: NDArray[np.int64] = title[order]
        self.labels: NDArray[np.int32] = labels[title, place][order]
        self._starts = np.searchsorted(self.labels, np.arange(len(catalogue.labels) + 1))
        self.label_marks = np.array([digest(name) for name in catalogue.labels.names()], dtype=np.uint32)
        self.fresh = _newest(catalogue, size)

    def having(self, label: int) -> NDArray[np.int64]:
        """The titles with a label."""
        return self.titles[self._starts[label] : self._starts[label + 1]]


def _newest(catalogue: Catalogue, size: int) -> Ids:
    added = catalogue.added_at[:size]
    order = np.lexsort((catalogue.mark[:size], -added))[:FRESH]
    return order[added[order] > 0].astype(np.int32)

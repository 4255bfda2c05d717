"""The catalogue sorted: how many titles have a label, the newest titles, and all of them in a fixed order."""

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import digest
from playhead.content.vocabulary import Ids

FRESH = 40
FRESH_OF_LABEL = 15


class Shelves:
    """Made once for each version of the catalogue; every order is the same in every process.

    ``having`` [labels]: how many titles have each label; ``label_marks`` break ties between labels; ``fresh``: the
    newest titles; ``listed``: all that the catalogue lists, in the order of their marks.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        size = len(catalogue.titles)
        labels = catalogue.label_of[:size]
        title, place = np.nonzero(labels >= 0)
        label = labels[title, place]
        self.having = np.bincount(label, minlength=len(catalogue.labels)).astype(np.float64)
        self.label_marks = np.array([digest(name) for name in catalogue.labels.names()], dtype=np.uint32)
        marks, added = catalogue.mark[:size], catalogue.added_at[:size]
        newest = np.lexsort((marks, -added))
        self.fresh: Ids = newest[added[newest] > 0][:FRESH].astype(np.int32)
        by_mark = np.argsort(marks, kind="stable")
        self.listed: Ids = by_mark[catalogue.listed[by_mark]].astype(np.int32)
        order = np.lexsort((marks[title], -added[title], label))
        self._titles: Ids = title[order].astype(np.int32)
        self._starts: NDArray[np.int64] = np.searchsorted(label[order], np.arange(len(self.having) + 1))

    def newest(self, label: int) -> Ids:
        """The newest titles with a label."""
        return self._titles[self._starts[label] : self._starts[label + 1]][:FRESH_OF_LABEL]

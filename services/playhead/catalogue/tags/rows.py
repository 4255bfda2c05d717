"""The features of all titles, concatenated, for compiled loops."""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.reserve import grown
from playhead.catalogue.tags.words import Features

LEAST = 1_024


class FeatureRows:
    """Rows of (slot, value), by number; ``weighted`` holds each value with the rarity weight that it was last learned with.

    ``bounds`` [rows × 2]: where a row begins and ends; both 0 for an empty row.
    """

    def __init__(self) -> None:
        self.bounds: NDArray[np.int64] = np.zeros((LEAST, 2), dtype=np.int64)
        self.slots: NDArray[np.int32] = np.zeros(LEAST, dtype=np.int32)
        self.values: NDArray[np.float32] = np.zeros(LEAST, dtype=np.float32)
        self.weighted: NDArray[np.float32] = np.zeros(LEAST, dtype=np.float32)
        self._end = 0
        self._used = 0

    def of(self, row: int) -> slice:
        """The slice of a row's features."""
        return slice(*self.bounds[row].tolist())

    def put(self, row: int, features: Features) -> None:
        """Sets the features of a row."""
        slots, values = features
        self.drop(row)
        end = self._end + len(slots)
        if row >= len(self.bounds):
            self.bounds = grown(self.bounds, 2 * row)
        if end > len(self.slots):
            size = max(2 * len(self.slots), end)
            self.slots, self.values = grown(self.slots, size), grown(self.values, size)
            self.weighted = grown(self.weighted, size)
        here = slice(self._end, end)
        self.slots[here], self.values[here], self.weighted[here] = slots, values, 0.0
        self.bounds[row] = self._end, end
        self._end = end
        self._used += len(slots)

    def drop(self, row: int) -> None:
        """Empties a row; compacts the arrays when less than half of them is in use."""
        if row >= len(self.bounds):
            return
        first, last = self.bounds[row].tolist()
        self.bounds[row] = 0
        self._used -= last - first
        if self._end > LEAST and 2 * self._used < self._end:
            self._move_together()

    def _move_together(self) -> None:
        rows = np.flatnonzero(self.bounds[:, 1] > self.bounds[:, 0])
        kept = [np.arange(*self.bounds[row].tolist()) for row in rows]
        places = np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)
        for values in (self.slots, self.values, self.weighted):
            values[: len(places)] = values[places]
        ends = np.cumsum([len(row_places) for row_places in kept], dtype=np.int64)
        self.bounds[rows, 0] = np.concatenate([[0], ends])[: len(rows)]
        self.bounds[rows, 1] = ends
        self._end = len(places)

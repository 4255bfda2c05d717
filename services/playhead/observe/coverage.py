"""How much of the catalogue is shown at all: which titles were among the first of a ranking lately."""

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WITHIN_S = 600.0


class Coverage:
    """When each title was last among the first, by its number in this process."""

    def __init__(self) -> None:
        self._shown_s: NDArray[np.float64] = np.full(1_024, -np.inf)
        self._known = 0

    def shown(self, titles: Iterable[int], known: int, now_s: float) -> None:
        """Notes titles that are shown now, of so many known ones."""
        self._known = max(self._known, known)
        if self._known > len(self._shown_s):
            grown = np.full(2 * self._known, -np.inf)
            grown[: len(self._shown_s)] = self._shown_s
            self._shown_s = grown
        self._shown_s[list(titles)] = now_s

    def share(self, now_s: float | None = None) -> float:
        """The share of known titles that were shown within ``WITHIN_S``; NaN while none is known."""
        if not self._known:
            return float("nan")
        since_s = (time.monotonic() if now_s is None else now_s) - WITHIN_S
        return float((self._shown_s >= since_s).sum() / self._known)

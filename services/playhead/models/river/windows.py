"""The last outcomes of a model and what it had predicted of them, for tables; nothing that is learned depends on it."""

import numpy as np

from playhead.arrays.types import Floats

KEPT = 2_000


class PredictionWindow:
    """The last ``KEPT`` of them."""

    def __init__(self) -> None:
        self._predicted: Floats = np.zeros(KEPT)
        self._labels: Floats = np.zeros(KEPT)
        self._count = 0

    def add(self, predicted: float, label: float) -> None:
        """One more."""
        place = self._count % KEPT
        self._predicted[place], self._labels[place] = predicted, label
        self._count += 1

    def log_loss(self) -> float | None:
        """Mean of -log of the chance of what happened; None of nothing."""
        predicted, labels = self._values()
        if not len(predicted):
            return None
        return float(np.logaddexp(0.0, np.where(labels > 0.0, -predicted, predicted)).mean())

    def error(self) -> float | None:
        """Mean distance, for a number that was predicted."""
        predicted, labels = self._values()
        return float(np.abs(np.expm1(predicted) - np.expm1(labels)).mean()) if len(predicted) else None

    def auc(self) -> float | None:
        """Chance that what happened was given more than what didn't, ties half; None while there is only one of both."""
        predicted, labels = self._values()
        good, bad = predicted[labels > 0.0], np.sort(predicted[labels <= 0.0])
        if not len(good) or not len(bad):
            return None
        below, upto = np.searchsorted(bad, good, "left"), np.searchsorted(bad, good, "right")
        return float((below + upto).mean() / 2.0 / len(bad))

    def _values(self) -> tuple[Floats, Floats]:
        return self._predicted[: self._count], self._labels[: self._count]

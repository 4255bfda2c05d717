"""A model's last predictions with their outcomes, for tables; nothing that is learned depends on them."""

import numpy as np

from playhead.arrays.types import Floats

KEPT = 2_000


class PredictionWindow:
    """The last ``KEPT`` predictions and labels."""

    def __init__(self) -> None:
        self._predicted: Floats = np.zeros(KEPT)
        self._labels: Floats = np.zeros(KEPT)
        self._count = 0

    def add(self, predicted: float, label: float) -> None:
        """Adds a prediction (log-odds, or log(1 + seconds)) with its label."""
        place = self._count % KEPT
        self._predicted[place], self._labels[place] = predicted, label
        self._count += 1

    def log_loss(self) -> float | None:
        """Mean log-loss; None without predictions."""
        predicted, labels = self._values()
        if not len(predicted):
            return None
        return float(np.logaddexp(0.0, np.where(labels > 0.0, -predicted, predicted)).mean())

    def error(self) -> float | None:
        """Mean absolute error in seconds, of a regressor; None without predictions."""
        predicted, labels = self._values()
        return float(np.abs(np.expm1(predicted) - np.expm1(labels)).mean()) if len(predicted) else None

    def auc(self) -> float | None:
        """Area under the ROC curve, ties count half; None while only one class was seen."""
        predicted, labels = self._values()
        good, bad = predicted[labels > 0.0], np.sort(predicted[labels <= 0.0])
        if not len(good) or not len(bad):
            return None
        below, upto = np.searchsorted(bad, good, "left"), np.searchsorted(bad, good, "right")
        return float((below + upto).mean() / 2.0 / len(bad))

    def _values(self) -> tuple[Floats, Floats]:
        return self._predicted[: self._count], self._labels[: self._count]

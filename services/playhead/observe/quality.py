"""Prequential quality of the outcome heads: how well they predict each outcome before it is learned (Dawid, 1984), and drift of that."""

from collections.abc import Iterable
from math import log

import numpy as np
from river.drift import ADWIN

from playhead.arrays.types import Bools, Floats
from playhead.domain.stats import PrequentialPrediction
from playhead.observe import metrics
from playhead.observe.markets import SHARED

KEPT = 2_000
"""Outcomes in a window: an AUC of .75 is then known to about ±.02."""
BINS = 10
FLOOR = 1e-6


class Window:
    """The last outcomes of one head in one market, with their predictions; metrics are computed when asked for."""

    def __init__(self, kept: int = KEPT) -> None:
        self._probabilities: Floats = np.zeros(kept)
        self._labels: Bools = np.zeros(kept, dtype=np.bool_)
        self._count = 0
        self._drift = ADWIN()  # type: ignore[no-untyped-call]

    def add(self, probability: float, label: int) -> bool:
        """Adds an outcome; returns whether the log-loss has changed its level (Bifet and Gavaldà, 2007)."""
        place = self._count % len(self._probabilities)
        self._probabilities[place], self._labels[place] = probability, label
        self._count += 1
        loss = -log(max(probability if label else 1.0 - probability, FLOOR))
        self._drift.update(loss)  # type: ignore[no-untyped-call]
        return bool(self._drift.drift_detected)

    def values(self) -> tuple[Floats, Bools]:
        """Predicted probabilities and labels, in no order."""
        return self._probabilities[: self._count], self._labels[: self._count]


def log_loss(probabilities: Floats, labels: Bools) -> float:
    """Mean -log of the predicted probability of what happened; NaN without outcomes."""
    if not len(labels):
        return float("nan")
    return float(-np.log(np.maximum(np.where(labels, probabilities, 1.0 - probabilities), FLOOR)).mean())


def auc(probabilities: Floats, labels: Bools) -> float:
    """Probability that an outcome that happened was predicted above one that did not, ties half; NaN with one kind only."""
    good, bad = probabilities[labels], np.sort(probabilities[~labels])
    if not len(good) or not len(bad):
        return float("nan")
    below, upto = np.searchsorted(bad, good, "left"), np.searchsorted(bad, good, "right")
    return float((below + upto).mean() / 2.0 / len(bad))


def calibration_error(probabilities: Floats, labels: Bools) -> float:
    """Expected calibration error (Naeini et al., 2015); NaN without outcomes."""
    if not len(labels):
        return float("nan")
    bins = np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - labels, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def bias(probabilities: Floats, labels: Bools) -> float:
    """Mean predicted probability divided by mean label; NaN while nothing happened."""
    happened = int(labels.sum())
    return float(probabilities.sum() / happened) if happened else float("nan")


class Quality:
    """A window for each head and market."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], Window] = {}

    def learned(self, outcomes: Iterable[PrequentialPrediction]) -> None:
        """Takes in prequential predictions."""
        by_head: dict[tuple[str, str], list[tuple[float, int]]] = {}
        for head, market, probability, label in outcomes:
            by_head.setdefault((head, SHARED.name(market)), []).append((probability, label))
        for key, pairs in by_head.items():
            window = self._windows.get(key)
            if window is None:
                window = self._windows[key] = _shown(key)
            metrics.OUTCOMES.labels(*key).inc(len(pairs))
            metrics.POSITIVES.labels(*key).inc(sum(label for _, label in pairs))
            drifts = sum(window.add(probability, label) for probability, label in pairs)
            if drifts:
                metrics.DRIFT.labels(*key).inc(drifts)


QUALITY = Quality()


def _shown(key: tuple[str, str]) -> Window:
    window = Window()
    # Sorting a window takes a tenth of a millisecond: when somebody asks, not with each outcome.
    metrics.LOG_LOSS.labels(*key).set_function(lambda: log_loss(*window.values()))
    metrics.AUC.labels(*key).set_function(lambda: auc(*window.values()))
    metrics.CALIBRATION_ERROR.labels(*key).set_function(lambda: calibration_error(*window.values()))
    metrics.BIAS.labels(*key).set_function(lambda: bias(*window.values()))
    metrics.DRIFT.labels(*key)
    return window

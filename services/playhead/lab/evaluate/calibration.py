"""How good the heads' predictions are: do they order outcomes, are they true as probabilities, how far off in seconds.

Taken over predictions that were made before their outcome was learned.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np

from playhead.arrays.types import Floats

BINS = 15
"""Bins of equal mass: with equal widths most predictions of rare outcomes fall into one."""
SECONDS = "watch_s"
"""The head whose prediction and label are seconds, not a probability and an outcome."""
PAIRS = 2_000_000
"""Pairs drawn for the share of those in the right order: its standard error is below 0.0004."""
LEAST = 1e-7
"""A prediction of 0 or 1 that fails costs log(1e7), not infinity."""


class CalibrationRow(Protocol):
    """One prediction; ``label`` is None while the outcome is open."""

    @property
    def head(self) -> str:
        """The head that made the prediction."""
        ...

    @property
    def p(self) -> float:
        """The prediction."""
        ...

    @property
    def label(self) -> float | None:
        """The outcome."""
        ...

    @property
    def occurred_at(self) -> int:
        """When the prediction was made, in milliseconds."""
        ...


class Bin(NamedTuple):
    """Predictions of about the same size: their mean, and the mean outcome."""

    predicted: float
    happened: float
    rows: int


def heads(rows: Iterable[CalibrationRow]) -> dict[str, Any]:
    """Metrics by head, over all predictions with an outcome and over those in the second half of their time.

    Raises:
        FloatingPointError: a prediction is not finite.
    """
    settled = [(row.head, row.p, row.label, row.occurred_at) for row in rows if row.label is not None]
    metrics: dict[str, Any] = {}
    for head in dict.fromkeys(name for name, *_ in settled):
        values = np.array([rest for name, *rest in settled if name == head], dtype=np.float64)
        p, label, at_ms = values.T
        if not np.isfinite(p).all():
            raise FloatingPointError(f"{head}: a prediction is not finite")
        later = at_ms >= (at_ms.min() + at_ms.max()) / 2
        measure = seconds if head == SECONDS else outcomes
        metrics[head] = {"all": measure(p, label), "second_half": measure(p[later], label[later])}
    return metrics


def outcomes(p: Floats, label: Floats) -> dict[str, Any]:
    """Metrics of a head that predicts a probability."""
    bins = reliability(p, label)
    return {
        "rows": len(p),
        "rate": float(label.mean()) if len(p) else None,
        "auc": auc(p, label),
        "log_loss": log_loss(p, label),
        "ece": calibration_error(bins),
        "bins": [list(each) for each in bins],
    }


def seconds(p: Floats, label: Floats) -> dict[str, Any]:
    """Metrics of a head that predicts seconds."""
    return {
        "rows": len(p),
        "mae_s": float(np.abs(p - label).mean()) if len(p) else None,
        "xauc": xauc(p, label),
    }


def auc(p: Floats, label: Floats) -> float | None:
    """P(a prediction of what happened is above one of what did not), ties half; None with one outcome only.

    >>> auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1]))
    0.875
    """
    happened = label > 0
    positive, negative = int(happened.sum()), int((~happened).sum())
    if not positive or not negative:
        return None
    _, place, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[happened].sum() - positive * (positive + 1) / 2) / (positive * negative))


def log_loss(p: Floats, label: Floats) -> float | None:
    """Mean -log P(what happened), in nats."""
    if not len(p):
        return None
    safe = np.clip(p, LEAST, 1.0 - LEAST)
    return float(-(label * np.log(safe) + (1.0 - label) * np.log1p(-safe)).mean())


def reliability(p: Floats, label: Floats, bins: int = BINS) -> list[Bin]:
    """Predictions in bins of equal mass, lowest first."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [Bin(float(p[part].mean()), float(label[part].mean()), len(part)) for part in parts]


def calibration_error(bins: list[Bin]) -> float | None:
    """ECE: mean distance between prediction and outcome over the bins (Naeini et al. 2015).

    >>> round(calibration_error([Bin(0.2, 0.1, 3), Bin(0.6, 0.6, 1)]), 3)
    0.075
    """
    total = sum(each.rows for each in bins)
    if not total:
        return None
    return sum(abs(each.predicted - each.happened) * each.rows for each in bins) / total


def xauc(p: Floats, label: Floats, pairs: int = PAIRS, seed: int = 1) -> float | None:
    """Share of pairs with different outcomes whose predictions are in the same order, ties half; of drawn pairs."""
    if len(p) < 2:
        return None
    first, second = np.random.default_rng(seed).integers(0, len(p), (2, pairs))
    wanted = np.sign(label[first] - label[second])
    given = np.sign(p[first] - p[second])
    differ = wanted != 0
    return float(((wanted * given)[differ] + 1.0).mean() / 2.0) if differ.any() else None

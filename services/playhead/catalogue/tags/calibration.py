"""Calibration of scores to probabilities: one logistic curve for all labels, learned from held-out titles (Platt 1999)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FIRST = np.array([2.9, 1.33, -0.01, -0.14])
"""The prior of the curve, measured on 3,839 synopses of films."""
STRENGTH = 100.0
"""Weight of the prior, in examples."""
STEPS = 8


class Calibration:
    """The probability of a label, from its score and from how many titles have it."""

    def __init__(self) -> None:
        self._curve = FIRST.copy()

    def fit(self, scores: Floats, prior: Floats, has: NDArray[np.bool_], known: NDArray[np.bool_]) -> None:
        """Fits the curve from scratch, by Newton's method.

        Args:
            scores: [titles × labels] score of each label, learned from other titles.
            prior: [labels] share of the titles that have a label.
            has: [titles × labels] whether a title has the label.
            known: [titles × labels] whether that is known.
        """
        inputs, wanted = _inputs(scores, prior)[known], has[known].astype(np.float64)
        curve = FIRST.copy()
        for _ in range(STEPS):
            probability = 1.0 / (1.0 + np.exp(-inputs @ curve))
            spread = probability * (1.0 - probability)
            hessian = inputs.T @ (inputs * spread[:, None]) + STRENGTH * np.eye(len(curve))
            slope = inputs.T @ (wanted - probability) - STRENGTH * (curve - FIRST)
            curve = curve + np.linalg.solve(hessian, slope)
        self._curve = curve if np.isfinite(curve).all() else FIRST.copy()

    def probability(self, scores: Floats, prior: Floats) -> NDArray[np.float64]:
        """Calibrated probabilities, [titles × labels]."""
        calibrated: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(_inputs(scores, prior) @ self._curve)))
        return calibrated


def _inputs(scores: Floats, prior: Floats) -> NDArray[np.float64]:
    share = np.clip(prior.astype(np.float64), 1e-4, 1.0 - 1e-4)
    standard = np.clip((scores - share) / np.sqrt(share * (1.0 - share)), -4.0, 8.0)
    odds = np.broadcast_to(np.log(share / (1.0 - share)), scores.shape)
    return np.stack([standard, odds, np.ones_like(standard), standard * odds], axis=-1)

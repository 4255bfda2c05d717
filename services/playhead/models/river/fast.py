"""Linear and factorisation models of River as a few columns of numbers, so that a page is scored without calling River.

    log-odds (or target) = first column + ½ Σ further columns²        columns = constant + x · weights (+ x² · squares, in the first)

A factorisation machine (Rendle, 2010) is ½ Σ_f (Σ_i v_if x_i)² - ½ Σ_i v_if² x_i²: each sum over features splits into sums over those of the title,
of the profile and of the pair, and the part of the title is computed once for all profiles.
"""

from typing import Any, NamedTuple

import numpy as np
from river import compose, facto, linear_model, optim, preprocessing

from playhead.arrays.types import Floats
from playhead.models.river.named import FEATURES


class Fast(NamedTuple):
    """A model as columns: ``weights`` [inputs × columns], ``squares`` [inputs] of the first column, ``constant`` [columns]."""

    weights: Floats
    squares: Floats
    constant: Floats

    def predict(self, x: Floats) -> Floats:
        """Log-odds, or the target of a regressor, of rows of inputs, [rows]."""
        columns = x @ self.weights + self.constant
        total: Floats = columns[:, 0] + x**2 @ self.squares + 0.5 * (columns[:, 1:] ** 2).sum(axis=1)
        return total


def fast_of(model: Any) -> Fast | None:
    """A model as columns, None for a class that can't be."""
    *before, last = model.steps.values() if isinstance(model, compose.Pipeline) else [model]
    scaler = before[0] if before else None
    if len(before) > 1 or not (scaler is None or _is_scaler(scaler)):
        return None
    if type(last) in (linear_model.LogisticRegression, linear_model.LinearRegression):
        if type(last) is linear_model.LogisticRegression and type(last.loss) is not optim.losses.Log:
            return None
        weights = np.array([last.weights.get(name, 0.0) for name in FEATURES])
        return _scaled(scaler, weights, np.zeros((len(FEATURES), 0)), float(last.intercept))
    if type(last) in (facto.FMClassifier, facto.FMRegressor) and not last.sample_normalization:
        weights = np.array([last.weights.get(name, 0.0) for name in FEATURES])
        none = np.zeros(last.n_factors)
        latents = np.array([last.latents.get(name, none) for name in FEATURES])
        return _scaled(scaler, weights, latents, float(last.intercept))
    return None


def _is_scaler(step: Any) -> bool:
    return type(step) is preprocessing.StandardScaler and step.window_size is None


def _scaled(scaler: Any, weights: Floats, latents: Floats, intercept: float) -> Fast:
    """Columns over unscaled inputs, equal to a model over inputs scaled by ``scaler``."""
    mean, scale = np.zeros(len(weights)), np.ones(len(weights))
    if scaler is not None:
        mean = np.array([scaler.means.get(name, 0.0) for name in FEATURES])
        if scaler.with_std:
            deviation = np.array([scaler.vars.get(name, 0.0) for name in FEATURES]) ** 0.5
            scale = np.where(deviation > 0.0, 1.0 / np.where(deviation > 0.0, deviation, 1.0), 0.0)
        else:
            scale = np.ones(len(weights))
    linear, factors = weights * scale, latents * scale[:, None]
    squares = -0.5 * (factors**2).sum(axis=1)
    first = linear - 2.0 * squares * mean
    constant = intercept - linear @ mean + squares @ mean**2
    return Fast(np.column_stack([first, factors]), squares, np.concatenate([[constant], -mean @ factors]))

"""Stacking: how far the log-odds of a head move towards each River model beside it, one weight a model, learned online.

    logit = head's + Σ weight · (model's - head's)

A weight of 0 leaves the head unchanged, one of 1 replaces it by the model. Weights move by a Newton step an example, as in the heads'
regression (``models.bayesian_logistic``); for seconds, on their logarithm, by the sign of the error, as the median is wanted.
"""

from math import exp

import numpy as np

from playhead.arrays.types import Floats
from playhead.models.bayesian_logistic import LEAST_INFORMATION, WALK

LARGEST = 8.0
"""Bound of the log-odds that enter the stack, of models and heads alike: a probability of 1 in 3,000 or more."""
PRIOR_VARIANCE = 0.05
RATE = 0.02
"""Learning rate of the weights for seconds watched."""


def fresh(count: int) -> tuple[Floats, Floats]:
    """Weights and their covariance before anything was learned."""
    return np.zeros(count), np.eye(count) * PRIOR_VARIANCE


def clipped(logits: Floats) -> Floats:
    """Log-odds clipped to ``LARGEST``; NaN becomes 0."""
    # Faster than nan_to_num and clip, which look for infinities in passes of their own.
    bounded = np.minimum(np.maximum(logits, -LARGEST), LARGEST)
    bounded[np.isnan(bounded)] = 0.0
    return bounded


def learn_outcome(weights: Floats, covariance: Floats, lead: Floats, logit: float, label: float) -> float:
    """Learns a label; returns the log-odds before. ``lead``: the models' log-odds minus the head's, [models]."""
    total = logit + float(weights @ lead)
    probability = 1.0 / (1.0 + exp(-min(max(total, -30.0), 30.0)))
    information = max(probability * (1.0 - probability), LEAST_INFORMATION)
    reach = covariance @ lead
    gain = 1.0 / (1.0 + information * float(reach @ lead))
    weights += reach * ((label - probability) * gain)
    covariance -= np.outer(reach, reach) * (information * gain)
    covariance[np.diag_indices(len(lead))] += WALK
    return total


def learn_seconds(weights: Floats, moved: Floats, lead: Floats, base: float, label: float) -> float:
    """Learns log(1 + seconds); returns the prediction before. ``moved``: summed squared gradients on its diagonal (Adagrad)."""
    total = base + float(weights @ lead)
    slope = np.sign(label - total) * lead
    moved[np.diag_indices(len(lead))] += slope**2
    weights += RATE * slope / np.sqrt(np.diag(moved))
    np.clip(weights, 0.0, 1.0, out=weights)
    return total

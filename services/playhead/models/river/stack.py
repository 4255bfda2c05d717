"""How far the log-odds of a head move towards each model beside it: one weight a model, learned online.

    logit = head's + Σ weight · (model's - head's)

A weight of 0 leaves the head alone, one of 1 lets the model take over. Moved by a Newton step an example, as the heads'
regression is (``models.bayesian_logistic``); of seconds, on their logarithm, by the sign of what is missing: the middle is wanted.
"""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.models.bayesian_logistic import LEAST_INFORMATION, WALK
from playhead.models.popularity import Floats

LARGEST = 8.0
"""Log-odds that a model, or a head beside it, is heard with: nobody is surer than 1 in 3,000."""
PRIOR_VARIANCE = 0.05
RATE = 0.02
"""Of weights of seconds."""


def fresh(count: int) -> tuple[Floats, Floats]:
    """Weights and their covariance before anything was learned."""
    return np.zeros(count), np.eye(count) * PRIOR_VARIANCE


@compiled
def heard(logit: float) -> float:
    """Log-odds within their bounds; what is none is 0."""
    return min(max(logit, -LARGEST), LARGEST) if np.isfinite(logit) else 0.0


@compiled
def learn_outcome(weights: Floats, covariance: Floats, lead: Floats, logit: float, label: float) -> float:
    """Learns a label; returns the log-odds before. ``lead``: models' log-odds less the head's."""
    total = logit
    for place in range(len(lead)):
        total += weights[place] * lead[place]
    chance = 1.0 / (1.0 + np.exp(-min(max(total, -30.0), 30.0)))
    information = max(chance * (1.0 - chance), LEAST_INFORMATION)
    reach, spread = np.zeros(len(lead)), 0.0
    for row in range(len(lead)):
        for place in range(len(lead)):
            reach[row] += covariance[row, place] * lead[place]
        spread += reach[row] * lead[row]
    gain = 1.0 / (1.0 + information * spread)
    for row in range(len(lead)):
        weights[row] += reach[row] * (label - chance) * gain
        for place in range(len(lead)):
            covariance[row, place] -= reach[row] * reach[place] * information * gain
        covariance[row, row] += WALK
    return total


@compiled
def learn_seconds(weights: Floats, moved: Floats, lead: Floats, told: float, label: float) -> float:
    """Learns log(1 + seconds); returns what was foreseen. ``moved``: summed squared slopes, on its diagonal (Adagrad)."""
    total = told
    for place in range(len(lead)):
        total += weights[place] * lead[place]
    side = np.sign(label - total)
    for place in range(len(lead)):
        slope = side * lead[place]
        moved[place, place] += slope * slope
        weights[place] += RATE * slope / np.sqrt(moved[place, place])
        weights[place] = min(max(weights[place], 0.0), 1.0)
    return total

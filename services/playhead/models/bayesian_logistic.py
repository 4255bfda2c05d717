"""Online Bayesian logistic regression: a Gaussian over the weights, updated by each example (assumed density filtering).

Each example is one step of Newton's method. The covariance bounds the step in every direction, so neither
the scale of an input nor its correlation with others matters, there is no learning rate to choose, and one pass over
the log is as good as a batch fit. Spiegelhalter and Lauritzen, 1990 (sequential updating with full covariance);
West, 1985, for the random walk that keeps the weights adapting.
"""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints

PRIOR_VARIANCE = 0.05
"""Variance of a weight before anything was learned, for inputs of the order of 1. Quality is flat from .02 to .2."""
BIAS_VARIANCE = 1.0
MEMORY = 500_000
"""Effective number of examples remembered: the random walk of each weight keeps the variance that so many examples would leave."""
WALK = 4.0 / MEMORY**2
LEAST_INFORMATION = 1e-3
LARGEST_INPUT = 20.0


class BayesianLogistic:
    """Linear logits of several outcomes over the same inputs.

    Args:
        inputs: How many inputs there are; one more that is always 1 is added.
        starts: Log-odds of each outcome before anything was learned, [outcomes].
        groups: Index of the covariance that each outcome uses, from 0.
    """

    def __init__(self, inputs: int, starts: Floats, groups: list[int]) -> None:
        self.weights: Floats = np.zeros((inputs + 1, len(starts)))
        self.weights[-1] = starts
        variances = np.full(inputs + 1, PRIOR_VARIANCE)
        variances[-1] = BIAS_VARIANCE
        self.covariances: Floats = np.tile(np.diag(variances), (max(groups) + 1, 1, 1))
        self.group = np.array(groups)

    def logits(self, x: Floats) -> Floats:
        """Log-odds of each outcome for one row of inputs."""
        logits: Floats = np.minimum(np.maximum(x, -LARGEST_INPUT), LARGEST_INPUT) @ self.weights[:-1]
        logits += self.weights[-1]
        return logits

    def export(self) -> tuple[Floats, Floats]:
        """The weights, [inputs × outcomes], and the lower triangles of the covariances, [groups × …]."""
        rows, columns = np.tril_indices(len(self.weights))
        return self.weights, self.covariances[:, rows, columns]

    def restore(
        self, weights: Floats, triangles: Floats, inputs: Ints | None = None, outcomes: Ints | None = None
    ) -> None:
        """Restores exported values, in any shape of that size.

        Args:
            weights: Weights of the exporter's inputs and outcomes.
            triangles: Lower triangles of the covariances of the exporter's inputs.
            inputs: Row here of each of the exporter's inputs, -1 for an input unknown here; by default the same order.
            outcomes: Column here of each of the exporter's outcomes, likewise.
        """
        inputs = np.arange(self.weights.shape[0]) if inputs is None else inputs
        outcomes = np.arange(self.weights.shape[1]) if outcomes is None else outcomes
        known, of = np.flatnonzero(inputs >= 0), np.flatnonzero(outcomes >= 0)
        here = inputs[known]
        whole = weights.reshape(len(inputs), len(outcomes))
        self.weights[np.ix_(here, outcomes[of])] = whole[np.ix_(known, of)]
        rows, columns = np.tril_indices(len(inputs))
        covariances = np.empty((len(self.covariances), len(inputs), len(inputs)))
        covariances[:, rows, columns] = triangles.reshape(len(covariances), len(rows))
        covariances[:, columns, rows] = covariances[:, rows, columns]
        for mine, taken in zip(self.covariances, covariances, strict=True):
            mine[np.ix_(here, here)] = taken[np.ix_(known, known)]


@compiled
def logits_of(weights: Floats, x: Floats) -> Floats:
    """``BayesianLogistic.logits`` of bounded inputs with the constant 1 appended."""
    logits = np.zeros(weights.shape[1])
    for place in range(len(x)):
        for outcome in range(len(logits)):
            logits[outcome] += x[place] * weights[place, outcome]
    return logits


@compiled
def learn(
    weights: Floats,
    covariances: Floats,
    group: Ints,
    x: Floats,
    known: Floats,
    error: Floats,
    probabilities: Floats,
) -> None:
    """Updates weights and covariances in place from the labels that are ``known`` (1, else 0), [outcomes].

    ``x``: bounded inputs with the constant 1; ``probabilities``: as predicted; ``error``: labels minus probabilities.
    """
    width = len(x)
    for index in range(len(covariances)):
        outcomes = np.flatnonzero((group == index) & (known > 0.0))
        if len(outcomes):
            information = (probabilities[outcomes] * (1.0 - probabilities[outcomes])).sum() / len(outcomes)
            information = max(information, LEAST_INFORMATION)
            reach = _times(covariances[index], x)
            gain = 1.0 / (1.0 + information * (reach * x).sum())
            for outcome in outcomes:
                for row in range(width):
                    weights[row, outcome] += reach[row] * error[outcome] * gain
            _settle(covariances[index], reach * np.sqrt(information * gain))
        for row in range(width):
            covariances[index, row, row] += WALK


@compiled
def correct(weights: Floats, covariance: Floats, outcome: int, x: Floats, change: float) -> None:
    """Corrects a label that was learned wrong by ``change``: moves the outcome's weights to where the right label would have led.

    A step is the covariance after it times the input times the error, and each later step maps a difference of weights from the
    covariance before it to the one after it (Kalman filter). So a change of the label moves today's weights by today's
    covariance: exactly if it follows at once, later to first order in how far probabilities have moved. The covariance does not depend on labels.
    """
    reach = _times(covariance, x)
    for row in range(len(x)):
        weights[row, outcome] += reach[row] * change


@compiled
def _times(matrix: Floats, x: Floats) -> Floats:
    product = np.zeros(len(x))
    for row in range(len(x)):
        for place in range(len(x)):
            product[row] += matrix[row, place] * x[place]
    return product


@compiled
def _settle(covariance: Floats, certain: Floats) -> None:
    """Subtracts the outer product of ``certain`` from a covariance; stays symmetric to the last bit, as only a triangle is stored."""
    for row in range(len(certain)):
        for place in range(len(certain)):
            covariance[row, place] -= certain[row] * certain[place]

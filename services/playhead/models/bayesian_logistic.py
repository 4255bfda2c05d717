"""Bayesian logistic regression, online: a Gaussian over the weights, moved by each example (assumed density filtering).

One step of Newton's method an example: the covariance says how far each direction may still move, so that neither
the scale of an input nor its correlation with others matters, there is no rate to choose, and a pass over the log
is worth a fit to all of it. Spiegelhalter and Lauritzen, 1990 (sequential updating with full covariance);
West, 1985, for the random walk that keeps it from settling for ever.
"""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints

PRIOR_VARIANCE = 0.05
"""Of a weight before anything was learned: inputs are of the size of 1, logits of a few. Flat from .02 to .2."""
BIAS_VARIANCE = 1.0
MEMORY = 500_000
"""Examples it remembers, about: the random walk of each weight adds what so many would leave."""
WALK = 4.0 / MEMORY**2
LEAST_INFORMATION = 1e-3
LARGEST_INPUT = 20.0


class BayesianLogistic:
    """Linear logits of several outcomes over the same inputs.

    Args:
        inputs: How many inputs there are; one more that is always 1 is added.
        starts: Log-odds of each outcome before anything was learned, [outcomes].
        groups: The covariance that each outcome moves by, numbered from 0.
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
        """The weights, [inputs × outcomes], and the lower triangles of the covariances, [groups × …], as they are."""
        rows, columns = np.tril_indices(len(self.weights))
        return self.weights, self.covariances[:, rows, columns]

    def restore(
        self, weights: Floats, triangles: Floats, inputs: Ints | None = None, outcomes: Ints | None = None
    ) -> None:
        """Takes over what was exported, in any shape of that size.

        Args:
            weights: Of the inputs and outcomes of whoever exported them.
            triangles: Of the covariances of its inputs.
            inputs: Where each of its inputs stands here, -1 for one that is none here; without, in its order.
            outcomes: The same of its outcomes.
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
    """``BayesianLogistic.logits`` of bounded inputs with their 1."""
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
    """Learns the labels that are ``known`` (1, else 0) of outcomes that were given these chances, [outcomes] each.

    ``x``: bounded inputs with their 1; ``error``: labels minus chances. Moves a Newton's weights and covariances.
    """
    width = len(x)
    for number in range(len(covariances)):
        outcomes = np.flatnonzero((group == number) & (known > 0.0))
        if len(outcomes):
            information = (probabilities[outcomes] * (1.0 - probabilities[outcomes])).sum() / len(outcomes)
            information = max(information, LEAST_INFORMATION)
            reach = _times(covariances[number], x)
            gain = 1.0 / (1.0 + information * (reach * x).sum())
            for outcome in outcomes:
                for row in range(width):
                    weights[row, outcome] += reach[row] * error[outcome] * gain
            _settle(covariances[number], reach * np.sqrt(information * gain))
        for row in range(width):
            covariances[number, row, row] += WALK


@compiled
def correct(weights: Floats, covariance: Floats, outcome: int, x: Floats, change: float) -> None:
    """A label that was learned was wrong by ``change``: moves the weights of its outcome to where the right one had led.

    A step moves by the covariance after it times the input times the error, and each later step maps a difference of weights from the
    covariance before it to the one after it (Kalman filter). So a difference of the label moves the weights of now by the
    covariance of now: exact at once, and later to the first order in how far chances have moved since. The covariance does not depend on labels.
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
    """Takes off what was made certain; symmetric to the last bit, as it is stored by halves."""
    for row in range(len(certain)):
        for place in range(len(certain)):
            covariance[row, place] -= certain[row] * certain[place]

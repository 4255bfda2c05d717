"""Bayesian logistic regression, online: a Gaussian over the weights, moved by each example (assumed density filtering).

One step of Newton's method an example: the covariance says how far each direction may still move, so that neither
the scale of an input nor its correlation with others matters, there is no rate to choose, and a pass over the log
is worth a fit to all of it. Spiegelhalter and Lauritzen, 1990 (sequential updating with full covariance);
West, 1985, for the random walk that keeps it from settling for ever.
"""

import numpy as np

from playhead.models.popularity import Floats

PRIOR_VARIANCE = 0.05
"""Of a weight before anything was learned: inputs are of the size of 1, logits of a few. Flat from .02 to .2."""
BIAS_VARIANCE = 1.0
MEMORY = 500_000
"""Examples it remembers, about: the random walk of each weight adds what so many would leave."""
WALK = 4.0 / MEMORY**2
LEAST_INFORMATION = 1e-3
LARGEST_INPUT = 20.0


class Newton:
    """Linear logits of several outcomes over the same inputs.

    Args:
        inputs: How many inputs there are; one more that is always 1 is added.
        starts: Log-odds of each outcome before anything was learned, [outcomes].
        groups: How many groups of outcomes are settled at different times; each has a covariance of its own.
            None in a follower, which never learns.
    """

    def __init__(self, inputs: int, starts: Floats, groups: int) -> None:
        self.weights: Floats = np.zeros((inputs + 1, len(starts)))
        self.weights[-1] = starts
        variances = np.full(inputs + 1, PRIOR_VARIANCE)
        variances[-1] = BIAS_VARIANCE
        self.covariances: Floats = np.tile(np.diag(variances), (groups, 1, 1))

    def logits(self, x: Floats) -> Floats:
        """Log-odds of each outcome for one row of inputs."""
        said: Floats = np.clip(x, -LARGEST_INPUT, LARGEST_INPUT) @ self.weights[:-1] + self.weights[-1]
        return said

    def learn_one(self, x: Floats, group: int, outcomes: list[int], labels: Floats, chances: Floats) -> None:
        """Learns the labels of some outcomes of a group, which were given these chances."""
        x = np.append(np.clip(x, -LARGEST_INPUT, LARGEST_INPUT), 1.0)
        covariance = self.covariances[group]
        reach = covariance @ x
        spread = float(x @ reach)
        information = max(float((chances * (1.0 - chances)).mean()), LEAST_INFORMATION)
        gain = 1.0 / (1.0 + information * spread)
        self.weights[:, outcomes] += np.multiply.outer(reach, gain * (labels - chances))
        certain = reach * np.sqrt(information * gain)
        covariance -= np.multiply.outer(
            certain, certain
        )  # symmetric to the last bit, as it is stored by halves
        covariance.flat[:: len(x) + 1] += WALK

    def export(self) -> tuple[Floats, Floats]:
        """The weights, [inputs × outcomes], and the lower triangles of the covariances, [groups × …], as they are."""
        rows, columns = np.tril_indices(len(self.weights))
        return self.weights, self.covariances[:, rows, columns]

    def restore(self, weights: Floats, triangles: Floats) -> None:
        """Takes over what was exported, in any shape of that size; a follower leaves the triangles out."""
        self.weights[:] = weights.reshape(self.weights.shape)
        if len(self.covariances):
            rows, columns = np.tril_indices(len(self.weights))
            self.covariances[:, rows, columns] = triangles.reshape(len(self.covariances), len(rows))
            self.covariances[:, columns, rows] = self.covariances[:, rows, columns]

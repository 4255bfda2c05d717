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
        groups: The covariance that each outcome moves by, numbered from 0; of none in a follower, which never learns.
    """

    def __init__(self, inputs: int, starts: Floats, groups: list[int], *, learns: bool) -> None:
        self.weights: Floats = np.zeros((inputs + 1, len(starts)))
        self.weights[-1] = starts
        variances = np.full(inputs + 1, PRIOR_VARIANCE)
        variances[-1] = BIAS_VARIANCE
        count = max(groups) + 1 if learns else 0
        self.covariances: Floats = np.tile(np.diag(variances), (count, 1, 1))
        self._group = np.array(groups)
        self._member = np.equal.outer(np.arange(max(groups) + 1), self._group).astype(np.float64)
        self._diagonal = np.arange(inputs + 1)

    def logits(self, x: Floats) -> Floats:
        """Log-odds of each outcome for one row of inputs."""
        said: Floats = np.minimum(np.maximum(x, -LARGEST_INPUT), LARGEST_INPUT) @ self.weights[:-1]
        said += self.weights[-1]
        return said

    def learn_one(self, x: Floats, known: Floats, labels: Floats, chances: Floats) -> None:
        """Learns the labels that are ``known`` (1, else 0) of outcomes that were given these chances, [outcomes] each."""
        x = np.append(np.minimum(np.maximum(x, -LARGEST_INPUT), LARGEST_INPUT), 1.0)
        reach = self.covariances @ x
        told = self._member @ known
        information = (self._member @ (known * chances * (1.0 - chances))) / np.maximum(told, 1.0)
        information = np.where(told > 0, np.maximum(information, LEAST_INFORMATION), 0.0)
        gain = 1.0 / (1.0 + information * (reach @ x))
        steps = known * (labels - chances) * gain[self._group]
        self.weights += (reach[self._group] * steps[:, None]).T
        certain = reach * np.sqrt(information * gain)[:, None]
        # Symmetric to the last bit, as it is stored by halves.
        self.covariances -= certain[:, :, None] * certain[:, None, :]
        self.covariances[:, self._diagonal, self._diagonal] += WALK

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

"""Models with a posterior that a bandit can stand on: how good an arm is, and how sure that is."""

from math import erfc, exp, pi, sqrt
from typing import Any

import numpy as np

from playhead.experiments.totals import Floats

NOISE = 8.0 / pi
"""Variance of a probit that is as steep as a logistic (MacKay 1992)."""


class LogisticPosterior:
    """Logistic regression with a normal posterior over all weights, matched in its moments reward by reward.

    For rewards that are 0 or 1; scores are log-odds. Assumed-density filtering as in AdPredictor (Graepel, Quiñonero Candela,
    Borchert, Herbrich, ICML 2010), with the covariance of all weights: attributes of pictures come together.
    """

    def __init__(self, width: int, variance: float = 1.0) -> None:
        self.mean = np.zeros(width)
        self.covariance = np.eye(width) * variance
        self._prior = variance

    def predict(self, arms: Floats) -> tuple[Floats, Floats]:
        """Log-odds of each arm, and their standard deviation."""
        spread = ((arms @ self.covariance) * arms).sum(axis=1)
        return arms @ self.mean, np.sqrt(np.maximum(spread, 0.0))

    def probability(self, arm: Floats, offset: float = 0.0) -> float:
        """The probability of a reward, with all that is unsure."""
        total = float(arm @ self.covariance @ arm) + NOISE
        return _below((float(arm @ self.mean) + offset) / sqrt(total))

    def learn(self, arm: Floats, reward: float, offset: float = 0.0) -> None:
        """Learns one reward, 0 or 1; ``offset``: log-odds that it has from elsewhere, such as from its title."""
        direction = self.covariance @ arm
        total = sqrt(float(arm @ direction) + NOISE)
        sign = 1.0 if reward > 0.5 else -1.0
        z = sign * (float(arm @ self.mean) + offset) / total
        pull = exp(-0.5 * z * z) / (sqrt(2.0 * pi) * _below(z)) if z > -30.0 else -z
        self.mean = self.mean + direction * (sign * pull / total)
        shrink = min(max(pull * (pull + z), 0.0), 1.0) / (total * total)
        self.covariance = self.covariance - shrink * np.outer(direction, direction)

    def widen(self, factor: float) -> None:
        """Adds variance to every weight by itself, up to what the prior had."""
        own = np.diag(self.covariance)
        more = np.maximum(np.minimum(factor * own, self._prior) - own, 0.0)
        self.covariance = self.covariance + np.diag(more)


class RiverLinear:
    """River's ``linear_model.BayesianLinearRegression`` behind the same port; the offset is left in the reward."""

    def __init__(self, width: int, noise: float = 0.2) -> None:
        from river.linear_model import BayesianLinearRegression

        self._names = [str(n) for n in range(width)]
        self._model: Any = BayesianLinearRegression(alpha=1.0, beta=1.0 / noise)

    def predict(self, arms: Floats) -> tuple[Floats, Floats]:
        """The reward expected of each arm, and the standard deviation of that, without the noise of a single one."""
        predicted = [self._model.predict_one(self._row(arm), with_dist=True) for arm in arms]
        noise = 1.0 / self._model.beta
        mean = np.array([prediction.mu for prediction in predicted])
        return mean, np.sqrt(np.maximum([prediction.sigma**2 - noise for prediction in predicted], 0.0))

    def learn(self, arm: Floats, reward: float, offset: float = 0.0) -> None:
        """Learns one reward, less what its offset in log-odds says."""
        self._model.learn_one(self._row(arm), reward - 1.0 / (1.0 + np.exp(-offset)))

    def widen(self, factor: float) -> None:
        """Does nothing: this model can't be widened."""

    def _row(self, arm: Floats) -> dict[str, float]:
        return dict(zip(self._names, arm.tolist(), strict=True))


def _below(z: float) -> float:
    return 0.5 * erfc(-z / sqrt(2.0))

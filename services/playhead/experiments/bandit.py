"""Choosing one of a few things for a viewer, learning from what comes of it: Thompson sampling with exact propensities.

A posterior says of each arm how good it is and how sure that is; each arm is as likely to be chosen as it is likely to be
the best (Thompson 1933; Chapelle and Li, NIPS 2011). Arms are drawn independently of each other, which makes that
probability a one-dimensional integral: the propensity is computed, not simulated, and the arm is drawn by it.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.polynomial.legendre import leggauss

from playhead.experiments.totals import Floats

SUPPORT = 0.02
"""The least propensity of any arm: with less, one lucky reward of a rare arm outweighs fifty of others off-policy."""
_WIDE = 8.0
"""Standard deviations to both sides in which the best arm's score lies."""
_ROOT2 = 2.0**0.5
_POINTS, _WEIGHTS = leggauss(16)


class Posterior(Protocol):
    """The port of the models that a bandit can stand on."""

    def predict(self, arms: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each arm's score, from features [arms × width]."""
        ...

    def learn(self, arm: Floats, reward: float, offset: float = 0.0) -> None:
        """Takes in what came of the arm with these features; ``offset``: what the score has from elsewhere."""
        ...

    def widen(self, factor: float) -> None:
        """Multiplies the variances by this factor, up to those that it began with."""
        ...


class ArmChoice(NamedTuple):
    """The arm chosen, and the propensity that each had."""

    arm: int
    propensities: Floats


def choose(
    posterior: Posterior, arms: Floats, rng: np.random.Generator, support: float = SUPPORT
) -> ArmChoice:
    """An arm, drawn by its probability of being the best, none below ``support``."""
    propensities = supported(best_probabilities(*posterior.predict(arms)), support)
    arm = int(np.searchsorted(np.cumsum(propensities), rng.random(), side="right"))
    return ArmChoice(min(arm, len(arms) - 1), propensities)


def best_probabilities(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of independent normal scores to be the greatest, to about 1e-6; they sum to 1.

    >>> best_probabilities(np.array([0.0, 0.0]), np.array([1.0, 1.0])).round(6).tolist()
    [0.5, 0.5]
    """
    spread = np.maximum(np.asarray(deviation, dtype=np.float64), 1e-9)[:, None]
    mean = np.asarray(mean, dtype=np.float64)[:, None]
    edges = _edges(mean[:, 0], spread[:, 0])
    half = (edges[1:] - edges[:-1])[:, None] / 2.0
    at = (edges[:-1][:, None] + half + half * _POINTS).ravel()
    z = (at - mean) / spread
    below = np.maximum(normal_cdf(z), 1e-300)
    first = np.exp(-0.5 * z * z) / (spread * below) * below.prod(axis=0)
    areas = first @ (half * _WEIGHTS).ravel()
    shares: Floats = areas / areas.sum()
    return shares


def supported(propensities: Floats, support: float) -> Floats:
    """The propensities with none below ``support``; the others give up in proportion to what they have above it."""
    least = min(support, 1.0 / len(propensities))
    above = np.maximum(propensities - least, 0.0)
    total = above.sum()
    if total <= 0.0:
        return np.full(len(propensities), 1.0 / len(propensities))
    raised: Floats = least + above * (1.0 - least * len(propensities)) / total
    return raised


def normal_cdf(z: Floats) -> Floats:
    """Below which probability a standard normal lies under z, to 1e-7 (Hastings; Abramowitz and Stegun 7.1.26)."""
    magnitude = np.abs(z) / _ROOT2
    t = 1.0 / (1.0 + 0.3275911 * magnitude)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * series * np.exp(-magnitude * magnitude)
    return np.where(z >= 0.0, 1.0 - tail, tail)


def _edges(mean: Floats, spread: Floats) -> Floats:
    """Where the integral is cut into pieces: around each arm, so that sure arms beside unsure ones are not missed."""
    # Nothing below the best lower end can be the greatest.
    low, high = (mean - _WIDE * spread).max(), (mean + _WIDE * spread).max()
    around = np.concatenate([[low], mean - 3.0 * spread, mean, mean + 3.0 * spread, [high]])
    return np.sort(around.clip(low, high))

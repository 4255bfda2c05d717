"""Bounds that hold at all times at once: whoever looks after every event, and stops when it pleases, errs as seldom.

Two boundaries for an estimate whose variance falls as events come, both asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy,
Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", 2021, for real metrics as for binary ones):

- ``mixture``: from the first look on, tightest at the effect it is tuned to (Robbins 1970; as a test: mSPRT, Johari et al.,
  "Peeking at A/B Tests", KDD 2017).
- ``delayed``: from a chosen amount of information on, and tighter from there (Robbins 1970; Bibaut, Kallus, Lindon,
  "Near-Optimal Non-Parametric Sequential Tests", 2022). It finds what was planned for soonest.

Information is 1 / variance. What a fixed-horizon test needs is ``information_needed``.
"""

from collections.abc import Callable
from functools import lru_cache
from math import erf, exp, log, pi, sqrt
from typing import NamedTuple

import numpy as np

from playhead.experiments.totals import Estimate, Floats

ALPHA = 0.05
FIRST_LOOK = 0.75
"""Share of the information that a fixed-horizon test of the same power needs. A planned lift is then found with 1.40 times its
events at the same power, with .86 times by the mean (Brownian motion, 4,000 paths); at .5 it is 1.43 and .71."""
POWER = 0.95
LEAST_PROFILES = 100
"""Profiles in each arm before the normal approximation is believed."""


class Interval(NamedTuple):
    """Bounds of a relative lift: 0.05 is five percent more than control."""

    low: Floats
    lift: Floats
    high: Floats


def mixture(variance: Floats, effect: float, alpha: float = ALPHA) -> Floats:
    """The half-width, at all times at once, of an estimate's interval; ``effect``: where it is to be tightest."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = effect * effect / variance
        wide = np.sqrt(variance * (1.0 + 1.0 / ratio) * (np.log1p(ratio) - 2.0 * log(alpha)))
    return np.where(np.isfinite(wide), wide, np.inf)


def delayed(variance: Floats, first: float, alpha: float = ALPHA) -> Floats:
    """The half-width at all times from ``first`` on, an amount of information; infinite before."""
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = 1.0 / (variance * first)
        wide = np.sqrt(variance * (_quantile(alpha) ** 2 + np.log(np.maximum(grown, 1.0))))
    return np.where((grown >= 1.0) & np.isfinite(wide), wide, np.inf)


def information_needed(effect: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """What a two-sided test of fixed horizon needs to find an effect with this power: 1 / variance of its estimate.

    >>> round(information_needed(1.0, power=0.8), 2)
    7.85
    """
    return ((normal_quantile(1.0 - alpha / 2.0) + normal_quantile(power)) / effect) ** 2


def planned(estimate: Estimate, effect: float, alpha: float = ALPHA) -> Interval:
    """The interval of a lift from when a planned relative ``effect`` could first be known; unbounded before."""
    target = log_effect(effect)
    first = FIRST_LOOK * information_needed(target, alpha=alpha)
    return interval(estimate, delayed(estimate.variance, first, alpha))


def watched(estimate: Estimate, effect: float, alpha: float = ALPHA) -> Interval:
    """The interval of a lift from the first look on: what guardrails go by."""
    return interval(estimate, mixture(estimate.variance, log_effect(effect), alpha))


def interval(estimate: Estimate, half: Floats) -> Interval:
    """The lift within half a width of a log-ratio to both sides."""
    most = np.minimum(half, 50.0)
    low, middle, high = (np.expm1(estimate.log_ratio + shift) for shift in (-most, 0.0, most))
    return Interval(low, middle, np.where(np.isfinite(half), high, np.inf))


def log_effect(effect: float) -> float:
    """A relative lift as a log-ratio."""
    return log(1.0 + effect)


@lru_cache(maxsize=64)
def normal_quantile(share: float) -> float:
    """The value below which a standard normal lies with this probability.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _root(lambda z: 0.5 * (1.0 + erf(z / sqrt(2.0))) - share, -40.0, 40.0)


@lru_cache(maxsize=64)
def _quantile(alpha: float) -> float:
    """The a with which Brownian motion ever leaves sqrt(t (a² + log t)) after t = 1 with probability alpha.

    Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm" (1970): 2 (1 - Φ(a) + a φ(a)).
    """
    return _root(
        lambda a: alpha - (1.0 - erf(a / sqrt(2.0)) + 2.0 * a * exp(-a * a / 2.0) / sqrt(2.0 * pi)), 1.0, 40.0
    )


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0, by halving."""
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (low, middle) if rising(middle) > 0.0 else (middle, high)
    return low

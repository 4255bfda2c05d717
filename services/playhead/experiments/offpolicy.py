"""What another policy would have brought, judged from what the policy in force decided, with which propensity.

One row a decision: what it brought (``reward``), how much likelier the other policy is to decide so (``weight``: its
propensity over the logged one), and, for the doubly robust ones, what a model expected of what was decided
(``expected``) and of what the other policy would decide (``value``: over all its choices, by their propensities).
The model must not have seen the row's own reward. Rows of one viewer are not independent of each other: ``of`` numbers whose each is, and
intervals then are over viewers (cluster-robust: Liang and Zeger, 1986), else over rows.

Sources: Horvitz and Thompson 1952 (IPS); Swaminathan and Joachims, NIPS 2015 (SNIPS); Dudík, Langford, Li, ICML 2011
(DR); Wang, Agarwal, Dudík, ICML 2017 (switch-DR). Equal to ``obp`` 0.4.1 to 2e-18 on its bundled logs (``scripts/obp``).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.experiments.confidence import ALPHA, normal_quantile
from playhead.experiments.totals import Floats

Ints = NDArray[np.int64]


class PolicyValue(NamedTuple):
    """The mean reward of a decision under the other policy, with its interval.

    effective_size: how many decisions of the other policy itself would say as much (Kish 1965). mean_weight: near 1
    where the log has explored all that the other policy does; well below, it has not, and the value is too low.
    """

    value: float
    low: float
    high: float
    effective_size: float
    mean_weight: float


def ips(reward: Floats, weight: Floats, alpha: float = ALPHA, of: Ints | None = None) -> PolicyValue:
    """Inverse propensity scoring: unbiased, and of large variance where propensities are small.

    >>> reward, weight = np.array([1.0, 0.0, 1.0, 0.0]), np.array([2.0, 0.5, 0.5, 0.0])
    >>> ips(reward, weight).value
    0.625
    """
    return _mean(reward * weight, weight, alpha, of)


def snips(reward: Floats, weight: Floats, alpha: float = ALPHA, of: Ints | None = None) -> PolicyValue:
    """Self-normalised: divides by the sum of the weights; slightly biased, of much smaller variance.

    >>> reward, weight = np.array([1.0, 0.0, 1.0, 0.0]), np.array([2.0, 0.5, 0.5, 0.0])
    >>> round(snips(reward, weight).value, 6)
    0.833333
    """
    total = weight.mean()
    if total <= 0.0:
        return _mean(np.zeros(len(weight)), weight, alpha, of)
    value = (reward * weight).mean() / total
    # The influence of each row on a ratio of means; its mean is the value.
    return _mean(value + weight * (reward - value) / total, weight, alpha, of)


def dr(
    reward: Floats,
    weight: Floats,
    expected: Floats,
    value: Floats,
    alpha: float = ALPHA,
    of: Ints | None = None,
) -> PolicyValue:
    """Doubly robust: right where the propensities are, or the model."""
    return _mean(value + weight * (reward - expected), weight, alpha, of)


def switch_dr(
    reward: Floats,
    weight: Floats,
    expected: Floats,
    value: Floats,
    most: float,
    alpha: float = ALPHA,
    of: Ints | None = None,
) -> PolicyValue:
    """Doubly robust where the weight is at most ``most``, the model's word where it is more."""
    kept = np.where(weight <= most, weight, 0.0)
    return _mean(value + kept * (reward - expected), kept, alpha, of)


def effective_size(weight: Floats) -> float:
    """Kish's effective sample size.

    >>> effective_size(np.array([1.0, 1.0, 0.0, 0.0]))
    2.0
    """
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0.0 else 0.0


def _mean(rows: Floats, weight: Floats, alpha: float, of: Ints | None) -> PolicyValue:
    count = len(rows)
    if not count:
        return PolicyValue(0.0, -np.inf, np.inf, 0.0, 0.0)
    value = float(rows.mean())
    half = normal_quantile(1.0 - alpha / 2.0) * _error(rows, of)
    return PolicyValue(value, value - half, value + half, effective_size(weight), float(weight.mean()))


def _error(rows: Floats, of: Ints | None) -> float:
    """The standard error of the mean of rows."""
    count = len(rows)
    if of is None:
        return float(rows.std(ddof=1)) / count**0.5 if count > 1 else np.inf
    sums = np.bincount(np.unique(of, return_inverse=True)[1], rows - rows.mean())
    viewers = len(sums)
    return float(np.sqrt((sums * sums).sum() * viewers / (viewers - 1))) / count if viewers > 1 else np.inf

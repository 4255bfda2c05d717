"""The results of an arm as sums that change with each event: no event is kept, none is counted twice.

The unit is the profile, as it was the profile that was assigned: its own totals are summed, so that a viewer of many
events counts once, and the variance between profiles is what judges. When a profile's totals change, the sums change
by the difference: ``sums + moments(new) - moments(old)``.

A metric is a ratio of what came (``outcome``) and of how often it could (``probabilities``): clicks for each ranking, minutes
for each profile (``probabilities`` is 1). ``before`` is the same of the profile's past, of before it was exposed: what it
explains is no chance (CUPED: Deng et al., WSDM 2013).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WIDTH = 10
_COUNT, _OUTCOME, _PROBABILITIES, _BEFORE = range(4)
_OUTCOME2, _OUTCOME_PROBABILITIES, _CHANCES2, _BEFORE2, _BEFORE_OUTCOME, _BEFORE_PROBABILITIES = range(
    4, WIDTH
)


class Estimate(NamedTuple):
    """The relative lift of an arm over control, as a log-ratio, and its variance; arrays of the sums' leading shape."""

    log_ratio: Floats
    variance: Floats


def moments(outcome: Floats | float, probabilities: Floats | float, before: Floats | float = 0.0) -> Floats:
    """What a profile's totals add to the sums of its arm, [... × WIDTH]; zeros where it has had no chance.

    >>> moments(3.0, 1.0).tolist()
    [1.0, 3.0, 1.0, 0.0, 9.0, 3.0, 1.0, 0.0, 0.0, 0.0]
    """
    y, d, x = np.broadcast_arrays(
        *(np.asarray(total, dtype=np.float64) for total in (outcome, probabilities, before))
    )
    products = np.stack([np.ones_like(y), y, d, x, y * y, y * d, d * d, x * x, x * y, x * d], axis=-1)
    return np.where((d > 0.0)[..., None], products, 0.0)


def lift(control: Floats, arm: Floats) -> Estimate:
    """The lift of an arm over control from the sums of both, [... × WIDTH]; its variance is infinite where nothing came.

    The variance is that of a ratio of sums over independent profiles (delta method); the past is taken out of both arms
    by one coefficient, which leaves the estimate unbiased: assignment does not depend on the past.
    """
    influence = [_influence(sums) for sums in (control, arm)]
    spread = sum(each.before for each in influence)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(spread > 0.0, sum(each.both for each in influence) / spread, 0.0)
        log_ratio = influence[1].level - influence[0].level - slope * (influence[1].past - influence[0].past)
        variance = sum(each.own - 2.0 * slope * each.both + slope * slope * each.before for each in influence)
    known = np.isfinite(log_ratio) & np.isfinite(variance) & (variance > 0.0)
    return Estimate(np.where(known, log_ratio, 0.0), np.where(known, variance, np.inf))


class _Influence(NamedTuple):
    """One arm: the log of its ratio, its mean past, and their variances and covariance."""

    level: Floats
    past: Floats
    own: Floats
    both: Floats
    before: Floats


def _influence(sums: Floats) -> _Influence:
    with np.errstate(divide="ignore", invalid="ignore"):
        count, outcome = sums[..., _COUNT], sums[..., _OUTCOME]
        ratio, past = outcome / sums[..., _PROBABILITIES], sums[..., _BEFORE] / count
        squares = (
            sums[..., _OUTCOME2]
            - 2.0 * ratio * sums[..., _OUTCOME_PROBABILITIES]
            + ratio * ratio * sums[..., _CHANCES2]
        )
        products = sums[..., _BEFORE_OUTCOME] - ratio * sums[..., _BEFORE_PROBABILITIES]
        spread = np.maximum(sums[..., _BEFORE2] - past * sums[..., _BEFORE], 0.0)
        return _Influence(
            np.log(ratio),
            past,
            squares / (outcome * outcome),
            products / (outcome * count),
            spread / (count * count),
        )

"""The ratio of two sums over profiles, with its interval: profiles are independent of each other, their events are not."""

import numpy as np
from msgspec import Struct

from playhead.experiments.confidence import ALPHA, normal_quantile
from playhead.experiments.totals import Floats

LEAST = 30
"""Profiles with anything in them, before the normal approximation is believed."""


class Ratio(Struct, frozen=True):
    """A ratio less 1, with its bounds; None while too few profiles have anything."""

    value: float | None
    low: float | None = None
    high: float | None = None


def ratio(ours: Floats, theirs: Floats, alpha: float = ALPHA) -> Ratio:
    """One sum over another, less 1, a value a profile in each (delta method, as in Deng, Knoblich and Lu, KDD 2018).

    >>> ratio(np.array([2.0, 1.0]), np.array([1.0, 1.0])).value
    0.5
    """
    total = float(theirs.sum())
    if total <= 0.0:
        return Ratio(None)
    value = float(ours.sum()) / total
    rest = (ours - value * theirs)[(ours != 0.0) | (theirs != 0.0)]
    if len(rest) < LEAST:
        return Ratio(value - 1.0)
    half = normal_quantile(1.0 - alpha / 2.0) * float(np.sqrt((rest**2).sum())) / total
    return Ratio(value - 1.0, value - 1.0 - half, value - 1.0 + half)

"""Thompson sampling (Thompson, 1933) with propensities that are numbers, not simulations, and draws that follow from an event alone.

What a title may be worth is normal: a mean, and the deviation that the posterior of the click head has for it (``models.bayesian_logistic``). Its
propensity is the probability that it is worth the most among those that contest a place. Propensities are rounded first, and drawn
by then: what is said is exact. A draw is a digest of the event, so that the same event draws the same titles everywhere, for ever.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import erf

import numpy as np
from numpy.polynomial.legendre import leggauss

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.features.request import Request

PARTS = 1_000_000
"""A propensity is a whole number of so many parts: what is written is what was drawn by."""
SUPPORT = 0.02
"""The least propensity of a title that is drawn from: with less, one lucky play outweighs fifty of others off-policy."""
_POINTS, _WEIGHTS = leggauss(32)
_WIDE = 6.0


def draw(parts: Ints, requests: Sequence[Request], row: Ints, at: Ints) -> Ints:
    """Which candidate is drawn for each place, by parts of ``PARTS`` [places × candidates].

    row, at [places]: whose list, and where in it.
    """
    seeds = []
    for owner, place in zip(row.tolist(), at.tolist(), strict=True):
        delivery = requests[owner].profile.delivery_v1
        seeds.append(seed_of(requests[owner].profile_id, delivery.cause_id, delivery.version, place) % PARTS)
    return drawn(parts, np.array(seeds, dtype=np.int64))


def drawn(parts: Ints, seeds: Ints) -> Ints:
    """Which of some things that have parts of ``PARTS`` is drawn by each seed below ``PARTS``; a row a draw."""
    passed: Ints = (np.cumsum(parts, axis=-1) <= seeds[:, None]).sum(axis=-1)
    return passed


def seed_of(profile_id: str, event_id: str, version: int, at: int) -> int:
    """The draw for a place of the list that an event caused."""
    named = f"{profile_id}/{event_id}/{version}/{at}"
    return int.from_bytes(blake2b(named.encode(), digest_size=8).digest(), "little")


@compiled
def thompson_parts(mean: Floats, deviation: Floats) -> Ints:
    """Propensities of candidates of places, [places × candidates], as whole parts that add up to ``PARTS``; -inf is no candidate.

    None is below ``SUPPORT``, or below an equal share where there are too many for that.
    """
    parts = np.zeros(mean.shape, dtype=np.int64)
    for row in range(len(mean)):
        there = np.flatnonzero(mean[row] > -np.inf)
        if len(there):
            probabilities = best_of(mean[row][there], deviation[row][there])
            least = min(SUPPORT, 1.0 / len(there))
            above = np.maximum(probabilities - least, 0.0)
            total, rest, first = above.sum(), PARTS, 0
            for n in range(len(there)):
                share = least
                if total > 0.0:
                    share += above[n] * (1.0 - least * len(there)) / total
                parts[row, there[n]] = int(np.rint(share * PARTS))
                rest -= parts[row, there[n]]
                if parts[row, there[n]] > parts[row, there[first]]:
                    first = n
            parts[row, there[first]] += rest
    return parts


@compiled
def variances(x: Floats, covariance: Floats) -> Floats:
    """The variance of log-odds of rows of inputs, to which a 1 is added, as the weights' covariance has it: xᵀ C x, by halves."""
    rows, width = x.shape
    found = np.empty(rows)
    reach = np.empty(width + 1)
    for row in range(rows):
        reach[:] = 0.0
        total = 0.0
        for place in range(width):
            value = x[row, place]
            if value != 0.0:
                total += value * (covariance[place, place] * value + 2.0 * reach[place])
                for other in range(place + 1, width + 1):
                    reach[other] += value * covariance[place, other]
        found[row] = total + covariance[width, width] + 2.0 * reach[width]
    return found


@compiled
def best_of(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of independent normal values to be the greatest, by Gauss's quadrature at 32 points."""
    low, high = (mean - _WIDE * deviation).max(), (mean + _WIDE * deviation).max()
    found, below = np.zeros(len(mean)), np.empty(len(mean))
    for point in range(len(_POINTS)):
        at = low + (high - low) * (_POINTS[point] + 1.0) / 2.0
        for number in range(len(mean)):
            below[number] = 0.5 * (1.0 + erf((at - mean[number]) / (deviation[number] * np.sqrt(2.0))))
        for one in range(len(mean)):
            z = (at - mean[one]) / deviation[one]
            part = _WEIGHTS[point] * np.exp(-0.5 * z * z) / deviation[one]
            for other in range(len(mean)):
                if other != one:
                    part *= below[other]
            found[one] += part
    shares: Floats = found / found.sum()
    return shares

"""Thompson sampling (Thompson, 1933) with propensities computed by quadrature, not by simulation, and draws seeded by the event.

The value of a title is normal, with a mean and the standard deviation of the click head's posterior (``models.bayesian_logistic``). Its
propensity is the probability that its value is the largest among the candidates of a place. Propensities are rounded before the draw,
so that logged propensities are exact. The seed is a digest of the event, so that a replay draws the same titles.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.polynomial.legendre import leggauss

from playhead.arrays.hashing import mixed
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.features.request import Request

PARTS = 1_000_000
"""Denominator of propensities, which are whole numbers of parts."""
SUPPORT = 0.02
"""The least propensity of a candidate: with less, one lucky play would outweigh fifty others in off-policy estimates."""
_POINTS, _WEIGHTS = leggauss(32)
_WIDE = 6.0
_CERTAIN = 7.07
"""A normal value is farther than so many deviations from its mean with a probability of 2e-12."""
_ABOVE = (
    *(3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383),
    *(112.079291497871, 221.213596169931, 220.206867912376),
)
_UNDER = (
    *(8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461),
    *(296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752),
)


def draw(parts: Ints, requests: Sequence[Request], row: Ints, at: Ints) -> Ints:
    """The index of the candidate drawn for each place, by parts of ``PARTS`` [places × candidates].

    ``row``, ``at`` [places]: row of the list, and place in it.
    """
    rows = row.tolist()
    seeds = {owner: _seed(requests[owner]) for owner in dict.fromkeys(rows)}
    return drawn(parts, np.array([seeds[owner] for owner in rows], dtype=np.int64), at)


def _seed(request: Request) -> int:
    delivery = request.profile.delivery_v1
    return seed_of(request.profile_id, delivery.cause_id, delivery.version)


@compiled
def drawn(parts: Ints, seeds: Ints, at: Ints) -> Ints:
    """The index drawn for each place, by parts of ``PARTS`` [places × candidates]; ``seeds``: of the places' lists; ``at``: places in these."""
    chosen = np.empty(len(seeds), dtype=np.int64)
    for row in range(len(seeds)):
        seed = mixed(seeds[row], at[row]) % PARTS
        n, passed = 0, 0
        while n < parts.shape[1]:
            passed += parts[row, n]
            if passed > seed:
                break
            n += 1
        chosen[row] = n
    return chosen


def seed_of(profile_id: str, event_id: str, version: int) -> int:
    """The seed of the draws for the places of the list that an event caused."""
    named = f"{profile_id}/{event_id}/{version}"
    return int.from_bytes(blake2b(named.encode(), digest_size=8).digest(), "little", signed=True)


@compiled
def thompson_parts(mean: Floats, deviation: Floats, whole: Ints) -> Ints:
    """Propensities of the candidates of places, [places × candidates], as parts of ``PARTS`` that add up to ``whole`` [places]; a mean of -inf stands for no candidate.

    Each is at least ``SUPPORT``, or an equal share if there are too many candidates for that.
    """
    parts = np.zeros(mean.shape, dtype=np.int64)
    for row in range(len(mean)):
        there = np.flatnonzero(mean[row] > -np.inf)
        if len(there):
            probabilities = best_of(mean[row][there], deviation[row][there])
            least = min(SUPPORT * PARTS / max(whole[row], 1), 1.0 / len(there))
            above = np.maximum(probabilities - least, 0.0)
            total, rest, first = above.sum(), whole[row], 0
            for n in range(len(there)):
                share = least
                if total > 0.0:
                    share += above[n] * (1.0 - least * len(there)) / total
                parts[row, there[n]] = int(np.rint(share * whole[row]))
                rest -= parts[row, there[n]]
                if parts[row, there[n]] > parts[row, there[first]]:
                    first = n
            parts[row, there[first]] += rest
    return parts


@compiled
def variances(x: Floats, covariance: Floats) -> Floats:
    """The variance xᵀ C x of the log-odds of rows of inputs, to which the constant 1 is appended; it reads only the upper triangle of C."""
    rows, width = x.shape
    variance = np.empty(rows)
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
        variance[row] = total + covariance[width, width] + 2.0 * reach[width]
    return variance


@compiled
def best_of(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of several independent normal values to be the greatest, by Gaussian quadrature at 32 points."""
    low, high = (mean - _WIDE * deviation).max(), (mean + _WIDE * deviation).max()
    mass, below, part = np.zeros(len(mean)), np.empty(len(mean)), np.empty(len(mean))
    for point in range(len(_POINTS)):
        at = low + (high - low) * (_POINTS[point] + 1.0) / 2.0
        # The density of each, times the probability that those before it are below, then that those behind it are.
        rest = _WEIGHTS[point]
        for arm in range(len(mean)):
            z = (at - mean[arm]) / deviation[arm]
            density = np.exp(-0.5 * z * z)
            part[arm], below[arm] = rest * density / deviation[arm], _below(z, density)
            rest *= below[arm]
        rest = 1.0
        for arm in range(len(mean) - 1, -1, -1):
            mass[arm] += part[arm] * rest
            rest *= below[arm]
    shares: Floats = mass / mass.sum()
    return shares


@compiled
def _below(z: float, density: float) -> float:
    """The probability that a standard normal value is below ``z``, by its density exp(-z²/2) there, to 1e-12 (Hart, 1968; West, 2005)."""
    far = abs(z)
    if far > _CERTAIN:
        return 1.0 if z > 0.0 else 0.0
    above, under = 0.0, 0.0
    for place in range(len(_ABOVE)):
        above = above * far + _ABOVE[place]
    for place in range(len(_UNDER)):
        under = under * far + _UNDER[place]
    tail = density * above / under
    return 1.0 - tail if z > 0.0 else tail

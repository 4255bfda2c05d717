"""Twins of the kernels by which places of lists explore."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from tests.kernels.twin import Rng, Twin, bits, coarse, sizes, some

from playhead.arrays.types import Bools, Floats, Ints
from playhead.models.feature_rates import FACTS, PRIOR, SHOWN
from playhead.ranking import contest, draws, explore

NORMAL = NormalDist()


def _variances(x: Floats, covariance: Floats) -> Floats:
    ones = np.append(x, np.ones((len(x), 1)), axis=1)
    variances: Floats = ((ones @ covariance) * ones).sum(axis=1)
    return variances


def _some_inputs(rng: Rng) -> tuple[Any, ...]:
    root = rng.normal(size=(6, 6))
    return rng.normal(size=(4, 5)) * (rng.random((4, 5)) < 0.7), root @ root.T


def _best_of(mean: Floats, deviation: Floats) -> Floats:
    low, high = (mean - 6.0 * deviation).max(), (mean + 6.0 * deviation).max()
    points, weights = leggauss(32)
    z = (low + (high - low) * (points[:, None] + 1.0) / 2.0 - mean) / deviation
    below = np.array([[NORMAL.cdf(value) for value in row] for row in z])
    density = weights[:, None] * np.exp(-0.5 * z * z) / deviation
    others = [np.delete(below, number, axis=1).prod(axis=1) for number in range(len(mean))]
    mass = (density * np.stack(others, axis=1)).sum(axis=0)
    best: Floats = mass / mass.sum()
    return best


def _thompson_parts(mean: Floats, deviation: Floats, whole: Ints) -> Ints:
    parts = np.zeros(mean.shape, dtype=np.int64)
    for row, there in enumerate(np.isfinite(mean)):
        if there.any():
            least = min(draws.SUPPORT * draws.PARTS / max(whole[row], 1), 1.0 / there.sum())
            above = np.maximum(draws.best_of(mean[row, there], deviation[row, there]) - least, 0.0)
            spread = above * (1.0 - least * there.sum()) / above.sum() if above.any() else 0.0 * above
            rounded = np.rint((least + spread) * whole[row]).astype(np.int64)
            rounded[rounded.argmax()] += whole[row] - rounded.sum()
            parts[row, there] = rounded
    return parts


def _contest_parts(mean: Floats, deviation: Floats, most: float) -> Ints:
    parts = np.zeros(mean.shape, dtype=np.int64)
    for row, there in enumerate(np.isfinite(mean)):
        probabilities = draws.best_of(mean[row, there], deviation[row, there])[1:]
        probabilities = probabilities * min(1.0, most / max(probabilities.sum(), 1e-300))
        parts[row, np.flatnonzero(there)[1:]] = np.rint(
            np.where(probabilities >= draws.SUPPORT, probabilities, 0.0) * draws.PARTS
        )
        parts[row, 0] = draws.PARTS - parts[row].sum()
    return parts


def _some_contests(rng: Rng) -> tuple[Any, ...]:
    mean = rng.normal(size=(6, 4))
    mean[rng.random((6, 4)) < 0.2] = -np.inf
    mean[:, 0] = 0.5
    return mean, 0.1 + rng.random((6, 4)), 0.25


def _some_places(rng: Rng) -> tuple[Any, ...]:
    mean, deviation, _ = _some_contests(rng)
    return mean, deviation, rng.choice([0, draws.PARTS // 2, draws.PARTS], len(mean))


def _of_rates(title: Ints, rated: Ints, counts: Floats, rate: float, weight: float) -> Floats:
    shown = np.where(title >= 0, counts[rated[title, 0], SHOWN], 0.0)
    variance: Floats = weight * weight / ((shown + PRIOR) * rate * (1.0 - rate))
    return variance


def _hopes(
    first: Ints,
    last: Ints,
    title: Ints,
    score: Floats,
    free: Bools,
    rated: Ints,
    counts: Floats,
    rate: float,
    weight: float,
    unsure: float,
) -> tuple[Ints, Floats]:
    ranges = [np.arange(*ends) for ends in zip(first.tolist(), last.tolist(), strict=True)]
    mine = np.concatenate([*ranges, np.zeros(0, dtype=np.int64)])
    variance = _of_rates(title[mine], rated, counts, rate, weight)
    return mine, np.where(free[mine], np.round(score[mine] + np.sqrt(unsure * variance), 6), -np.inf)


def _some_hopes(rng: Rng) -> tuple[Any, ...]:
    bounds = sizes(rng, 4, 5)
    count = int(bounds[-1])
    lists = np.flatnonzero(rng.integers(0, 2, 4))
    rated, counts = rng.integers(0, 7, (6, 2)), np.abs(coarse(rng, 7, FACTS + SHOWN))
    of_titles = some(rng, count, -1, 6), rng.normal(size=count), bits(rng, count)
    return bounds[lists], bounds[lists + 1], *of_titles, rated, counts, 0.1, 0.7, 16.0


def _deal(
    listed: Ints, steps: Ints, first: Ints, place: Ints, young: Bools, liking: Floats
) -> tuple[Ints, Ints, Ints]:
    places: list[tuple[int, int, list[int]]] = []
    for row, step in enumerate(steps.tolist()):
        mine = slice(first[row], first[row + 1])
        worth = [
            (candidate, bool(new)) for candidate, new in zip(place[mine].tolist(), young[mine], strict=True)
        ]
        if step and worth:
            there = [at for at in listed[row].tolist() if at >= 0]
            dealt = _dealt(there, worth, step, liking)
            for at, best in zip(
                [at for at in range(len(there)) if at < explore.FIRST or at not in dealt], there, strict=False
            ):
                listed[row, at] = best
            places += [(row, at, arms) for at, arms in sorted(dealt.items())]
    padded = [arms + [-1] * (explore.ARMS - len(arms)) for _, _, arms in places]
    row_of, at_of = (np.array([dealt_place[n] for dealt_place in places], dtype=np.int64) for n in (0, 1))
    return row_of, at_of, np.array(padded, dtype=np.int64).reshape(-1, explore.ARMS)


def _dealt(
    there: list[int], worth: list[tuple[int, bool]], step: int, liking: Floats
) -> dict[int, list[int]]:
    """The candidates dealt to each place, iterated until the kept part of the list and the dealt titles are consistent."""
    least = float(
        np.round(sum(liking[there[: explore.FIRST]].tolist()) / max(len(there[: explore.FIRST]), 1), 6)
    )
    count, behind = len(there) + 1, len(there) // step
    dealt: dict[int, list[int]] = {}
    while behind < count:
        count = behind
        left = [candidate for candidate in worth if candidate[0] not in there[: len(there) - count]]
        new, old = ([candidate for candidate, is_new in left if is_new == which] for which in (True, False))
        places = list(range(step - 1, len(there), step))
        if not any(liking[candidate] > least for candidate in new):
            places = [at for at in places if at >= explore.FIRST]
        dealt = {at: new[nth :: len(places)][: explore.ARMS] for nth, at in enumerate(places)}
        for at in places:
            if at < explore.FIRST:
                dealt[at] = [candidate for candidate in dealt[at] if liking[candidate] > least]
        room = explore.ARMS - explore.OLD_ARMS
        late = [at for at in places if at >= explore.FIRST and len(dealt[at]) <= room][-explore.OLD_PLACES :]
        for nth, at in enumerate(late):
            dealt[at] = dealt[at] + old[nth :: len(late)][: explore.OLD_ARMS]
        dealt = {at: arms for at, arms in dealt.items() if arms}
        behind = sum(at >= explore.FIRST for at in dealt)
    more = [at for at in sorted(dealt) if at >= explore.FIRST][count:]
    return {at: arms for at, arms in dealt.items() if at not in more}


def _some_lists(rng: Rng) -> tuple[Any, ...]:
    """Lists of three profiles' candidates, some shorter than others, and the untried titles among them, best first."""
    bounds = sizes(rng, 3, 60)
    liking = np.abs(coarse(rng, int(bounds[-1])))
    listed = np.full((3, 24), -1)
    first, place, young = [0], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.bool_)]
    for row in range(3):
        mine = rng.permutation(np.arange(bounds[row], bounds[row + 1]))
        size = min(len(mine), int(rng.integers(0, 25)))
        listed[row, :size] = mine[:size]
        worth = mine[rng.random(len(mine)) < rng.random()]
        new = bits(rng, len(worth))
        order = np.lexsort((-liking[worth], ~new))
        place.append(worth[order])
        young.append(new[order])
        first.append(first[-1] + len(worth))
    steps = rng.choice([0, 3, 4, 10], 3)
    return listed, steps, np.array(first), np.concatenate(place), np.concatenate(young), liking


EXPLORING = (
    Twin(draws.best_of, _best_of, lambda rng: (rng.normal(size=4), 0.1 + rng.random(4)), exact=False),
    Twin(draws.best_of, _best_of, lambda rng: (9.0 * rng.normal(size=8), 0.1 + rng.random(8)), exact=False),
    Twin(draws.variances, _variances, _some_inputs, exact=False),
    Twin(draws.thompson_parts, _thompson_parts, _some_places),
    Twin(contest.contest_parts, _contest_parts, _some_contests),
    Twin(contest.of_rates, _of_rates, lambda rng: (some(rng, 5, -1, 6), *_some_hopes(rng)[5:9])),
    Twin(contest.hopes, _hopes, _some_hopes),
    Twin(explore._deal, _deal, _some_lists),
)

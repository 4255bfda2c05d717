"""Twins of the kernels by which places of lists explore."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from tests.kernels.arrays import plain_mixed
from tests.kernels.twin import Rng, Twin, bits, coarse, hashes, sizes, some

from playhead.arrays.types import Bools, Floats, Hashes, Ints
from playhead.labels.definitions import HEADS
from playhead.models.feature_rates import FACTS, PRIOR, SHOWN
from playhead.models.popularity import HALF_LIVES_MS, HALVES
from playhead.ranking import contest, draws, explore, rarely_shown

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


def _drawn(parts: Ints, seeds: Ints, at: Ints) -> Ints:
    numbers = np.array(
        [plain_mixed(*place) % draws.PARTS for place in zip(seeds.tolist(), at.tolist(), strict=True)]
    )
    drawn: Ints = (np.cumsum(parts, axis=-1) <= numbers[:, None]).sum(axis=-1)
    return drawn


def _some_draws(rng: Rng) -> tuple[Any, ...]:
    edges = np.sort(rng.integers(0, draws.PARTS, (5, 3)))
    parts = np.diff(edges, axis=1, prepend=0, append=draws.PARTS)
    return parts, rng.integers(-(2**63), 2**63 - 1, 5), some(rng, 5, 0, 50)


def _contested(left: Bools, listed: Ints, slots: int) -> tuple[Ints, Ints]:
    there = left & (listed >= 0)
    there[:, : explore.FIRST] = False
    rows, places = np.nonzero(there & (there.cumsum(axis=1) <= slots))
    return rows, places


def _challenged(
    row: Ints,
    at: Ints,
    listed: Ints,
    bounds: Ints,
    title: Ints,
    score: Floats,
    free: Bools,
    digests: Hashes,
    *rates: Any,
) -> Ints:
    """The contests of ``contest._deal``, from sorted lists of challengers."""
    *table, unsure = rates
    arms = np.full((len(row), 1 + contest.CHALLENGERS), -1)
    arms[:, 0] = listed[row, at]
    for one in set(row.tolist()):
        mine, contests = np.arange(bounds[one], bounds[one + 1]), np.flatnonzero(row == one)
        hope = np.round(score[mine] + np.sqrt(unsure * _of_rates(title[mine], *table)), 6)
        order = mine[np.lexsort((digests[title[mine]], -hope))]
        best = order[free[order]]
        for nth, place in enumerate(contests.tolist()):
            turn = best[nth :: len(contests)][: contest.CHALLENGERS]
            arms[place, 1 : 1 + len(turn)] = turn
    return arms


def _some_challengers(rng: Rng) -> tuple[Any, ...]:
    bounds = sizes(rng, 4, 9)
    count = int(bounds[-1])
    row = np.sort(some(rng, 5, 0, 4))
    rated, counts = rng.integers(0, 7, (6, 2)), np.abs(coarse(rng, 7, FACTS + SHOWN))
    of_titles = some(rng, count, 0, 6), rng.normal(size=count), bits(rng, count), hashes(rng, 6)
    return (
        row,
        some(rng, 5, 0, 7),
        some(rng, 28, 0, 9).reshape(4, 7),
        bounds,
        *of_titles,
        rated,
        counts,
        0.1,
        0.7,
        16.0,
    )


def _contest_beliefs(arms: Ints, score: Floats, variance: Floats, unsure: float) -> tuple[Floats, Floats]:
    there, deviation = arms >= 0, np.ones(arms.shape)
    deviation[there] = np.sqrt(unsure * np.maximum(variance, 1e-12))
    return np.where(there, score[arms], -np.inf), deviation


def _beliefs(arms: Ints, outcomes: Floats, liked: Floats, variance: Floats) -> tuple[Floats, Floats]:
    return _contest_beliefs(arms, outcomes[:, HEADS.index("click")] + liked, variance, 1.0)


def _some_arms(rng: Rng) -> Ints:
    return rng.integers(-1, 9, (4, 3))


def _some_contest_beliefs(rng: Rng) -> tuple[Any, ...]:
    arms = _some_arms(rng)
    return arms, rng.normal(size=9), np.abs(coarse(rng, int((arms >= 0).sum()))), 16.0


def _some_beliefs(rng: Rng) -> tuple[Any, ...]:
    arms, liked, variance, _ = _some_contest_beliefs(rng)
    return arms, rng.normal(size=(9, len(HEADS))), liked, variance


def _find_untried(
    begin: int,
    end: int,
    bounds: Ints,
    steps: Ints,
    until_s: Ints,
    liked: Floats,
    title: Ints,
    liking: Floats,
    added_at: Ints,
    digests: Hashes,
    limits: rarely_shown._Limits,
    chosen: Floats,
    chosen_ms: Floats,
    shown: Floats,
    shown_ms: Floats,
    first: Ints,
    place: Ints,
    young: Bools,
) -> None:
    for row in range(begin, end):
        mine = np.arange(bounds[row], bounds[row + 1])
        kept, new = np.zeros(len(mine), dtype=np.bool_), np.zeros(len(mine), dtype=np.bool_)
        if steps[row] and len(mine):
            usual = np.round(liked[mine].mean(), 6)
            added_s = added_at[title[mine]] // 1000
            age_s = until_s[row] - added_s
            new = (added_s > 0) & (age_s <= limits.young_s)
            times = _left(chosen, chosen_ms, title[mine], HALVES - 1, limits.now_ms)
            old = (times < rarely_shown.UNCHOSEN) & (liking[mine] > usual)
            kept = (liking[mine] >= usual) & (age_s >= 0) & (new | old) & (times < limits.known_after)
            lately = _left(shown, shown_ms, title[mine], rarely_shown._ONE_DAY, limits.now_ms)
            a_day = lately * np.log(2.0) * rarely_shown.DAY_S * 1000.0 / HALF_LIVES_MS[rarely_shown._ONE_DAY]
            often = _left(shown, shown_ms, title[mine], HALVES - 1, limits.now_ms)
            rate = (times + 1.0) / (np.maximum(often, times) + 2.0)
            most = rate + rarely_shown.SURE * np.sqrt(rate * (1.0 - rate) / (often + 2.0))
            kept &= (a_day < limits.daily) & ((often < rarely_shown.LEAST_SHOWN) | (most >= limits.failed))
        mine, new = mine[kept], new[kept]
        order = np.lexsort((digests[title[mine]], -liking[mine], ~new))
        first[row + 1] = first[row] + len(mine)
        there = slice(first[row], first[row + 1])
        place[there], young[there] = mine[order], new[order]


def _left(counts: Floats, at_ms: Floats, titles: Ints, half: int, now_ms: float) -> Floats:
    left = np.zeros(len(titles))
    known = titles < len(at_ms)
    known[known] = at_ms[titles[known]] > 0.0
    age_ms = np.maximum(now_ms - at_ms[titles[known]], 0.0)
    left[known] = counts[titles[known], half] * np.exp(-age_ms * np.log(2.0) / HALF_LIVES_MS[half])
    return left


def _some_candidates(rng: Rng) -> tuple[Any, ...]:
    """Lists of candidates that are new or old, chosen and shown rarely or often, some of them unknown to the counts."""
    titles, day_ms = 12, 86_400_000
    bounds, now_s = sizes(rng, 4, 30), 400 * rarely_shown.DAY_S
    count = int(bounds[-1])
    begin = int(rng.integers(0, 4))
    liking, added_at = coarse(rng, count), rng.integers(340, 403, titles) * day_ms * bits(rng, titles)
    limits = rarely_shown._Limits(
        3.0, float(rng.choice([np.inf, 4.0])), 30.0 * rarely_shown.DAY_S, now_s * 1e3, 0.2
    )
    chosen, shown = (rng.integers(0, most, (titles - 2, HALVES)) * 1.0 for most in (5, 60))
    chosen_ms, shown_ms = (
        rng.integers(396, 401, titles - 2) * day_ms * bits(rng, titles - 2) * 1.0 for _ in range(2)
    )
    lists = bounds, rng.choice([0, 10], 4), np.full(4, now_s), liking
    of_titles = some(rng, count, 0, titles), liking, added_at.astype(np.int64), hashes(rng, titles)
    written = np.zeros(5, dtype=np.int64), np.full(count, -1), np.zeros(count, dtype=np.bool_)
    return begin, 4, *lists, *of_titles, limits, chosen, chosen_ms, shown, shown_ms, *written


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
    Twin(contest.of_rates, _of_rates, lambda rng: (some(rng, 5, -1, 6), *_some_challengers(rng)[8:12])),
    Twin(
        contest._contested,
        _contested,
        lambda rng: (bits(rng, 60).reshape(3, 20), some(rng, 60, -1, 9).reshape(3, 20), 2),
    ),
    Twin(contest._deal, _challenged, _some_challengers),
    Twin(contest._beliefs, _contest_beliefs, _some_contest_beliefs),
    Twin(draws.drawn, _drawn, _some_draws),
    Twin(explore._beliefs, _beliefs, _some_beliefs),
    Twin(rarely_shown._find_untried, _find_untried, _some_candidates),
    Twin(explore._deal, _deal, _some_lists),
)

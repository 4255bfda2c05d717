"""Contests: exploring places without a new title go by Thompson sampling to the incumbent, or to challengers from outside of the list.

    arms          the title at the place, and three titles outside of the list with the best optimistic scores
    draw          each by its probability of being worth the most (Thompson), the three together at most ``most_unsure``
    no contest    where no challenger is likely to be better, the incumbent stays, with propensity 1

The mean of a title's value is its score; the deviation is that of the click head: of its weights (``models.bayesian_logistic``), and of
the title's own click rate, which is an input estimated from few impressions. After a drift of the head both are widened for a while
(``models.head_drift``). Draws are independent, and no place before ``FIRST`` is contested.
"""

from collections.abc import Sequence

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Bools, Floats, Hashes, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.features.request import Request
from playhead.labels.definitions import HEADS
from playhead.models.feature_rates import CLICKED, PRIOR, SHOWN
from playhead.models.head_lists import GROUPS, INPUT_NAMES
from playhead.models.heads import Heads
from playhead.ranking.draws import PARTS, SUPPORT, best_of, draw, variances
from playhead.ranking.explore import FIRST, Exploration, Explored
from playhead.ranking.outcomes import named_inputs
from playhead.ranking.score import Scored, ShardRows

CHALLENGERS = 3
"""Number of challengers of a place."""
_CLICK = HEADS.index("click")
_TITLE_RATE = INPUT_NAMES.names.index("title/click")


def contest(
    how: Exploration,
    groups: Sequence[ShardRows],
    requests: Sequence[Request],
    scored: Scored,
    explored: Explored,
) -> None:
    """Writes the winners of the contested places, and their propensities, into the lists; ``groups``: the shards that score them."""
    listed, propensity = explored.listed, explored.propensity
    row, at = _contested(explored.left, listed, how.slots)
    if not len(row):
        return
    free = np.ones(len(scored.score), dtype=np.bool_)
    free[listed[listed >= 0]] = free[explored.dealt] = False
    bounds = scored.pool.bounds(len(requests))
    for columns, *ends in groups:
        mine = slice(*np.searchsorted(row, ends).tolist())
        if mine.start == mine.stop:
            continue
        heads, catalogue = columns.views[0].models.heads, columns.views[0].catalogue
        unsure, rates = heads.drift.widening(), _title_rates(heads, catalogue)
        candidates = scored.pool.title, scored.score, free, catalogue.digest
        arms = _deal(row[mine], at[mine], listed, bounds, *candidates, *rates, unsure)
        there = arms[arms >= 0]
        owner, title = scored.pool.owner[there] - ends[0], scored.pool.title[there]
        x = named_inputs(columns, owner, title, scored.pair_features[there])
        variance = variances(x, heads.newton.covariances[GROUPS["click"]]) + of_rates(title, *rates)
        parts = contest_parts(*_beliefs(arms, scored.score, variance, unsure), how.most_unsure)
        open_to = np.flatnonzero(parts[:, 0] < PARTS)
        won, place = row[mine][open_to], at[mine][open_to]
        winner = draw(parts[open_to], requests, won, place)
        listed[won, place] = arms[open_to, winner]
        propensity[won, place] = parts[open_to, winner] / PARTS


@compiled
def _contested(left: Bools, listed: Ints, slots: int) -> tuple[Ints, Ints]:
    """The first ``slots`` exploring places of each list that got no new title, behind the first ten: rows, and places in them."""
    rows, places = np.empty(left.size, dtype=np.int64), np.empty(left.size, dtype=np.int64)
    count = 0
    for row in range(len(left)):
        found = 0
        for place in range(FIRST, left.shape[1]):
            if found < slots and left[row, place] and listed[row, place] >= 0:
                rows[count], places[count] = row, place
                found, count = found + 1, count + 1
    return rows[:count].copy(), places[:count].copy()


@compiled
def _deal(
    row: Ints,
    at: Ints,
    listed: Ints,
    bounds: Ints,
    title: Ints,
    score: Floats,
    free: Bools,
    digests: Hashes,
    rated: Ints,
    counts: Floats,
    rate: float,
    weight: float,
    unsure: float,
) -> Ints:
    """The candidates of each place, [contests × (1 + CHALLENGERS)], -1 for none.

    First the incumbent, then the ``free`` titles of the list's profile with the highest upper confidence bounds of their scores, dealt in turn.
    """
    arms = np.full((len(row), 1 + CHALLENGERS), -1)
    # The deviation of a title that was never shown, and the error of rounding.
    widest = np.sqrt(unsure * _of_rate(-1, rated, counts, rate, weight)) + 1e-6
    first = 0
    while first < len(row):
        last = first
        while last < len(row) and row[last] == row[first]:
            arms[last, 0], last = listed[row[last], at[last]], last + 1
        many = last - first
        best, size = np.full((1, many * CHALLENGERS), -1), 0
        highest, ties = np.empty(best.shape), np.empty(best.shape, dtype=digests.dtype)
        for n in range(bounds[row[first]], bounds[row[first] + 1]):
            # Most titles are too far behind, however unsure they are: that saves looking up how often they were shown.
            if free[n] and (size < best.shape[1] or score[n] + widest >= highest[0, size - 1]):
                variance = _of_rate(title[n], rated, counts, rate, weight)
                bound = np.rint((score[n] + np.sqrt(unsure * variance)) * 1e6) / 1e6
                size = offer(best, highest, ties, 0, size, n, bound, digests[title[n]])
        for nth in range(many):
            for n in range(CHALLENGERS):
                arms[first + nth, 1 + n] = best[0, nth + n * many]
        first = last
    return arms


@compiled
def _beliefs(arms: Ints, score: Floats, variance: Floats, unsure: float) -> tuple[Floats, Floats]:
    """Mean and deviation of the value of the candidates of places, [contests × arms], -inf and 1 for none; ``variance``: of those that are there, in order."""
    mean, deviation, known = np.full(arms.shape, -np.inf), np.ones(arms.shape), 0
    for place in range(len(arms)):
        for n in range(arms.shape[1]):
            if arms[place, n] >= 0:
                mean[place, n] = score[arms[place, n]]
                deviation[place, n] = np.sqrt(unsure * max(variance[known], 1e-12))
                known += 1
    return mean, deviation


def _title_rates(heads: Heads, catalogue: Catalogue) -> tuple[Ints, Floats, float, float]:
    """The click rates of titles: their slots, the counts of slots, the population's rate, and the weight of a rate in the click head."""
    population = heads.rates.population
    rate = float(population[CLICKED] / population[SHOWN])
    return catalogue.rated, heads.rates.counts, rate, float(heads.newton.weights[_TITLE_RATE, _CLICK])


@compiled
def of_rates(title: Ints, rated: Ints, counts: Floats, rate: float, weight: float) -> Floats:
    """The variance of titles' log-odds of a click due to their estimated click rates, which are inputs of the head."""
    variance = np.empty(len(title))
    for place in range(len(title)):
        variance[place] = _of_rate(title[place], rated, counts, rate, weight)
    return variance


@compiled
def _of_rate(title: int, rated: Ints, counts: Floats, rate: float, weight: float) -> float:
    shown = counts[rated[title, 0], SHOWN] if title >= 0 else 0.0
    variance: float = weight * weight / ((shown + PRIOR) * rate * (1.0 - rate))
    return variance


@compiled
def contest_parts(mean: Floats, deviation: Floats, most: float) -> Ints:
    """Propensities of contests as whole parts of ``PARTS``, [contests × arms]; the first arm is the incumbent, the others challenge it.

    Challengers have together at most ``most``; a challenger below ``SUPPORT`` gets 0.
    """
    parts = np.zeros(mean.shape, dtype=np.int64)
    for row in range(len(mean)):
        there = np.flatnonzero(mean[row] > -np.inf)
        probabilities = best_of(mean[row][there], deviation[row][there])
        together = probabilities[1:].sum()
        scale = most / together if together > most else 1.0
        rest = PARTS
        for n in range(1, len(there)):
            if probabilities[n] * scale >= SUPPORT:
                parts[row, there[n]] = int(np.rint(probabilities[n] * scale * PARTS))
                rest -= parts[row, there[n]]
        parts[row, there[0]] = rest
    return parts

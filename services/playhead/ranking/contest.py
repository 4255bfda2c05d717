"""Contests: exploring places without a new title go by Thompson sampling to the incumbent, or to challengers from outside of the list.

    arms          the title at the place, and three titles outside of the list with the best optimistic scores
    draw          each by its probability of being worth the most (Thompson), the three together at most ``most_unsure``
    no contest    where no challenger is likely to be better, the incumbent stays, with propensity 1

The mean of a title's value is its score; the deviation is that of the click head: of its weights (``models.bayesian_logistic``), and of
the title's own click rate, which is an input estimated from few impressions. After a drift of the head both are widened for a while
(``models.head_drift``). Draws are independent, and no place before ``FIRST`` is contested.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import top_k
from playhead.arrays.types import Bools, Floats, Ints
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


class Contested(NamedTuple):
    """Contested places, one row each: row of the list, place in it, and the candidates, [contests × (1 + CHALLENGERS)], the incumbent first, -1 for none."""

    row: Ints
    at: Ints
    arms: Ints


def contest(
    how: Exploration,
    groups: Sequence[ShardRows],
    requests: Sequence[Request],
    scored: Scored,
    explored: Explored,
) -> None:
    """Writes the winners of the contested places, and their propensities, into the lists; ``groups``: the shards that score them."""
    listed, propensity = explored.listed, explored.propensity
    at = _contested(how, explored)
    if not len(at):
        return
    free = np.ones(len(scored.score), dtype=np.bool_)
    free[listed[listed >= 0]] = free[explored.dealt] = False
    for columns, first, last in groups:
        mine = at[(at[:, 0] >= first) & (at[:, 0] < last)]
        if not len(mine):
            continue
        heads, catalogue = columns.views[0].models.heads, columns.views[0].catalogue
        unsure = heads.drift.widening()
        contests = _dealt(mine, scored, listed, free, heads, catalogue, unsure, requests)
        arms = contests.arms.ravel()
        there = np.flatnonzero(arms >= 0)
        owner, title = scored.pool.owner[arms[there]] - first, scored.pool.title[arms[there]]
        x = named_inputs(columns, owner, title, scored.pair_features[arms[there]])
        variance = np.full(len(arms), 1.0)
        variance[there] = variances(x, heads.newton.covariances[GROUPS["click"]])
        variance[there] += of_rates(title, *_title_rates(heads, catalogue))
        mean = np.where(arms >= 0, scored.score[arms], -np.inf).reshape(contests.arms.shape)
        parts = contest_parts(
            mean, np.sqrt(unsure * np.maximum(variance, 1e-12)).reshape(mean.shape), how.most_unsure
        )
        open_to = np.flatnonzero(parts[:, 0] < PARTS)
        row, place = contests.row[open_to], contests.at[open_to]
        winner = draw(parts[open_to], requests, row, place)
        listed[row, place] = contests.arms[open_to, winner]
        propensity[row, place] = parts[open_to, winner] / PARTS


def _contested(how: Exploration, explored: Explored) -> Ints:
    """The first ``slots`` exploring places of each list that got no new title, behind the first ten: row and place, [contests × 2]."""
    left = explored.left & (explored.listed >= 0)
    left[:, :FIRST] = False
    return np.argwhere(left & (left.cumsum(axis=1) <= how.slots))


def _dealt(
    at: Ints,
    scored: Scored,
    listed: Ints,
    free: Bools,
    heads: Heads,
    catalogue: Catalogue,
    unsure: float,
    requests: Sequence[Request],
) -> Contested:
    """The candidates of each place: the incumbent, then the titles outside of the list with the best optimistic scores, dealt in turn."""
    row, place = at.T
    rows, nth = np.unique(row, return_inverse=True)
    each = np.bincount(nth).max()
    bounds = scored.pool.bounds(len(requests))
    first, last = bounds[rows], bounds[rows + 1]
    edges = np.concatenate([[0], np.cumsum(last - first)])
    rated, counts, rate, weight = _title_rates(heads, catalogue)
    mine, hope = hopes(
        first, last, scored.pool.title, scored.score, free, rated, counts, rate, weight, unsure
    )
    best = top_k(hope, catalogue.digest[scored.pool.title[mine]], edges, int(each) * CHALLENGERS)
    out = np.where((best >= 0) & np.isfinite(hope[best]), mine[best], -1)
    turn = np.concatenate([np.arange(size) for size in np.bincount(nth).tolist()])
    many = np.bincount(nth)[nth]
    arms = np.full((len(at), 1 + CHALLENGERS), -1)
    arms[:, 0] = listed[row, place]
    for n in range(CHALLENGERS):
        arms[:, 1 + n] = out[nth, np.minimum(turn + n * many, out.shape[1] - 1)]
    return Contested(row, place, arms)


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
def hopes(
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
    """The candidates of lists, each list from ``first`` to ``last``, and the upper confidence bound of each one's score; -inf if it is not ``free``."""
    mine = np.empty((last - first).sum(), dtype=np.int64)
    hope = np.full(len(mine), -np.inf)
    at = 0
    for row in range(len(first)):
        for candidate in range(first[row], last[row]):
            mine[at] = candidate
            if free[candidate]:
                variance = _of_rate(title[candidate], rated, counts, rate, weight)
                hope[at] = np.rint((score[candidate] + np.sqrt(unsure * variance)) * 1e6) / 1e6
            at += 1
    return mine, hope


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

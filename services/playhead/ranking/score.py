"""The value model: the explicit sum that orders candidates.

    score = blend (log-odds of being chosen: ``models.blend``) + Σ value · log P(outcome) + value of continuing a series

The blend is learned; the other parts are the value of a choice, with weights in ``recipe.py``, so that a title
that is clicked and left ranks below one that is watched, and a series in progress ranks higher. A candidate's score does not depend on the other candidates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playhead.arrays.top_k import top_k
from playhead.arrays.types import Floats
from playhead.candidates.pool import CandidatePool
from playhead.features.context import ContextBatch
from playhead.labels.definitions import HEADS
from playhead.models.choice_features import (
    CO_CHOSEN_FEATURES,
    CONTEXT_BIAS,
    LAG_ONE_FEATURES,
    PARTS,
    SHORT_LAG_FEATURES,
    WIDTH,
)
from playhead.models.cooccurrence import CO_CONSUMPTION, CO_IMPRESSION
from playhead.models.river.serving import COLUMNS
from playhead.ranking.choice import weigh
from playhead.ranking.outcomes import ask, asked_of, outcome_probabilities, write_logits

CLICK, LONG_VIEW = HEADS.index("click"), HEADS.index("long_view")
FINISH, BINGE = HEADS.index("finish"), HEADS.index("binge")
DIGITS = 6
"""Decimals to which scores are rounded before they are compared, so that ties are broken the same way everywhere."""
TASTE = ("taste", "content", "tags", "language", "year", "mood", "household/chosen", "household/lift")
AFTER = (
    LAG_ONE_FEATURES,
    SHORT_LAG_FEATURES,
    CO_CHOSEN_FEATURES,
    "sequence",
    CO_CONSUMPTION,
    CO_IMPRESSION,
    "household/sum",
    "household/log",
    "household/product",
)
POPULAR = (
    "popularity",
    "label_popularity",
    "makers",
    "season",
    "surface",
    "shown",
    "click_rate",
    "shown_here",
    CONTEXT_BIAS,
    "age",
)


_GROUPS = TASTE, AFTER, POPULAR
LIKED = _GROUPS.index(TASTE)
"""The row of ``Scored.by_group`` with the features of the profile's liking for a title's content."""
_GROUP_OF_FEATURE = np.full(WIDTH, -1)
for _row, _group in enumerate(_GROUPS):
    for _name in _group:
        _GROUP_OF_FEATURE[PARTS[_name]] = _row


class Weights(NamedTuple):
    """Values of outcomes, in log-odds of being chosen, and the parts of the blend that are left out.

    ``goes_on``: value of the next episode of a series that was watched just now; it halves each month.
    """

    long_view: float
    finish: float
    goes_on: float = 0.0
    without: tuple[str, ...] = ()


class ShardRows(NamedTuple):
    """The consecutive snapshots, from ``first`` to before ``last``, of one shard's markets; ``columns``: their batch."""

    columns: ContextBatch
    first: int
    last: int


class Scored(NamedTuple):
    """A pool with its scores and their parts, one entry a candidate."""

    pool: CandidatePool
    score: Floats
    outcomes: Floats
    """Log-odds of the heads and of the watch-time thresholds, and the columns of River models (``models.river.serving``), [candidates × COLUMNS]."""
    by_group: Floats
    """Contributions of liking, the last titles and popularity to the score, [3 × candidates]."""
    pair_features: Floats
    """Features of pairs that are inputs of the heads, [candidates × PAIR]."""


def score(weights: Sequence[Weights], groups: Sequence[ShardRows], pool: CandidatePool) -> Scored:
    """Scores all candidates: predictions shard by shard, then the value of all at once.

    ``weights``: those of each snapshot; they differ between the arms of an experiment.
    """
    worth = _spread(weights, pool)
    outcomes = np.empty((len(pool.title), COLUMNS))
    begins = pool.bounds(len(pool.passed))
    shards = [
        _shard_sums(
            weights[first:last], columns, pool.between(first, last), outcomes[begins[first] : begins[last]]
        )
        for columns, first, last in groups
    ]
    total, by_group, pair_features = (
        (shards[0].total, shards[0].by_group, shards[0].pair_features)
        if len(shards) == 1
        else _joined(shards)
    )
    if any(asked_of(columns) for columns, *_ in groups):
        sure = total + _value(worth, outcomes)
        for shard, (_, first, last) in zip(shards, groups, strict=True):
            mine = slice(begins[first], begins[last])
            _ask(shard, sure[mine], outcomes[mine])
    total += _value(worth, outcomes)
    if np.any(worth.goes_on) and pool.goes_on.any():
        going_on = worth.goes_on * pool.goes_on
        total += going_on
        by_group[_GROUPS.index(AFTER)] += going_on
    if not np.isfinite(total).all():
        raise FloatingPointError("A score is not finite: a model has diverged.")
    return Scored(pool, np.round(total, DIGITS), outcomes, by_group, pair_features)


class _Worth(NamedTuple):
    """Weights of outcomes: one number for all candidates, or one for each."""

    long_view: Floats | float
    finish: Floats | float
    goes_on: Floats | float


def _spread(weights: Sequence[Weights], pool: CandidatePool) -> _Worth:
    worths = zip(*((weight.long_view, weight.finish, weight.goes_on) for weight in weights), strict=True)
    return _Worth(
        *(
            worth[0] if len(set(worth)) == 1 else np.array(worth, dtype=np.float64)[pool.owner]
            for worth in worths
        )
    )


class _ShardSums(NamedTuple):
    """The blend's sums for the candidates of one shard's snapshots, without the value of outcomes."""

    columns: ContextBatch
    pool: CandidatePool
    total: Floats
    by_group: Floats
    pair_features: Floats


def _shard_sums(
    weights: Sequence[Weights], columns: ContextBatch, pool: CandidatePool, outcomes: Floats
) -> _ShardSums:
    counts = columns.views[0].models.blend.weights(columns.blocks)
    for row, weight in enumerate(weights):
        for name in weight.without:
            if name in PARTS:
                counts[row, PARTS[name]] = 0.0
    total, by_group, pair = weigh(columns, pool, counts, _GROUP_OF_FEATURE, len(_GROUPS))
    write_logits(columns, pool.owner, pool.title, pair, outcomes)
    return _ShardSums(columns, pool, total, by_group, pair)


def _value(worth: _Worth, outcomes: Floats) -> Floats:
    long_view, finish = np.log(outcome_probabilities(outcomes[:, [LONG_VIEW, FINISH]])).T
    value: Floats = worth.long_view * long_view + worth.finish * finish
    return value


def _ask(sums: _ShardSums, sure: Floats, outcomes: Floats) -> None:
    """Adds the predictions of models that are not additive, for the titles that rank first without them."""
    pool = sums.pool
    digests, bounds = sums.columns.views[0].catalogue.digest[pool.title], pool.bounds(len(pool.passed))
    for asked in asked_of(sums.columns):
        places = top_k(sure, digests, bounds, asked.first)
        ask(asked, sums.columns, pool.owner, pool.title, sums.pair_features, outcomes, places[places >= 0])


def _joined(shards: list[_ShardSums]) -> tuple[Floats, Floats, Floats]:
    total = np.concatenate([shard.total for shard in shards])
    by_group = np.concatenate([shard.by_group for shard in shards], axis=1)
    return total, by_group, np.concatenate([shard.pair_features for shard in shards])

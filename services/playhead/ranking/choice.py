"""The features of candidates that the blend weighs, computed by the same code for serving and for learning.

They are listed in ``models.choice_features``. Features of a title on its surface come from a table (``features.title_features``), the others
are computed for each candidate. A feature without data is 0.

One compiled pass a profile fills a tile with them (``ranking.feature_tile``) and sums its rows, each still in the order
of the features.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints, Singles
from playhead.candidates.pool import CandidatePool
from playhead.features.content import CHOSEN, LATELY
from playhead.features.context import ContextBatch
from playhead.features.title_features import title_features
from playhead.models.choice_features import WIDTH
from playhead.models.cooccurrence import (
    ASKED_STEP,
    CHOSEN_SPAN,
    CO_CONSUMPTION,
    CO_IMPRESSION,
    SHOWN_SPAN,
    SHOWN_STEP,
    closeness,
)
from playhead.ranking import content
from playhead.ranking.feature_tile import SEEN, TASTE, FeatureContext, empty_tile, fill_tile

PAIR: Ints = np.array(
    [
        TASTE,
        SEEN,
        content.CONTENT + CHOSEN,
        content.CONTENT + LATELY,
        content.TAGS,
        content.AGE,
        content.AGE + 2,
    ]
)
"""Features that are also inputs of the heads, in the order of ``outcome_features.PAIR``."""
_ASKED: Floats = np.power(ASKED_STEP, np.arange(CHOSEN_SPAN))
_ASKED_SHOWN: Floats = np.power(SHOWN_STEP, np.arange(SHOWN_SPAN))


class WeightedSums(NamedTuple):
    """Weighted sums of the features of each candidate: ``total`` over all, and ``by_group`` over each group, [groups × candidates].

    ``pair`` [candidates × PAIR]: the unweighted features that are also inputs of the heads.
    """

    total: Floats
    by_group: Floats
    pair: Floats


def features(columns: ContextBatch, pool: CandidatePool) -> Floats:
    """All features of the candidates, [candidates × features]."""
    batch, slot = _feature_context(columns, pool)
    matrix = np.empty((len(pool.title), WIDTH))
    for rows, table in _title_feature_tables(columns, pool, batch.first):
        _write(matrix, rows, table, batch, slot)
    return matrix


def weigh(
    columns: ContextBatch, pool: CandidatePool, weights: Floats, groups: NDArray[np.int64], count: int
) -> WeightedSums:
    """Weighted sums of the features of candidates, in an order that does not depend on the batch.

    Args:
        columns: The snapshots, of markets of one shard.
        pool: The candidates.
        weights: Weights of the features, [snapshots × features].
        groups: The group of each feature, -1 for none, [features].
        count: Number of groups.
    """
    batch, slot = _feature_context(columns, pool)
    size = len(pool.title)
    weighed = WeightedSums(np.empty(size), np.zeros((count, size)), np.empty((size, len(PAIR))))
    for rows, table in _title_feature_tables(columns, pool, batch.first):
        _weigh(weighed, weights, groups, rows, table, batch, slot)
    return weighed


def _feature_context(columns: ContextBatch, pool: CandidatePool) -> tuple[FeatureContext, NDArray[np.int32]]:
    view = columns.views[0]
    models, catalogue, scratch = view.models, view.catalogue, view.scratch
    view.prepare()
    most = int(pool.title.max(initial=0)) + 1
    models.context_bias.make_room(most)
    close, attention = _ASKED * closeness(columns.since_s), columns.attention
    co_consumption = view.links.co_occurrence[CO_CONSUMPTION].asked(most, columns.recent, close)
    # No broadcast view: numba would compile another version for its memory layout, in the midst of serving.
    often = np.tile(_ASKED_SHOWN, (len(columns.shown), 1))
    co_impression = view.links.co_occurrence[CO_IMPRESSION].asked(most, columns.shown, often)
    scratch.make_room(max(len(catalogue.titles), len(co_consumption.met), len(co_impression.met)))
    batch = FeatureContext(
        pool.bounds(len(columns.surface)),
        pool.title,
        pool.links,
        columns.affinity,
        catalogue.label_of,
        models.sequence.profiles(columns.recent),
        models.sequence.outward,
        columns.tokens,
        models.context_bias.weights,
        catalogue.repeatable,
        co_consumption,
        co_impression,
        columns.seen,
        columns.own,
        content.title_content(catalogue),
        columns.recent,
        columns.until_s,
        columns.content,
        columns.mood,
        attention.vector,
        view.links.co_occurrence[CO_CONSUMPTION].asked(most, columns.recent, close * attention.recent),
        models.sequence.attended(columns.recent, attention.recent),
        columns.attended_affinity,
    )
    return batch, scratch.slot


def _title_feature_tables(
    columns: ContextBatch, pool: CandidatePool, first: Ints
) -> Iterator[tuple[Ints, Singles]]:
    """The rows of each pair of market and surface, with the feature table of their candidates."""
    for (view, surface), rows in columns.places.items():
        mine = [pool.title[first[row] : first[row + 1]] for row in rows.tolist()]
        yield rows, title_features(view, surface, np.concatenate(mine))


@compiled
def _write(
    matrix: Floats, rows: Ints, table: Singles, batch: FeatureContext, slot: NDArray[np.int32]
) -> None:
    tile, popular = empty_tile(batch.first, rows)
    for row in rows:
        first, last = batch.first[row], batch.first[row + 1]
        fill_tile(tile, popular, row, table, batch, slot)
        for n in range(last - first):
            for place in range(WIDTH):
                matrix[first + n, place] = tile[place, n]


@compiled
def _weigh(
    weighed: WeightedSums,
    weights: Floats,
    groups: NDArray[np.int64],
    rows: Ints,
    table: Singles,
    batch: FeatureContext,
    slot: NDArray[np.int32],
) -> None:
    tile, popular = empty_tile(batch.first, rows)
    for row in rows:
        first, last = batch.first[row], batch.first[row + 1]
        fill_tile(tile, popular, row, table, batch, slot)
        total, size = weighed.total[first:last], last - first
        total[:] = 0.0
        for place in range(WIDTH):
            if groups[place] < 0:
                _add(total, tile[place, :size], weights[row, place])
            else:
                group = weighed.by_group[groups[place], first:last]
                _add_both(total, group, tile[place, :size], weights[row, place])
        for n in range(size):
            for place in range(len(PAIR)):
                weighed.pair[first + n, place] = tile[PAIR[place], n]


@compiled
def _add(total: Floats, values: Floats, weight: float) -> None:
    for n in range(len(total)):
        total[n] += weight * values[n]


@compiled
def _add_both(total: Floats, group: Floats, values: Floats, weight: float) -> None:
    for n in range(len(total)):
        part = weight * values[n]
        total[n] += part
        group[n] += part

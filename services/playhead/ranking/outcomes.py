"""What the heads say of candidates: log-odds of every head and of every time watched, over a batch at once.

    logits = those of the title on this surface + those of the profile + pair features · their weights

The first part is nearly all of the work; it is done once a title, surface and version of the heads, for whoever
asks first. All sums run in a fixed order, so that a batch of any size gives the same bits.
"""

import numpy as np

from playhead.arrays.bounds import bounded
from playhead.arrays.hashing import PAD
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.features.context import SURFACE, ContextBatch
from playhead.labels.definitions import HEADS
from playhead.models.bayesian_logistic import LARGEST_INPUT
from playhead.models.feature_rates import COLD_START, FACTS, NOTHING, facts_of
from playhead.models.heads import CURVE, DENSE, OUTPUTS, Heads, sigmoid
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.watch_time_curve import watch_time
from playhead.ranking.outcome_features import PAIR, PROFILE, TITLE, title_dense, title_slots

TITLE_RATED = 6
"""Rated slots of a title, itself and on this surface; the rest are the profile's."""


def outcome_probabilities(logits: Floats) -> Floats:
    """P of every head, [rows × heads]."""
    return sigmoid(logits[:, : len(HEADS)])


def expected_watch_s(logits: Floats, length_s: Floats) -> Floats:
    """Seconds that will be watched, in the middle, [rows]."""
    return watch_time(logits[:, CURVE], length_s)


def write_logits(columns: ContextBatch, owner: Ints, title: Ints, together: Floats, said: Floats) -> None:
    """Writes log-odds of titles for the moment in row ``owner`` into ``said``, [rows × outputs].

    The markets of all moments share one shard's models. A title of -1 was never heard of: nothing is known of it.
    ``together``: features of the pairs.
    """
    heads = columns.views[0].models.heads
    profiles, weights = _of_profiles(heads, columns), heads.newton.weights[PAIR]
    place_of = columns.place_of[owner]
    for place, ((view, _), mine) in enumerate(columns.places.items()):
        rows = np.flatnonzero(place_of == place)
        known = _of_titles(view, int(columns.slots[mine[0], SURFACE]), title[rows])
        _join(said, rows, known, profiles, owner, title, together, weights)


@compiled
def _join(
    said: Floats,
    rows: Ints,
    known: Floats,
    profiles: Floats,
    owner: Ints,
    title: Ints,
    together: Floats,
    weights: Floats,
) -> None:
    for row in rows:
        mine, his = said[row], profiles[owner[row]]
        if title[row] >= 0:
            mine[:] = known[title[row]]
        else:
            mine[:] = 0.0
        for output in range(len(mine)):
            mine[output] += his[output]
        for place in range(together.shape[1]):
            value = _input(together[row, place])
            for output in range(len(mine)):
                mine[output] += value * weights[place, output]


def _of_profiles(heads: Heads, columns: ContextBatch) -> Floats:
    counts, newton = heads.rates.counts, heads.newton.weights
    weights = newton[-1], newton[PROFILE], newton[DENSE + TITLE_RATED * FACTS : -1], heads.weights
    return _logits(columns.dense, columns.rated, columns.slots, counts, *weights)


@compiled
def _logits(
    dense: Floats,
    rated: Ints,
    slots: Ints,
    counts: Floats,
    always: Floats,
    of_dense: Floats,
    of_facts: Floats,
    of_slots: Floats,
) -> Floats:
    said, crowd = np.empty((len(dense), len(always))), counts[PAD] + COLD_START
    for row in range(len(dense)):
        said[row] = always
        _add(said[row], dense[row], of_dense)
        _add(said[row], facts_of(counts, rated[row], crowd, NOTHING).ravel(), of_facts)
        _add_slots(said[row], slots[row], of_slots)
    return said


def _of_titles(view: MarketSnapshot, surface: int, title: Ints) -> Floats:
    """Log-odds of all titles, [titles × outputs], of which these are known."""
    sheet = view.lasting.outcomes.of((view.models.shard, surface))
    version = (view.models.versions["heads"], view.catalogue.changed)
    missing = sheet.missing(title, version, len(view.catalogue.titles))
    if len(missing):
        sheet.values[missing] = _title_logits(view, surface, missing)
    return sheet.values


def _title_logits(view: MarketSnapshot, surface: int, title: Ints) -> Floats:
    heads = view.models.heads
    slots, rated = title_slots(view.catalogue, title, np.full(len(title), surface))
    counts, newton = heads.rates.counts, heads.newton.weights
    weights = newton[TITLE], newton[DENSE : DENSE + TITLE_RATED * FACTS], heads.weights
    return _logits(title_dense(view.catalogue, title), rated, slots, counts, np.zeros(OUTPUTS), *weights)


@compiled
def _input(value: float) -> float:
    return bounded(np.rint(value * 1e4) / 1e4, LARGEST_INPUT)


@compiled
def _add(said: Floats, values: Floats, weights: Floats) -> None:
    for place in range(len(values)):
        value = _input(values[place])
        for output in range(len(said)):
            said[output] += value * weights[place, output]


@compiled
def _add_slots(said: Floats, slots: Ints, weights: Floats) -> None:
    for slot in slots:
        for head in range(weights.shape[1]):
            said[head] += weights[slot, head]

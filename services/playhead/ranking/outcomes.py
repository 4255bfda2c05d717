"""Predictions of the outcome heads for candidates: log-odds of every head and of every watch-time threshold, for a whole batch.

    logits = those of the title on this surface + those of the profile + pair features · their weights

The first part is nearly all of the work; it is cached for each title, surface and version of the heads.
All sums run in a fixed order, so that results do not depend on the batch. Linear and factorisation models of
River are further columns of the same sums (``models.river.fast``); other models are queried for a few rows afterwards (``ask``).
"""

from collections.abc import Sequence

import numpy as np

from playhead.arrays.bounds import bounded
from playhead.arrays.hashing import PAD
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.features.context import SURFACE, ContextBatch
from playhead.labels.definitions import HEADS
from playhead.models.bayesian_logistic import LARGEST_INPUT
from playhead.models.feature_rates import COLD_START, FACTS, NOTHING, facts_of
from playhead.models.head_lists import CURVE, DENSE, INPUTS, OUTPUTS
from playhead.models.heads import Heads, sigmoid
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.river.serving import LEANING, QueriedModel, Serving, blend, lean
from playhead.models.watch_time_curve import watch_time
from playhead.ranking.outcome_features import (
    PAIR,
    PROFILE,
    TITLE,
    title_dense,
    title_slots,
    write_length,
    write_rated,
)

_PROFILE, _TITLE = PROFILE.start, TITLE.start
TITLE_RATED = 6
"""Number of rated slots of a title, including those by surface; the other ones are of the profile."""


def outcome_probabilities(logits: Floats) -> Floats:
    """The probability of every head, [rows × heads]."""
    return sigmoid(logits[:, : len(HEADS)])


def expected_watch_s(logits: Floats, length_s: Floats) -> Floats:
    """The predicted median of the seconds watched, [rows]; ``length_s``: lengths of the titles, 0 if unknown."""
    seconds, leaning = watch_time(logits[:, CURVE], length_s), logits[:, LEANING]
    if not leaning.any():
        return seconds
    predicted = np.expm1((1.0 - leaning) * np.log1p(seconds) + logits[:, LEANING + 1])
    return np.clip(predicted, 0.0, np.where(length_s > 0.0, length_s, np.inf))


def write_logits(
    columns: ContextBatch, owner: Ints, title: Ints, pair_features: Floats, written: Floats
) -> None:
    """Writes log-odds of titles for the snapshot in row ``owner`` into ``written``, [rows × COLUMNS].

    The markets of all snapshots share one shard's models. A title of -1 is unknown, and contributes 0.
    ``pair_features``: features of the pairs, [rows × PAIR].

    Raises:
        ValueError: ``pair_features`` has another width.
    """
    if pair_features.shape[1] != len(PAIR):
        raise ValueError(f"{pair_features.shape[1]} features of pairs, not {len(PAIR)}")
    models = columns.views[0].models
    serving = models.serving()
    wide = serving.wide(models.heads.newton.weights)
    profiles = _of_profiles(models.heads, columns, wide, serving)
    work = np.empty((len(written), wide.shape[1]))
    place_of = columns.place_of[owner]
    for place, ((view, _), mine) in enumerate(columns.places.items()):
        rows = np.flatnonzero(place_of == place)
        known = _of_titles(view, int(columns.slots[mine[0], SURFACE]), title[rows], wide, serving)
        _join(work, rows, known, profiles, owner, title, pair_features, wide[PAIR])
    if serving.has_squares:
        _add_squares(work[:, OUTPUTS:], pair_features, serving.squares[PAIR])
    blend(work, written, serving)


def ask(
    asked: QueriedModel,
    columns: ContextBatch,
    owner: Ints,
    title: Ints,
    pair_features: Floats,
    written: Floats,
    rows: Ints,
) -> None:
    """Adds the predictions of a model that is not additive to some rows of ``written``, after ``write_logits``."""
    predicted = asked.predict(named_inputs(columns, owner[rows], title[rows], pair_features[rows]))
    lean(written, rows, asked.head, asked.weight, predicted)


def named_inputs(columns: ContextBatch, owner: Ints, title: Ints, pair_features: Floats) -> Floats:
    """The inputs of the regression and of River models, [rows × INPUTS], in the order of their names."""
    catalogue, rates = columns.views[0].catalogue, columns.views[0].models.heads.rates
    dense, rated, slots = columns.dense, columns.rated, columns.slots
    lengths, rated_of = catalogue.duration_s, catalogue.rated
    counts, population = rates.counts, rates.population
    return _named(owner, title, pair_features, dense, rated, slots, lengths, rated_of, counts, population)


@compiled
def _named(
    owner: Ints,
    title: Ints,
    pair_features: Floats,
    dense: Floats,
    rated: Ints,
    slots: Ints,
    duration_s: Floats,
    rates: Ints,
    counts: Floats,
    population: Floats,
) -> Floats:
    x, behind = np.zeros((len(title), INPUTS)), DENSE + TITLE_RATED * FACTS
    of_title = np.empty(TITLE_RATED, dtype=np.int64)
    for row in range(len(title)):
        mine, of = x[row], owner[row]
        for place in range(len(PAIR)):
            mine[PAIR[place]] = pair_features[row, place]
        mine[_PROFILE : _PROFILE + dense.shape[1]] = dense[of]
        if title[row] >= 0:
            write_length(duration_s[title[row]], mine[_TITLE : _TITLE + 3])
            write_rated(rates[title[row]], slots[of, SURFACE], of_title)
            mine[DENSE:behind] = facts_of(counts, of_title, population, NOTHING).ravel()
        for place in range(DENSE):  # facts are rounded, and within narrower bounds
            mine[place] = _input(mine[place])
        if row and owner[row - 1] == of:  # a profile has many titles
            mine[behind:] = x[row - 1, behind:]
        else:
            mine[behind:] = facts_of(counts, rated[of], population, NOTHING).ravel()
    return x


def asked_of(columns: ContextBatch) -> Sequence[QueriedModel]:
    """The models to be queried for the first titles of these snapshots."""
    return columns.views[0].models.serving().asked


@compiled
def _join(
    written: Floats,
    rows: Ints,
    known: Floats,
    profiles: Floats,
    owner: Ints,
    title: Ints,
    pair_features: Floats,
    weights: Floats,
) -> None:
    for row in rows:
        mine, of_profile = written[row], profiles[owner[row]]
        if title[row] >= 0:
            mine[:] = known[title[row]]
        else:
            mine[:] = 0.0
        for output in range(len(mine)):
            mine[output] += of_profile[output]
        for place in range(pair_features.shape[1]):
            value = _input(pair_features[row, place])
            for output in range(len(mine)):
                mine[output] += value * weights[place, output]


def _of_profiles(heads: Heads, columns: ContextBatch, wide: Floats, serving: Serving) -> Floats:
    counts, behind = heads.rates.counts, slice(DENSE + TITLE_RATED * FACTS, INPUTS)
    weights = wide[-1], wide[PROFILE], wide[behind], heads.weights
    written = _logits(columns.dense, columns.rated, columns.slots, counts, *weights)
    if serving.has_squares:
        facts = heads.rates.facts(columns.rated.ravel()).reshape(len(written), -1)
        _add_squares(written[:, OUTPUTS:], columns.dense, serving.squares[PROFILE])
        _add_squares(written[:, OUTPUTS:], facts, serving.squares[behind])
    return written


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
    written, population = np.empty((len(dense), len(always))), counts[PAD] + COLD_START
    for row in range(len(dense)):
        written[row] = always
        _add(written[row], dense[row], of_dense)
        _add(written[row], facts_of(counts, rated[row], population, NOTHING).ravel(), of_facts)
        _add_slots(written[row], slots[row], of_slots)
    return written


def _of_titles(view: MarketSnapshot, surface: int, title: Ints, wide: Floats, serving: Serving) -> Floats:
    """The table of titles' part of the log-odds, [titles × outputs], with the rows of ``title`` computed."""
    table = view.lasting.outcomes.of((view.models.shard, surface, wide.shape[1]), wide.shape[1])
    version = (view.models.versions["heads"], view.catalogue.changed)
    missing = table.missing(title, version, len(view.catalogue.titles))
    if len(missing):
        table.values[missing] = _title_logits(view, surface, missing, wide, serving)
    return table.values


def _title_logits(view: MarketSnapshot, surface: int, title: Ints, wide: Floats, serving: Serving) -> Floats:
    heads, before = view.models.heads, slice(DENSE, DENSE + TITLE_RATED * FACTS)
    slots, rated = title_slots(view.catalogue, title, np.full(len(title), surface))
    counts = heads.rates.counts
    dense = title_dense(view.catalogue, title)
    weights = wide[TITLE], wide[before], heads.weights
    written = _logits(dense, rated, slots, counts, np.zeros(wide.shape[1]), *weights)
    if serving.has_squares:
        facts = heads.rates.facts(rated.ravel()).reshape(len(rated), -1)
        _add_squares(written[:, OUTPUTS:], dense, serving.squares[TITLE])
        _add_squares(written[:, OUTPUTS:], facts, serving.squares[before])
    return written


def _add_squares(written: Floats, values: Floats, squares: Floats) -> None:
    """Adds squared inputs times their weights, one input after the other, so that the order of the sum is fixed."""
    kept = np.clip(np.rint(values * 1e4) / 1e4, -LARGEST_INPUT, LARGEST_INPUT) ** 2
    for place in range(values.shape[1]):
        written += kept[:, place, None] * squares[place]


@compiled
def _input(value: float) -> float:
    return bounded(np.rint(value * 1e4) / 1e4, LARGEST_INPUT)


@compiled
def _add(written: Floats, values: Floats, weights: Floats) -> None:
    for place in range(len(values)):
        value = _input(values[place])
        for output in range(len(written)):
            written[output] += value * weights[place, output]


@compiled
def _add_slots(written: Floats, slots: Ints, weights: Floats) -> None:
    for slot in slots:
        for head in range(weights.shape[1]):
            written[head] += weights[slot, head]

"""The outcome heads: P(click), P(start), P(long view), P(finish), P(binge) and the seconds watched, learned an example at a time.

    logit = regression(dense inputs, decayed rates of the rated slots) + Σ weight of each hashed feature

The decayed rates explain most (``models.feature_rates``); a regression with full covariance weighs them
(``models.bayesian_logistic``); the residual of single titles, tags and contexts is fitted by one weight a hashed
feature, with Adagrad (Duchi et al., 2011). Watch time is predicted as the median of the curve P(watched ≥ 1, 2, 4 … s)
(``models.watch_time_curve``).
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.domain.examples import Features
from playhead.labels.definitions import HEADS
from playhead.models import bayesian_logistic, feature_rates
from playhead.models.bayesian_logistic import LARGEST_INPUT, BayesianLogistic
from playhead.models.feature_rates import (
    COUNTS,
    FeatureRates,
)
from playhead.models.head_drift import HeadDrift
from playhead.models.head_lists import CURVE_STARTS, DENSE, GROUPS, INPUTS, PRIORS, RATED, no_slots
from playhead.models.label_counts import (
    CLICK_COUNTS,
    bound_by_trials,
    counted_before,
    counts_of,
    counts_of_correction,
    targets,
)
from playhead.models.watch_time_curve import THRESHOLDS_S, watch_time_of

_POPULATION: Ints = np.array([PAD])
SLOT_VALUES = 2 * len(HEADS) + COUNTS + 1
RATE = 0.02
"""Learning rate of the hashed weights, which fit a residual: at .05 they begin to learn noise."""


class LabelRow(NamedTuple):
    """The labels of an example for the heads; a ``duration_s`` of 0 means an unknown length.

    ``clicked``: the click was learned before. ``corrects_ms``: when these labels, final now, were provisionally learned as 0; 0 for never.
    """

    labels: dict[str, int]
    at_ms: float
    watch_s: float | None = None
    duration_s: float = 0.0
    clicked: bool = False
    corrects_ms: float = 0.0


class Learned(NamedTuple):
    """What the heads predicted of examples before they learned them.

    Attributes:
        moved: Slots that changed, possibly with duplicates.
        predicted: The probability of each head, [examples × heads]; undefined where the label is unknown.
        inputs: Bounded inputs of the regression, [examples × INPUTS].
        seconds: Seconds watched that the curve predicted, [examples].
    """

    moved: Ints
    predicted: Floats
    inputs: Floats
    seconds: Floats


class Heads:
    """All heads over one hashed feature space. ``weights`` and ``moved`` (summed squared gradients): [slots × heads]."""

    def __init__(self, slots: int = SLOTS) -> None:
        begin = np.array([*(PRIORS[head] for head in HEADS), *CURVE_STARTS])
        self.newton = BayesianLogistic(INPUTS, begin, _groups())
        self.rates = FeatureRates(slots)
        self.drift = HeadDrift()
        # ``full`` writes to the memory, as in ``FeatureRates``.
        self.weights: Floats = np.full((slots, len(HEADS)), 0.0)
        self.moved: Floats = np.ones((slots, len(HEADS)))

    def learn_one(self, features: Features, example: LabelRow) -> Ints:
        """Learns the known labels. Returns the slots that changed, the population's included."""
        return self.learn([features], [example]).moved

    def learn(self, features: Sequence[Features], examples: Sequence[LabelRow]) -> "Learned":
        """Learns examples in order.

        Raises:
            Rejected: a slot is out of bounds; nothing was learned.
        """
        slots = np.array(list(chain.from_iterable(feature.hashed for feature in features)), dtype=np.int64)
        rated = _table([feature.rated for feature in features], RATED, PAD).astype(np.int64)
        moved = np.concatenate([slots, rated.ravel(), _POPULATION])
        if moved.min() < 0 or moved.max() >= len(self.weights):
            raise no_slots()
        predicted = np.full((len(examples), len(HEADS)), np.nan)
        inputs, seconds = np.empty((len(examples), INPUTS)), np.empty(len(examples))
        _learn_all(
            LabelBatch(
                _table([feature.dense for feature in features], DENSE, 0.0),
                rated,
                starts(len(feature.hashed) for feature in features),
                slots,
                np.array(
                    [[example.labels.get(head, -1) for head in HEADS] for example in examples],
                    dtype=np.float64,
                ),
                np.array(
                    [np.nan if example.watch_s is None else example.watch_s for example in examples],
                    dtype=np.float64,
                ),
                np.array([example.duration_s for example in examples], dtype=np.float64),
                np.array([example.clicked for example in examples]),
                np.array([example.at_ms for example in examples], dtype=np.float64),
                np.array([example.corrects_ms for example in examples], dtype=np.float64),
            ),
            self.newton.weights,
            self.newton.covariances,
            self.newton.group,
            self.weights,
            self.moved,
            self.rates.counts,
            self.rates.at_ms,
            predicted,
            inputs,
            seconds,
        )
        return Learned(moved, predicted, inputs, seconds)

    def inputs(self, features: Features, without: Floats | None = None) -> Floats:
        """The inputs of the regression, [INPUTS]; missing ones are 0. ``without``: counts to subtract before rates are computed."""
        x = np.zeros(INPUTS)
        x[: len(features.dense[:DENSE])] = features.dense[:DENSE]
        rated = np.array((*features.rated, *[PAD] * RATED)[:RATED], dtype=np.int64)
        x[DENSE:] = self.rates.facts(rated, without).ravel()
        return x

    def predict_one(self, features: Features, *, clicked: bool = False) -> dict[str, float]:
        """The probability of each head; changes nothing. ``clicked``: as in ``LabelRow``."""
        slots = np.unique(np.array(features.hashed, dtype=np.int64))
        row = as_row(self.inputs(features, CLICK_COUNTS if clicked else None))
        logits = bayesian_logistic.logits_of(self.newton.weights, row)
        return {head: _probability(logits[n], self.weights, slots, n) for n, head in enumerate(HEADS)}

    def export(self, slots: NDArray[np.int64]) -> Floats:
        """The parameters of slots, [slots × SLOT_VALUES]: weights, summed squared gradients, counts, and time of the counts (ms)."""
        parts = (
            self.weights[slots],
            self.moved[slots],
            self.rates.counts[slots],
            self.rates.at_ms[slots, None],
        )
        return np.concatenate(parts, axis=1)

    def restore(self, slots: NDArray[np.int64], values: Floats) -> None:
        """Overwrites slots with exported values."""
        width = len(HEADS)
        self.weights[slots], self.moved[slots] = values[:, :width], values[:, width : 2 * width]
        self.rates.counts[slots], self.rates.at_ms[slots] = values[:, 2 * width : -1], values[:, -1]


class LabelBatch(NamedTuple):
    """Examples as columns: features, then labels; the hashed ``slots`` of an example begin at its ``first``."""

    dense: Floats
    rated: Ints
    first: Ints
    slots: Ints
    labels: Floats
    watch_s: Floats
    duration_s: Floats
    clicked: NDArray[np.bool_]
    at_ms: Floats
    corrects_ms: Floats


def _table(rows: Sequence[tuple[float, ...]], width: int, missing: float) -> Floats:
    """Rows as an array of this width: longer rows are cut, shorter ones padded with ``missing``."""
    if any(len(row) != width for row in rows):
        rows = [(*row, *[missing] * width)[:width] for row in rows]
    return np.array(rows, dtype=np.float64)


@compiled
def probability_of(logit: float) -> float:
    """The probability of log-odds, never 0 or 1."""
    probability: float = 1.0 / (1.0 + np.exp(-min(max(logit, -30.0), 30.0)))
    return probability


@compiled
def _probability(logit: float, weights: Floats, slots: Ints, head: int) -> float:
    """The probability of a head, from the regression's logit and the weights of distinct hashed features."""
    total = logit
    for slot in slots:
        total += weights[slot, head]
    return probability_of(total)


@compiled
def as_row(inputs: Floats) -> Floats:
    """Inputs clipped to ``LARGEST_INPUT``, with the constant 1 appended."""
    x = np.ones(len(inputs) + 1)
    for place in range(len(inputs)):
        x[place] = min(max(inputs[place], -LARGEST_INPUT), LARGEST_INPUT)
    return x


@compiled
def _adjust(
    weights: Floats,
    moved: Floats,
    slots: Ints,
    logits: Floats,
    known: Floats,
    labels: Floats,
    predicted: Floats,
) -> None:
    """Moves the hashed weights by the error that is left; writes into ``predicted`` the probability before."""
    for head in range(weights.shape[1]):
        if known[head] == 0.0:
            continue
        predicted[head] = _probability(logits[head], weights, slots, head)
        error = predicted[head] - labels[head]
        for slot in slots:
            moved[slot, head] += error * error
            weights[slot, head] -= RATE * error / np.sqrt(moved[slot, head])


def _groups() -> list[int]:
    return [GROUPS[head] for head in HEADS] + [GROUPS["long_view"]] * len(THRESHOLDS_S)


@compiled
def _learn_all(
    batch: LabelBatch,
    weights: Floats,
    covariances: Floats,
    group: Ints,
    hashed: Floats,
    moved: Floats,
    counts: Floats,
    counted_ms: Floats,
    predicted: Floats,
    inputs: Floats,
    seconds: Floats,
) -> None:
    x = np.zeros(INPUTS)
    for n in range(len(batch.at_ms)):
        out = CLICK_COUNTS if batch.clicked[n] else feature_rates.NOTHING
        population = counts[PAD] + feature_rates.COLD_START
        if batch.corrects_ms[n] > 0.0:
            out = counted_before(batch.labels[n], batch.at_ms[n] - batch.corrects_ms[n])
            population = np.maximum(counts[PAD] - out, 0.0) + feature_rates.COLD_START
        x[:DENSE] = batch.dense[n]
        x[DENSE:] = feature_rates.facts_of(counts, batch.rated[n], population, out).ravel()
        inputs[n] = as_row(x)[:-1]
        slots = np.unique(batch.slots[batch.first[n] : batch.first[n + 1]])
        rated = np.unique(np.append(batch.rated[n], PAD))
        if batch.corrects_ms[n] > 0.0:
            _correct(
                weights, covariances, group, as_row(x), batch.labels[n], slots, hashed, moved, predicted[n]
            )
            feature_rates.learn(
                counts, counted_ms, rated, counts_of_correction(batch.labels[n]), batch.corrects_ms[n]
            )
            bound_by_trials(counts, rated)
            seconds[n] = 0.0
            continue
        seconds[n] = _learn(
            weights,
            covariances,
            group,
            x,
            batch.labels[n],
            batch.watch_s[n],
            batch.duration_s[n],
            slots,
            hashed,
            moved,
            predicted[n],
            rated,
            counts,
            counted_ms,
            batch.at_ms[n],
        )


@compiled
def _learn(
    weights: Floats,
    covariances: Floats,
    group: Ints,
    inputs: Floats,
    outcomes: Floats,
    watch_s: float,
    duration_s: float,
    slots: Ints,
    hashed: Floats,
    moved: Floats,
    predicted: Floats,
    rated: Ints,
    counts: Floats,
    counted_ms: Floats,
    at_ms: float,
) -> float:
    """Learns one example: the regression, then its residual, then the rates. ``outcomes``: labels of the heads, -1 if unknown.

    Returns: the seconds that the curve had predicted if the seconds watched are known, else 0.
    """
    x = as_row(inputs)
    logits = bayesian_logistic.logits_of(weights, x)
    probabilities = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(logits, -30.0), 30.0)))
    known, labels = targets(outcomes, watch_s, duration_s)
    seconds = 0.0
    if not np.isnan(watch_s):
        seconds = watch_time_of(logits[len(outcomes) :], duration_s)
    bayesian_logistic.learn(weights, covariances, group, x, known, labels - probabilities, probabilities)
    _adjust(hashed, moved, slots, logits, known, labels, predicted)
    feature_rates.learn(counts, counted_ms, rated, counts_of(outcomes, watch_s), at_ms)
    return seconds


@compiled
def _correct(
    weights: Floats,
    covariances: Floats,
    group: Ints,
    x: Floats,
    outcomes: Floats,
    slots: Ints,
    hashed: Floats,
    moved: Floats,
    predicted: Floats,
) -> None:
    """Corrects labels that were provisionally learned as 0: moves the regression by the difference, the hashed weights by that of their gradients.

    Writes into ``predicted`` the probability before, for heads with a known label.
    """
    logits = bayesian_logistic.logits_of(weights, x)
    for head in range(len(outcomes)):
        if outcomes[head] >= 0.0:
            predicted[head] = _probability(logits[head], hashed, slots, head)
        if outcomes[head] > 0.0:
            bayesian_logistic.correct(weights, covariances[group[head]], head, x, outcomes[head])
            for slot in slots:
                hashed[slot, head] += RATE * outcomes[head] / np.sqrt(moved[slot, head])


def sigmoid(logits: Floats) -> Floats:
    """Log-odds to probabilities, without overflow."""
    probabilities: Floats = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(logits, -30.0), 30.0)))
    return probabilities

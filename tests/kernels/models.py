"""Twins of the kernels of models/ that count, weigh and regress."""

from math import exp, log
from typing import Any

import numpy as np
from tests.kernels.features import left
from tests.kernels.twin import Rng, Twin, coarse, some

from playhead.arrays.hashing import PAD
from playhead.arrays.types import Floats, Ints
from playhead.labels.definitions import HEADS
from playhead.models import (
    bayesian_logistic,
    blend,
    feature_rates,
    heads,
    label_counts,
    market_snapshot,
    popularity,
)
from playhead.models.bayesian_logistic import LARGEST_INPUT, LEAST_INFORMATION, WALK
from playhead.models.feature_rates import (
    COLD_START,
    COUNTS,
    HALF_LIFE_MS,
    LARGEST_FACT,
    NOTHING,
    PRIOR,
)
from playhead.models.head_lists import COVARIANCES, DENSE, INPUTS, OUTPUTS, RATED
from playhead.models.heads import LabelBatch
from playhead.models.popularity import HALF_LIVES_MS, HALVES, Dated, Order
from playhead.models.watch_time_curve import THRESHOLDS_S, watch_time

TITLES, SLOTS = 9, 12
Counted = tuple[Ints, Floats, Floats, Ints]


def _count(counts: Floats, at_ms: float, when: float, weight: float) -> tuple[Floats, float]:
    newest = max(at_ms, when)
    fades = [[exp(-(newest - then) * log(2.0) / half) for half in HALF_LIVES_MS] for then in (at_ms, when)]
    return counts * fades[0] + weight * np.array(fades[1]), newest


def _ranked(tops: Order, best: dict[tuple[int, int], tuple[float, int, int]]) -> None:
    """Writes the titles with the highest counts at each half-life, of all that were ever counted."""
    for row in range(len(tops.halves)):
        order = sorted(score for (at, _), score in best.items() if at == row)[: tops.ids.shape[1]]
        for place, (score, digest, title) in enumerate(order):
            tops.ids[row, place], tops.scores[row, place], tops.digests[row, place] = title, -score, digest


def _learn(
    counts: Floats, at_ms: Floats, total: Floats, now_ms: float, counted: Counted, tops: Order
) -> tuple[int, float]:
    fresh, best = int((at_ms == 0.0)[np.unique(counted[0])].sum()), {}
    for title, when, weight, digest in zip(*counted, strict=True):
        counts[title], at_ms[title] = _count(counts[title], at_ms[title], when, weight)
        total[:], now_ms = _count(total, now_ms, when, weight)
        for row, half in enumerate(tops.halves):
            score = log(counts[title, half]) + at_ms[title] * log(2.0) / HALF_LIVES_MS[half]
            best[row, title] = (-score, digest, title)
    _ranked(tops, best)
    return fresh, now_ms


def _order() -> Order:
    halves = np.array([1, 4])
    return Order(np.full((2, 4), -1, np.int32), np.full((2, 4), -np.inf), np.zeros((2, 4), np.int64), halves)


def _some_choices(rng: Rng) -> tuple[Any, ...]:
    titles, digests = some(rng, 12, 0, TITLES), rng.permutation(50)[:TITLES]
    choices = titles, rng.integers(1, 4, 12) * 1e7, rng.integers(1, 3, 12).astype(np.float64), digests[titles]
    return np.zeros((TITLES, HALVES)), np.zeros(TITLES), np.zeros(HALVES), 0.0, choices, _order()


def _put(
    counts: Floats, at_ms: Floats, titles: Ints, rows: Floats, when: Floats, digests: Ints, tops: Order
) -> int:
    counts[titles], at_ms[titles] = rows, when
    best = {
        (row, title): (-(log(rows[n, half]) + when[n] * log(2.0) / HALF_LIVES_MS[half]), digests[n], title)
        for row, half in enumerate(tops.halves)
        for n, title in enumerate(titles)
        if when[n] > 0.0 and rows[n, half] > 0.0
    }
    _ranked(tops, best)
    return int((when > 0.0).sum())


def _some_rows(rng: Rng) -> tuple[Any, ...]:
    rows, when = rng.integers(0, 3, (6, HALVES)) * 1.0, rng.integers(0, 3, 6) * 1e7
    counts, at_ms = np.zeros((TITLES, HALVES)), np.zeros(TITLES)
    return counts, at_ms, rng.permutation(TITLES)[:6], rows, when, rng.permutation(50)[:6], _order()


def _add_decayed(sums: Floats, counts: Floats, at_ms: Floats, titles: Ints, now_ms: float) -> None:
    sums += left(Dated(counts, at_ms, np.zeros(HALVES), now_ms), titles)


def _facts(counts: Floats, population: Floats) -> Floats:
    shown, ended = slice(0, 3), 1
    rate = population[3:6] / population[shown]
    yes = counts[:, 3:6] + PRIOR * rate
    odds = np.log(yes / np.maximum(counts[:, shown] + PRIOR - yes, 1e-3)) - np.log(rate / (1.0 - rate))
    mean = population[6] / population[ended]
    watched = ((counts[:, 6] + PRIOR * mean) / (counts[:, ended] + PRIOR) - mean) / 2.0
    facts = np.concatenate([odds, np.log1p(counts[:, [ended]]) / 5.0, watched[:, None]], axis=1)
    return np.clip(np.round(facts, 4), -LARGEST_FACT, LARGEST_FACT)


def facts_of(counts: Floats, slots: Ints, population: Floats, left_out: Floats) -> Floats:
    """The facts of slots, [slots × FACTS]."""
    facts = _facts(np.maximum(counts[slots] - left_out, 0.0), population)
    facts[slots == PAD] = 0.0
    return facts


def responses(rng: Rng, slots: int = SLOTS) -> Floats:
    """Counts of slots with fewer clicks, long views and finishes than trials."""
    counts = rng.integers(0, 9, (slots, COUNTS)).astype(np.float64)
    counts[:, :3] += counts[:, 3:6]
    return counts


def _count_responses(counts: Floats, at_ms: Floats, rows: Ints, added: Floats, now_ms: float) -> None:
    newest = np.maximum(at_ms[rows], now_ms)
    kept, worth = (np.exp2((then - newest) / HALF_LIFE_MS)[:, None] for then in (at_ms[rows], now_ms))
    counts[rows], at_ms[rows] = counts[rows] * kept + worth * added, newest


def _regress(
    weights: Floats,
    covariances: Floats,
    group: Ints,
    x: Floats,
    known: Floats,
    error: Floats,
    probabilities: Floats,
) -> None:
    for number, covariance in enumerate(covariances):
        mine = (group == number) & (known > 0.0)
        if mine.any():
            information = max((probabilities * (1.0 - probabilities))[mine].mean(), LEAST_INFORMATION)
            reach = covariance @ x
            gain = 1.0 / (1.0 + information * (reach @ x))
            weights[:, mine] += np.outer(reach, error[mine]) * gain
            covariances[number] -= information * gain * np.outer(reach, reach)
        covariances[number] += WALK * np.eye(len(x))


def _some_regression(rng: Rng) -> tuple[Any, ...]:
    roots = rng.normal(size=(2, 3, 3)) / 4.0
    known, probabilities = rng.integers(0, 2, 4).astype(np.float64), rng.random(4)
    return (
        *(rng.normal(size=(3, 4)), roots @ roots.transpose(0, 2, 1), np.array([0, 1, 1, 0])),
        *(rng.normal(size=3), known, known - probabilities, probabilities),
    )


def _sigmoid(logits: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def _learn_heads(
    batch: LabelBatch, weights: Floats, covariances: Floats, group: Ints, *learned: Floats
) -> None:
    hashed, moved, counts, counted_ms, predicted, inputs, seconds = learned
    long_view = HEADS.index("long_view")
    for n, labels in enumerate(batch.labels):
        left_out = label_counts.CLICK_COUNTS if batch.clicked[n] else NOTHING
        if batch.corrects_ms[n]:
            age_ms = batch.at_ms[n] - batch.corrects_ms[n]
            left_out = _counted_trials(labels, age_ms)
        population = np.maximum(counts[PAD] - left_out * (batch.corrects_ms[n] > 0.0), 0.0) + COLD_START
        facts = facts_of(counts, batch.rated[n], population, left_out).ravel()
        x = np.append(np.clip(np.append(batch.dense[n], facts), -LARGEST_INPUT, LARGEST_INPUT), 1.0)
        logits, watched = x @ weights, batch.watch_s[n]
        inputs[n] = x[:-1]
        if batch.corrects_ms[n]:
            slots = np.unique(batch.slots[batch.first[n] : batch.first[n + 1]])
            known = labels >= 0.0
            predicted[n, known] = _sigmoid(
                logits + np.pad(hashed[slots].sum(axis=0), (0, len(logits) - len(labels)))
            )[: len(labels)][known]
            _correct_heads(batch, n, x, weights, covariances, group, hashed, moved, counts, counted_ms)
            continue
        if not np.isnan(watched):
            curve = logits[None, len(labels) :]
            seconds[n] = _watch_time(curve, batch.duration_s[n : n + 1])[0]
        reached = np.zeros(len(THRESHOLDS_S))
        timed = labels[long_view] >= 0.0 and not np.isnan(watched)
        length = batch.duration_s[n] if batch.duration_s[n] > 0.0 else np.inf
        if timed:
            reached = (watched >= THRESHOLDS_S) * 1.0
        known = np.append(labels >= 0.0, timed & (length >= THRESHOLDS_S)) * 1.0
        truth, probabilities = np.append(np.maximum(labels, 0.0), reached), _sigmoid(logits)
        _regress(weights, covariances, group, x, known, truth - probabilities, probabilities)
        slots = np.unique(batch.slots[batch.first[n] : batch.first[n + 1]])
        for head in np.flatnonzero(labels >= 0.0):
            predicted[n, head] = _sigmoid(logits[head] + hashed[slots, head].sum())
            error = predicted[n, head] - labels[head]
            moved[slots, head] += error**2
            hashed[slots, head] -= heads.RATE * error / np.sqrt(moved[slots, head])
        added = np.zeros(COUNTS)
        for place, trial, success in label_counts.COUNTED:
            if labels[place] >= 0.0:
                added[trial], added[success] = 1.0, labels[place]
        if timed:
            added[feature_rates.LOG_WATCHED] = np.log1p(watched)
        _count_responses(counts, counted_ms, np.unique([*batch.rated[n], PAD]), added, batch.at_ms[n])


def _correct_heads(
    batch: LabelBatch,
    n: int,
    x: Floats,
    weights: Floats,
    covariances: Floats,
    group: Ints,
    hashed: Floats,
    moved: Floats,
    counts: Floats,
    counted_ms: Floats,
) -> None:
    slots, added = np.unique(batch.slots[batch.first[n] : batch.first[n + 1]]), np.zeros(COUNTS)
    for head in np.flatnonzero(batch.labels[n] > 0.0):
        change = batch.labels[n, head]
        _amend(weights, covariances[group[head]], int(head), x, change)
        hashed[slots, head] += heads.RATE * change / np.sqrt(moved[slots, head])
        for place, _, success in label_counts.COUNTED:
            added[success] += change * (place == head)
    _count_responses(counts, counted_ms, np.unique([*batch.rated[n], PAD]), added, batch.corrects_ms[n])
    for _, trial, success in label_counts.COUNTED:
        mine = np.unique([*batch.rated[n], PAD])
        counts[mine, success] = np.clip(counts[mine, success], 0.0, counts[mine, trial])


def _counted_trials(labels: Floats, age_ms: float) -> Floats:
    counted = np.zeros(COUNTS)
    for place, trial, _ in label_counts.COUNTED:
        counted[trial] = (labels[place] >= 0.0) * 0.5 ** (max(age_ms, 0.0) / feature_rates.HALF_LIFE_MS)
    return counted


def _amend(weights: Floats, covariance: Floats, outcome: int, x: Floats, change: float) -> None:
    weights[:, outcome] += covariance @ x * change


def _some_correction(rng: Rng) -> tuple[Any, ...]:
    root = rng.normal(size=(5, 5))
    return rng.normal(size=(5, 3)), root @ root.T, 1, rng.normal(size=5), -1.0


def _some_examples(rng: Rng) -> tuple[Any, ...]:
    first = np.array([0, 3, 3, 5])
    labels = rng.integers(-1, 2, (3, len(HEADS))).astype(np.float64)
    batch = LabelBatch(
        *(
            rng.normal(size=(3, DENSE)),
            rng.integers(0, SLOTS, (3, RATED)),
            first,
            some(rng, 5, 1, SLOTS),
            labels,
        ),
        *(
            np.array([np.nan, 3.0, 70.0]),
            np.array([0.0, 60.0, 600.0]),
            rng.random(3) < 0.5,
            rng.random(3) * 1e9,
            np.array([0.0, 0.0, 5e8]),
        ),
    )
    covariances = np.tile(np.eye(INPUTS + 1) / 20.0, (COVARIANCES, 1, 1))
    learned = rng.normal(size=(SLOTS, len(HEADS))) / 9.0, np.ones((SLOTS, len(HEADS))), responses(rng)
    start = rng.normal(size=(INPUTS + 1, OUTPUTS)) / 9.0
    group = np.array(heads._groups())
    predictions = np.full((3, len(HEADS)), np.nan), np.zeros((3, INPUTS)), np.zeros(3)
    return batch, start, covariances, group, *learned, np.zeros(SLOTS), *predictions


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    probabilities: Floats = raised / raised.sum()
    return probabilities


def _blend(
    ranking: Floats,
    inverse: Floats,
    likelihood: Floats,
    moved: Floats,
    features: Floats,
    chosen: int,
    blocks: Ints,
) -> Floats:
    probabilities = _softmax(features @ ranking[blocks].sum(axis=0))
    slope = (features[chosen] - probabilities @ features) * probabilities[chosen] ** blend.HEAD
    for block in blocks:
        step = inverse[block] @ slope
        scale = 1.0 + slope @ step
        inverse[block] -= np.outer(step, step) / scale
        ranking[block] = np.clip(
            ranking[block] + blend.NEWTON_RATE * step / scale, -blend.LARGEST, blend.LARGEST
        )
    missed = -_softmax(features @ likelihood[blocks].sum(axis=0))
    missed[chosen] += 1.0
    slope = missed @ features
    for block in blocks:
        moved[block] += slope**2
        likelihood[block] += blend.ADAGRAD_RATE * slope / np.sqrt(moved[block])
    return missed


def _some_choice(rng: Rng) -> tuple[Any, ...]:
    made = blend.Blend(rng.normal(size=5))
    model = made.ranking, made.inverse, made.likelihood, made.moved
    return *model, rng.normal(size=(6, 5)), int(rng.integers(0, 6)), np.array([0, 2, 7, blend.FIRST_MARKET])


def _missing(written: Ints, titles: Ints, serial: int) -> Ints:
    new = [title for title in dict.fromkeys(titles.tolist()) if title >= 0 and written[title] != serial]
    written[new] = serial
    return np.array(new, np.int64)


def _watch_time(logits: Floats, duration_s: Floats) -> Floats:
    knots = np.log1p([0.0, *THRESHOLDS_S, 2.0 * THRESHOLDS_S[-1]])
    seconds = np.zeros(len(logits))
    for row, curve in enumerate(np.minimum.accumulate(logits, axis=1)):
        edges = np.array([6.0, *curve, -6.0])
        for level in (log(1.5), 0.0, -log(1.5)):
            place = int((curve >= level).sum())
            step = max(edges[place] - edges[place + 1], 1e-6)
            part = np.clip((edges[place] - level) / step, 0.0, 1.0)
            seconds[row] += np.expm1(knots[place] + part * (knots[place + 1] - knots[place])) / 3.0
    return np.where(duration_s > 0.0, np.minimum(seconds, duration_s), seconds)


MODELS = (
    Twin(popularity._learn, _learn, _some_choices, exact=False),
    Twin(popularity._put, _put, _some_rows, exact=False),
    Twin(
        popularity._add_decayed,
        _add_decayed,
        lambda rng: (
            np.zeros((4, HALVES)),
            rng.random((3, HALVES)),
            coarse(rng, 3) * 1e9,
            some(rng, 4, 0, 5),
            1.5e9,
        ),
        exact=False,
    ),
    Twin(feature_rates.facts, _facts, lambda rng: (responses(rng), COLD_START), exact=False),
    Twin(
        feature_rates.facts_of,
        facts_of,
        lambda rng: (responses(rng), some(rng, 4, 0, SLOTS), COLD_START, label_counts.CLICK_COUNTS),
        exact=False,
    ),
    Twin(bayesian_logistic.learn, _regress, _some_regression, exact=False),
    Twin(bayesian_logistic.correct, _amend, _some_correction, exact=False),
    Twin(heads._learn_all, _learn_heads, _some_examples, exact=False),
    Twin(blend.softmax, _softmax, lambda rng: (coarse(rng, 5),), exact=False),
    Twin(blend._learn, _blend, _some_choice, exact=False),
    Twin(
        market_snapshot._missing, _missing, lambda rng: (some(rng, TITLES, 0, 3), some(rng, 8, -1, TITLES), 2)
    ),
    Twin(
        watch_time,
        _watch_time,
        lambda rng: (rng.normal(size=(3, len(THRESHOLDS_S))) * 3.0, coarse(rng, 3) * 9.0),
        exact=False,
    ),
)

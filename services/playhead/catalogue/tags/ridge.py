"""Ridge regression of many labels on sparse features, learned title by title (dual coordinate ascent, Shalev-Shwartz & Zhang 2013).

With squared loss the optimum is unique, whatever the order of titles, and each title's contribution to it is known by its
residuals. So a title can be changed or removed, and ``own value - residual / leverage`` is its leave-one-out prediction.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.catalogue.tags.words import WORDS

Floats = NDArray[np.float32]
PROBE = 0
"""The column of random signs: how well it is fitted estimates the mean leverage of a title (Hutchinson 1990)."""


@compiled
def sweep(  # noqa: C901, PLR0912 - one compiled loop over titles
    order: NDArray[np.int64],
    bounds: NDArray[np.int64],
    slots: NDArray[np.int32],
    values: Floats,
    weighted: Floats,
    rarity: Floats,
    weights: Floats,
    residual: Floats,
    labels: NDArray[np.int32],
    says: NDArray[np.bool_],
    family: NDArray[np.int32],
    prior: Floats,
    sign: Floats,
) -> float:
    """One pass of coordinate ascent: sets the residuals of some titles to their optimum, given those of all others.

    Returns the largest step in the probe's column, which is the hardest to fit.

    Args:
        order: rows to learn.
        bounds: [rows × 2] where the features of each row begin and end (``FeatureRows``).
        slots: slots of all features.
        values: values of all features.
        weighted: values weighted by rarity, updated in place.
        rarity: weight of each slot of words.
        weights: [slots × columns], updated in place.
        residual: [rows × columns], updated in place.
        labels: [rows × most labels] columns of the labels that a title has, -1 behind the last.
        says: [rows × families] whether a title has any label of a family: for other families it is no example.
        family: [columns] the family of each label; -1 for the probe.
        prior: [columns] share of titles that have a label; 0 for the probe.
        sign: [rows] target of the probe's column.
    """
    columns = weights.shape[1]
    score, step = np.zeros(columns, dtype=np.float32), np.zeros(columns, dtype=np.float32)
    largest = 0.0
    for row in order:
        first, last = bounds[row]
        norm = weigh(first, last, slots, values, weighted, rarity, weights, residual[row])
        score[:] = 0
        for at in range(first, last):
            value, weight = weighted[at], weights[slots[at]]
            for column in range(columns):
                score[column] += value * weight[column]
        mine = residual[row]
        for column in range(columns):
            step[column] = -prior[column] - score[column] - mine[column]
        step[PROBE] += sign[row]
        for column in labels[row]:
            if column >= 0:
                step[column] += np.float32(1)
        shrink = np.float32(1) / (np.float32(1) + norm)
        for column in range(columns):
            step[column] *= shrink
        if not says[row].all():
            for column in range(columns):
                if family[column] >= 0 and not says[row, family[column]]:
                    step[column] = -mine[column]
        for column in range(columns):
            mine[column] += step[column]
        largest = max(largest, abs(step[PROBE]))
        for at in range(first, last):
            value, weight = weighted[at], weights[slots[at]]
            for column in range(columns):
                weight[column] += value * step[column]
    return largest


@compiled
def weigh(
    first: int,
    last: int,
    slots: NDArray[np.int32],
    values: Floats,
    weighted: Floats,
    rarity: Floats,
    weights: Floats,
    residual: Floats,
) -> np.float32:
    """Updates the rarity weights of a title's words, and the weights that were learned with the old ones; returns the squared norm of its features."""
    words = np.float32(0)
    for at in range(first, last):
        if slots[at] < WORDS:
            words += (values[at] * rarity[slots[at]]) ** 2
    scale = np.float32(1) / np.sqrt(words) if words > 0 else np.float32(0)
    norm = np.float32(0)
    for at in range(first, last):
        value = values[at] * rarity[slots[at]] * scale if slots[at] < WORDS else values[at]
        change = value - weighted[at]
        if change != 0:
            weight = weights[slots[at]]
            for column in range(len(weight)):
                weight[column] += residual[column] * change
        weighted[at] = value
        norm += value * value
    return norm


@compiled
def forget(
    first: int, last: int, slots: NDArray[np.int32], weighted: Floats, weights: Floats, residual: Floats
) -> None:
    """Removes a title's contribution from the weights."""
    for at in range(first, last):
        weight = weights[slots[at]]
        for column in range(len(weight)):
            weight[column] -= residual[column] * weighted[at]
    residual[:] = 0


@compiled
def scores(
    rows: NDArray[np.int64],
    bounds: NDArray[np.int64],
    slots: NDArray[np.int32],
    weighted: Floats,
    weights: Floats,
) -> Floats:
    """Scores of some titles by their features, [rows × columns]."""
    total = np.zeros((len(rows), weights.shape[1]), dtype=np.float32)
    for place in range(len(rows)):
        first, last = bounds[rows[place]]
        for at in range(first, last):
            value, weight = weighted[at], weights[slots[at]]
            for column in range(len(weight)):
                total[place, column] += value * weight[column]
    return total


@compiled
def project(
    rows: NDArray[np.int64],
    bounds: NDArray[np.int64],
    slots: NDArray[np.int32],
    weighted: Floats,
    signs: NDArray[np.uint64],
) -> Floats:
    """A random projection of the features of some titles to 64 dimensions (Achlioptas 2003): bits of ``signs`` [slots]."""
    projected = np.zeros((len(rows), 64), dtype=np.float32)
    for place in range(len(rows)):
        first, last = bounds[rows[place]]
        for at in range(first, last):
            bits = signs[slots[at]]
            for bit in range(64):
                if (bits >> np.uint64(bit)) & np.uint64(1):
                    projected[place, bit] += weighted[at]
                else:
                    projected[place, bit] -= weighted[at]
    return projected

"""Ridge regression of many labels on sparse features, learned title by title (dual coordinate ascent, Shalev-Shwartz & Zhang 2013).

With squared loss there is one best solution, whatever the order in which titles came, and each title's share of it is known: its
residuals. So a title can be changed or taken out again, and ``own value - residual / leverage`` is what the others say of it.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.catalogue.tags.words import WORDS

Floats = NDArray[np.float32]
PROBE = 0
"""The column of random signs: how well noise is fitted tells the mean leverage of a title (Hutchinson 1990)."""


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
    """Moves the residuals of some titles to where they are best, given those of all others.

    Returns the largest move in the probe's column, which is the hardest to fit.

    Args:
        order: rows to learn.
        bounds: where the features of each row stand (``FeatureRows``).
        slots: of all features.
        values: of all features.
        weighted: what each counts for; brought up to date.
        rarity: weight of each slot of words.
        weights: [slots × columns], changed.
        residual: [rows × columns], changed.
        labels: [rows × most labels] columns of the labels that a title has, -1 behind the last.
        says: [rows × families] whether a title says anything of a family of labels: of others nothing is learned.
        family: [columns] the family of each label; -1 for the probe.
        prior: [columns] share of titles that have a label; 0 for the probe.
        sign: [rows] what the probe's column is to learn.
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
    """Weighs a title's words by how rare they are now, in what was learned from it too; returns its squared norm."""
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
    """Takes out what was learned from a title."""
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
    """What the features of some titles say of each column, [rows × columns]."""
    zeros = np.zeros((len(rows), weights.shape[1]), dtype=np.float32)
    for place in range(len(rows)):
        first, last = bounds[rows[place]]
        for at in range(first, last):
            value, weight = weighted[at], weights[slots[at]]
            for column in range(len(weight)):
                zeros[place, column] += value * weight[column]
    return zeros


@compiled
def project(
    rows: NDArray[np.int64],
    bounds: NDArray[np.int64],
    slots: NDArray[np.int32],
    weighted: Floats,
    signs: NDArray[np.uint64],
) -> Floats:
    """A random projection of the features of some titles to 64 dimensions (Achlioptas 2003): bits of ``signs`` [slots]."""
    zeros = np.zeros((len(rows), 64), dtype=np.float32)
    for place in range(len(rows)):
        first, last = bounds[rows[place]]
        for at in range(first, last):
            bits = signs[slots[at]]
            for bit in range(64):
                if (bits >> np.uint64(bit)) & np.uint64(1):
                    zeros[place, bit] += weighted[at]
                else:
                    zeros[place, bit] -= weighted[at]
    return zeros

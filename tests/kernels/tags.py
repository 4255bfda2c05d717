"""The tagger's loops over sparse features, beside dense matrices."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.kernels.twin import Rng, Twin, sizes

from playhead.arrays.types import Ints
from playhead.catalogue.tags import ridge
from playhead.catalogue.tags.ridge import PROBE, Floats
from playhead.catalogue.tags.words import WORDS

ROWS, COLUMNS, FAMILIES, LABELS = 5, 4, 2, 2
FEATURES = 6
"""Columns of the dense matrices: some words and some other features."""
FIRST = WORDS - 3
"""The slot of the first column, so that half of the columns are words."""
SLOTS = FIRST + FEATURES


class Sparse(NamedTuple):
    """Features of titles, concatenated."""

    bounds: Ints
    slots: NDArray[np.int32]
    values: Floats
    weighted: Floats


def _features(rng: Rng) -> Sparse:
    ends = sizes(rng, ROWS, 4)
    slots = [rng.permutation(FEATURES)[:count] + FIRST for count in np.diff(ends)]
    values = 0.5 + rng.random((2, int(ends[-1])), dtype=np.float32)
    flat = np.concatenate([*slots, np.zeros(0)]).astype(np.int32)
    return Sparse(np.stack([ends[:-1], ends[1:]], axis=1).astype(np.int64), flat, *values)


def _rarity(rng: Rng) -> Floats:
    return 0.5 + rng.random(SLOTS, dtype=np.float32)


def _weights(rng: Rng) -> Floats:
    weights = np.zeros((SLOTS, COLUMNS), dtype=np.float32)
    weights[FIRST:] = rng.standard_normal((FEATURES, COLUMNS), dtype=np.float32)
    return weights


def _residual(rng: Rng) -> Floats:
    return rng.standard_normal((ROWS, COLUMNS), dtype=np.float32)


def _dense(features: Sparse, values: Floats, row: int) -> NDArray[np.float64]:
    dense = np.zeros(SLOTS)
    first, last = features.bounds[row]
    dense[features.slots[first:last]] = values[first:last]
    return dense


def _weigh(
    first: int,
    last: int,
    slots: NDArray[np.int32],
    values: Floats,
    weighted: Floats,
    rarity: Floats,
    weights: Floats,
    residual: Floats,
) -> float:
    mine, counted = slots[first:last], values[first:last].astype(float)
    words = mine < WORDS
    counted[words] *= rarity[mine[words]]
    if words.any():
        counted[words] /= np.linalg.norm(counted[words])
    weights[mine] += np.outer(counted - weighted[first:last], residual).astype(np.float32)
    weighted[first:last] = counted
    return float(counted @ counted)


def _sweep(
    order: Ints,
    bounds: Ints,
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
) -> np.float32:
    largest = 0.0
    for row in order:
        first, last = bounds[row]
        norm = _weigh(first, last, slots, values, weighted, rarity, weights, residual[row])
        own = np.zeros(COLUMNS)
        np.add.at(own, labels[row][labels[row] >= 0], 1.0)
        own[PROBE] += sign[row]
        mine, counted = slots[first:last], weighted[first:last]
        step = (own - prior - counted @ weights[mine] - residual[row]) / (1 + norm)
        silent = (family >= 0) & ~says[row][np.maximum(family, 0)]
        step = np.where(silent, -residual[row], step)
        residual[row] += step.astype(np.float32)
        weights[mine] += np.outer(counted, step).astype(np.float32)
        largest = max(largest, abs(step[PROBE]))
    return np.float32(largest)


def _lesson(rng: Rng) -> tuple[Any, ...]:
    family = np.array([-1, 0, 0, 1], dtype=np.int32)
    prior = np.where(family >= 0, rng.random(COLUMNS), 0).astype(np.float32)
    return (
        rng.permutation(ROWS)[:3],
        *_features(rng),
        _rarity(rng),
        _weights(rng),
        _residual(rng),
        rng.integers(-1, COLUMNS, (ROWS, LABELS)).astype(np.int32),
        rng.random((ROWS, FAMILIES)) < 0.7,
        family,
        prior,
        rng.choice(np.array([-1, 1], dtype=np.float32), ROWS),
    )


def _forget(
    first: int,
    last: int,
    slots: NDArray[np.int32],
    weighted: Floats,
    weights: Floats,
    residual: Floats,
) -> None:
    weights[slots[first:last]] -= np.outer(weighted[first:last], residual)
    residual[:] = 0


def _one(rng: Rng) -> tuple[Any, ...]:
    features = _features(rng)
    first, last = features.bounds[rng.integers(ROWS)].tolist()
    return first, last, features.slots, features.weighted, _weights(rng), _residual(rng)[0]


def _scores(rows: Ints, bounds: Ints, slots: NDArray[np.int32], weighted: Floats, weights: Floats) -> Floats:
    features = Sparse(bounds, slots, weighted, weighted)
    return np.array([_dense(features, weighted, row) @ weights for row in rows], dtype=np.float32)


def _project(
    rows: Ints, bounds: Ints, slots: NDArray[np.int32], weighted: Floats, signs: NDArray[np.uint64]
) -> Floats:
    features = Sparse(bounds, slots, weighted, weighted)
    bits = (signs[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    directions = np.where(bits, 1.0, -1.0)
    return np.array([_dense(features, weighted, row) @ directions for row in rows], dtype=np.float32)


def _some(rng: Rng) -> tuple[Any, ...]:
    features = _features(rng)
    return rng.permutation(ROWS)[:3], features.bounds, features.slots, features.weighted


TAGS = (
    Twin(ridge.sweep, _sweep, _lesson, exact=False),
    Twin(ridge.forget, _forget, _one, exact=False),
    Twin(ridge.scores, _scores, lambda rng: (*_some(rng), _weights(rng)), exact=False),
    Twin(
        ridge.project,
        _project,
        lambda rng: (*_some(rng), rng.integers(0, 2**63, SLOTS, dtype=np.uint64)),
        exact=False,
    ),
)

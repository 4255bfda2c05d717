"""Twins of the kernels that choose pictures, and learn from their outcomes."""

from math import erfc, exp, log1p, pi, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from tests.kernels.arrays import plain_mixed
from tests.kernels.twin import Rng, Twin, hashes, some

from playhead.arrays.hashing import PAD, SLOTS, cross
from playhead.arrays.types import Floats, Hashes, Ids, Ints
from playhead.models import artwork as model
from playhead.models.artwork import MEAN, NOISE, PRIOR_VARIANCE, SHOWN, TAKEN, VARIANCE, WALK
from playhead.ranking import artwork

NORMAL = NormalDist()
PICTURES, TITLES, WIDTH, VIEWERS = 8, 5, 4, 2


def _features(slots: Ints, values: Floats, taste: Ints) -> list[tuple[int, float]]:
    features = []
    for n, (slot, value) in enumerate(zip(slots.tolist(), values.tolist(), strict=True)):
        if slot == PAD:
            continue
        features.append((slot, value))
        if n:
            features += [(cross(slot, digest), value) for digest in taste.tolist() if digest != PAD]
    return features


def _score(known: Floats, features: list[tuple[int, float]]) -> tuple[float, float]:
    return (
        sum(value * known[slot, MEAN] for slot, value in features),
        sum(value * value * known[slot, VARIANCE] for slot, value in features),
    )


def _prior(features: list[tuple[int, float]]) -> float:
    return sum(value * value * PRIOR_VARIANCE for _, value in features)


def _learn(
    known: Floats,
    limit: float,
    first: Ints,
    slots: Ints,
    values: Floats,
    taste_first: Ints,
    taste: Ints,
    taken: Floats,
    odds: Floats,
) -> tuple[Ints, bool]:
    moved, drifted = [PAD], False
    for row in range(len(taken)):
        mine = slice(first[row], first[row + 1])
        features = _features(slots[mine], values[mine], taste[taste_first[row] : taste_first[row + 1]])
        mean, variance = _score(known, features)
        total, sign = sqrt(variance + NOISE), 1.0 if taken[row] else -1.0
        z = float(np.clip(sign * (mean + odds[row]) / total, -30.0, 30.0))
        pull = exp(-z * z / 2.0) / sqrt(2.0 * pi) / (0.5 * erfc(-z / sqrt(2.0)))
        shrink = min(max(pull * (pull + z), 0.0), 1.0) / total**2
        for slot, value in features:
            before = known[slot, VARIANCE]
            known[slot, MEAN] += before * value * sign * pull / total
            known[slot, VARIANCE] = min(before * (1.0 - before * value**2 * shrink) + WALK, PRIOR_VARIANCE)
            known[slot, [SHOWN, TAKEN]] += 1.0, taken[row]
            moved.append(slot)
        signed = sign * (mean + odds[row]) / sqrt(1.0 + variance / NOISE)
        losses = [log1p(exp(-float(np.clip(logit, -30.0, 30.0)))) for logit in (signed, sign * odds[row])]
        known[PAD, MEAN] = max(known[PAD, MEAN] + losses[0] - losses[1] - model.SLACK, 0.0)
        if known[PAD, MEAN] > limit:
            drifted, known[PAD, MEAN] = True, 0.0
            known[PAD, TAKEN] += 1.0
            known[1:][known[1:, SHOWN] > 0.0, :SHOWN] = 0.0, PRIOR_VARIANCE
    return np.array(moved, dtype=np.int64), drifted


def _known(rng: Rng) -> Floats:
    """A posterior with few slots in use, so that pictures share attributes."""
    known = np.zeros((SLOTS, model.VALUES))
    known[:, MEAN], known[:, VARIANCE] = rng.normal(size=SLOTS), PRIOR_VARIANCE * rng.random(SLOTS)
    known[:, SHOWN] = rng.integers(0, 200, SLOTS)
    return known


def _some_rewards(rng: Rng) -> tuple[Any, ...]:
    return (
        *(
            _known(rng),
            float(rng.choice([0.1, 10.0])),
            np.array([0, 3, 3, 5]),
            rng.choice([PAD, 1, 7, SLOTS - 1], 5),
            rng.normal(size=5),
        ),
        *(np.array([0, 2, 2, 3]), rng.choice([PAD, 5, 2**32 - 1], 3)),
        *(rng.integers(0, 2, 3).astype(np.float64), rng.normal(size=3) * 3.0),
    )


def _greater(left: tuple[float, float], right: tuple[float, float]) -> tuple[float, float]:
    apart = max(sqrt(left[1] + right[1]), 1e-9)
    z = (left[0] - right[0]) / apart
    upper, density = NORMAL.cdf(z), apart * NORMAL.pdf(z)
    first = left[0] * upper + right[0] * (1.0 - upper) + density
    second = (left[0] ** 2 + left[1]) * upper + (right[0] ** 2 + right[1]) * (1.0 - upper)
    return first, max(second + (left[0] + right[0]) * density - first * first, 0.0)


def _best(normals: list[tuple[float, float]]) -> Floats:
    probabilities = []
    for n, (mean, variance) in enumerate(normals):
        rest, *others = normals[:n] + normals[n + 1 :]
        for other in others:
            rest = _greater(rest, other)
        probabilities.append(NORMAL.cdf((mean - rest[0]) / max(sqrt(variance + rest[1]), 1e-9)))
    shares: Floats = np.array(probabilities) / sum(probabilities)
    return shares


def _propensities(
    of: Ids,
    slots: Ints,
    values: Floats,
    known: Floats,
    owner: Ints,
    title: Ints,
    taste: Ints,
    support: float,
    spread: float,
    most_new: float,
    unsure: float,
) -> Ints:
    parts = np.zeros((len(title), of.shape[1]), dtype=np.int64)
    for n, number in enumerate(title.tolist()):
        mine = [picture for picture in of[number].tolist() if picture >= 0] if 0 <= number < len(of) else []
        if len(mine) < 2:
            parts[n, 0] = artwork.PARTS
            continue
        scores = [
            _score(known, _features(slots[picture], values[picture], taste[owner[n]])) for picture in mine
        ]
        probabilities = _best([(mean, spread**2 * variance) for mean, variance in scores])
        prior = [_prior(_features(slots[picture], values[picture], taste[owner[n]])) for picture in mine]
        new = np.array([variance for _, variance in scores]) > unsure * np.array(prior)
        fresh = probabilities[new].sum()
        if fresh > most_new and 1.0 - fresh > 1e-12:
            probabilities = np.where(
                new, probabilities * most_new / fresh, probabilities * (1.0 - most_new) / (1.0 - fresh)
            )
        least = min(support, 1.0 / len(mine))
        above = np.maximum(probabilities - least, 0.0)
        above = above / above.sum() if above.sum() > 0.0 else np.full(len(mine), 1.0 / len(mine))
        probabilities = least + above * (1.0 - least * len(mine))
        shares = np.rint(probabilities * artwork.PARTS).astype(np.int64)
        shares[probabilities.argmax()] += artwork.PARTS - shares.sum()
        parts[n, : len(mine)] = shares
    return parts


def _choose(
    of: Ids,
    slots: Ints,
    values: Floats,
    known: Floats,
    owner: Ints,
    title: Ints,
    digests: Hashes,
    taste: Ints,
    seeds: Ints,
    *policy: float,
) -> tuple[Ints, Ints]:
    chosen, part = np.full(len(title), -1), np.full(len(title), artwork.PARTS)
    parts = _propensities(of, slots, values, known, owner, title, taste, *policy)
    for n, number in enumerate(title.tolist()):
        if 0 <= number < len(of):
            draw = plain_mixed(int(seeds[owner[n]]), int(digests[n])) % artwork.PARTS
            at = int(np.searchsorted(parts[n].cumsum(), draw, side="right"))
            chosen[n], part[n] = of[number, at], parts[n, at]
    return chosen, part


def _some_titles(rng: Rng) -> tuple[Any, ...]:
    counts = rng.integers(0, 5, TITLES)
    of = np.where(np.arange(4) < counts[:, None], rng.integers(0, PICTURES, (TITLES, 4)), -1)
    slots = rng.choice([PAD, 3, 9, 99, SLOTS - 1], (PICTURES, WIDTH))
    slots[:, 0] = 1 + np.arange(PICTURES)
    return (
        *(of.astype(np.int32), slots, rng.normal(size=(PICTURES, WIDTH)), _known(rng)),
        *(some(rng, 6, 0, VIEWERS), some(rng, 6, -1, TITLES + 2), hashes(rng, 6)),
        *(rng.choice([PAD, 5, 2**32 - 1], (VIEWERS, 2)), rng.integers(-(2**63), 2**63, VIEWERS)),
        *(0.02, float(rng.choice([0.0, 1.0])), 0.25, 0.5),
    )


ARTWORK = (
    Twin(model._learn, _learn, _some_rewards, exact=False),
    Twin(artwork._choose, _choose, _some_titles, exact=False),
    Twin(
        artwork._propensities,
        _propensities,
        lambda rng: tuple(
            some_title for place, some_title in enumerate(_some_titles(rng)) if place not in {6, 8}
        ),
        exact=False,
    ),
)

"""The choice of a title's picture for its viewer, by Thompson sampling (Thompson, 1933) with computed propensities.

    value          of a picture, its attributes, and these crossed with the labels that the viewer likes (``models.artwork``)
    propensity     probability that the picture is the best of the title's, given the posterior of its weights
    bounds         all rarely shown pictures together at most ``most_new``; each picture at least ``support``
    draw           by a digest of profile, day of the event, and title: the picture does not change with each ranking, and a replay shows
                   the same pictures

The maximum of several normal values is nearly normal (Clark, 1961), so a propensity needs no integral; for two pictures it is
exact. Propensities are rounded before the draw, so that the logged propensity is the one that was drawn by.
"""

from hashlib import blake2b
from math import erf
from typing import NamedTuple

import numpy as np

from playhead.arrays.hashing import PAD, mixed
from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Hashes, Ids, Ints
from playhead.catalogue.artworks import ArtworkColumns
from playhead.features.context import ContextBatch
from playhead.models.artwork import score

PARTS = 1_000_000
"""Denominator of propensities, which are whole numbers of parts."""
DAY_MS = 86_400_000
_LEAST_SPREAD = 1e-9


class ArtworkPolicy(NamedTuple):
    """How pictures are chosen.

    ``chosen``: if false, every title is shown with its first picture; ``support``: the least propensity of any picture, for off-policy
    estimates; ``spread``: factor of the weights' standard deviations (0: always the best mean, but for the support);
    ``most_new``: largest share of a title's draws for its rarely shown pictures, if it has others; ``unsure``: a picture counts as rarely shown while more than
    this share of its prior variance is left, so a picture with known attributes does not.
    """

    chosen: bool = True
    support: float = 0.02
    spread: float = 1.0
    most_new: float = 0.25
    unsure: float = 0.5


FIRST_PICTURE = ArtworkPolicy(chosen=False)


class ChosenPictures(NamedTuple):
    """Numbers of pictures (``catalogue.artworks``), -1 for titles that have none, and the propensity of each."""

    picture: Ints
    propensity: Floats


def taste_of(columns: ContextBatch) -> Ints:
    """Digests of the labels with each profile's highest affinity, [snapshots × LIKED], PAD where there are fewer."""
    digests, liked = columns.views[0].index.label_digests, columns.favourites
    if not len(digests):
        return np.full(liked.shape, PAD)
    taste: Ints = np.where(liked >= 0, digests[np.maximum(liked, 0)].astype(np.int64), PAD)
    return taste


def seed_of(profile_id: str, at_ms: int) -> int:
    """The seed of a profile's pictures on the day of a time."""
    named = f"artwork/{profile_id}/{at_ms // DAY_MS}"
    return int.from_bytes(blake2b(named.encode(), digest_size=8).digest(), "little", signed=True)


def choose(
    policy: ArtworkPolicy,
    artworks: ArtworkColumns,
    known: Floats,
    owner: Ints,
    title: Ints,
    digests: Hashes,
    taste: Ints,
    seeds: Ints,
) -> ChosenPictures:
    """A picture for each title, for the viewer in row ``owner`` of ``taste`` and ``seeds``.

    ``known``: the posterior of slots (``ArtworkPosterior``); ``digests``: digests of the titles.
    """
    columns = artworks.of, artworks.slots, artworks.values
    how = policy.support, policy.spread, policy.most_new, policy.unsure
    if not policy.chosen:
        there = title < len(artworks.of)
        first = np.where(there, artworks.of[np.where(there, title, 0), 0], -1)
        return ChosenPictures(first.astype(np.int64), np.ones(len(title)))
    picture, parts = _choose(*columns, known, owner, title, digests, taste, seeds, *how)
    return ChosenPictures(picture, parts / PARTS)


def propensities(
    policy: ArtworkPolicy, artworks: ArtworkColumns, known: Floats, owner: Ints, title: Ints, taste: Ints
) -> Floats:
    """The propensity in ``choose`` of each picture of each title, [titles × MOST], for off-policy estimates.

    Titles without pictures have 1 at their first place.
    """
    if not policy.chosen:
        first = np.zeros((len(title), artworks.of.shape[1]))
        first[:, 0] = 1.0
        return first
    columns = artworks.of, artworks.slots, artworks.values
    how = policy.support, policy.spread, policy.most_new, policy.unsure
    propensities: Floats = _propensities(*columns, known, owner, title, taste, *how) / PARTS
    return propensities


@compiled
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
    """The propensity in parts of each picture of each title, [titles × MOST]."""
    parts = np.zeros((len(title), of.shape[1]), dtype=np.int64)
    mean, deviation = np.zeros(of.shape[1]), np.zeros(of.shape[1])
    new = np.zeros(of.shape[1], dtype=np.bool_)
    for n in range(len(title)):
        parts[n, 0] = PARTS
        if title[n] < 0 or title[n] >= len(of):
            continue
        mine, count = of[title[n]], 0
        while count < len(mine) and mine[count] >= 0:
            picture = mine[count]
            worth, variance, begun = score(known, slots[picture], values[picture], taste[owner[n]])
            mean[count], deviation[count] = worth, spread * np.sqrt(variance)
            new[count] = variance > unsure * begun
            count += 1
        if count > 1:
            probabilities = best_of_normals(mean[:count], deviation[:count])
            _bound(probabilities, new, support, most_new)
            _in_parts(probabilities, parts[n])
    return parts


@compiled
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
    support: float,
    spread: float,
    most_new: float,
    unsure: float,
) -> tuple[Ints, Ints]:
    chosen, part = np.full(len(title), -1), np.full(len(title), PARTS)
    parts = _propensities(of, slots, values, known, owner, title, taste, support, spread, most_new, unsure)
    for n in range(len(title)):
        if title[n] < 0 or title[n] >= len(of):
            continue
        at = _drawn(parts[n], mixed(seeds[owner[n]], digests[n]))
        chosen[n], part[n] = of[title[n], at], parts[n, at]
    return chosen, part


@compiled
def best_of_normals(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of several independent normal values to be the greatest; they sum to 1, and are exact for two values."""
    probabilities = np.zeros(len(mean))
    for arm in range(len(mean)):
        rest, variance, begun = 0.0, 0.0, False
        for other in range(len(mean)):
            if other == arm:
                continue
            if begun:
                rest, variance = _greater(rest, variance, mean[other], deviation[other] ** 2)
            else:
                rest, variance, begun = mean[other], deviation[other] ** 2, True
        apart = max(np.sqrt(deviation[arm] ** 2 + variance), _LEAST_SPREAD)
        probabilities[arm] = _below((mean[arm] - rest) / apart)
    total = probabilities.sum()
    for arm in range(len(probabilities)):
        probabilities[arm] = probabilities[arm] / total if total > 0.0 else 1.0 / len(probabilities)
    return probabilities


@compiled
def _greater(mean: float, variance: float, other: float, other_variance: float) -> tuple[float, float]:
    """Mean and variance of the greater of two independent normal values (Clark, 1961)."""
    apart = max(np.sqrt(variance + other_variance), _LEAST_SPREAD)
    z = (mean - other) / apart
    upper, density = _below(z), np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    first = mean * upper + other * (1.0 - upper) + apart * density
    second = (
        (mean * mean + variance) * upper
        + (other * other + other_variance) * (1.0 - upper)
        + (mean + other) * apart * density
    )
    return first, max(second - first * first, 0.0)


@compiled
def _below(z: float) -> float:
    return 0.5 * (1.0 + erf(z / np.sqrt(2.0)))


@compiled
def _bound(probabilities: Floats, new: Bools, support: float, most_new: float) -> None:
    """Bounds in place the total of new pictures by ``most_new``, if there are others, and each probability by the support."""
    count, fresh = len(probabilities), 0.0
    for place in range(count):
        if new[place]:
            fresh += probabilities[place]
    known = 1.0 - fresh
    if fresh > most_new and known > 1e-12:
        for place in range(count):
            probabilities[place] *= most_new / fresh if new[place] else (1.0 - most_new) / known
    least, above = min(support, 1.0 / count), 0.0
    for place in range(count):
        probabilities[place] = max(probabilities[place] - least, 0.0)
        above += probabilities[place]
    for place in range(count):
        spare = probabilities[place] / above if above > 0.0 else 1.0 / count
        probabilities[place] = least + spare * (1.0 - least * count)


@compiled
def _in_parts(probabilities: Floats, parts: Ints) -> None:
    """Writes probabilities as whole parts that add up to ``PARTS``; the likeliest gets the rounding error."""
    left = PARTS
    for place in range(len(probabilities)):
        parts[place] = np.int64(np.rint(probabilities[place] * PARTS))
        left -= parts[place]
    parts[probabilities.argmax()] += left


@compiled
def _drawn(parts: Ints, seed: int) -> int:
    left, at = seed % PARTS, 0
    while left >= parts[at]:
        left -= parts[at]
        at += 1
    return at

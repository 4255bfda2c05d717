"""Which picture a title is shown by: drawn for its viewer, each as likely as it is likely to be taken the most (Thompson, 1933).

    picture of     what is known of it and its attributes, and of these with the labels that the viewer likes (``models.artwork``)
    chance         to be the best of the title's, as its weights are known so far
    bounds         all pictures of which little is known together at most ``most_new``; each at least ``support``
    drawn          by a digest of profile, day of the event, and title: a picture stays as the page moves, and the same event shows
                   the same pictures, everywhere, for ever

The best of several normal values is a normal value, nearly (Clark, 1961), so that a chance is a difference of two and no integral.
Of two pictures it is exact. Whatever it is, it is rounded first, and drawn by then: what is said is what was drawn by.
"""

from hashlib import blake2b
from math import erf
from typing import NamedTuple

import numpy as np

from playhead.arrays.hashing import PAD
from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Hashes, Ids, Ints
from playhead.catalogue.artworks import ArtworkColumns
from playhead.features.context import ContextBatch
from playhead.models.artwork import score

PARTS = 1_000_000
"""A propensity is a whole number of so many parts."""
DAY_MS = 86_400_000
_LEAST_SPREAD = 1e-9


class ArtworkPolicy(NamedTuple):
    """How pictures are chosen.

    chosen: else every title is shown by its first picture; support: the least propensity of any picture, off-policy estimates
    need one; spread: of how unsure weights are, times what they are (0: always the best that is known, but for the support);
    most_new: of the draws of a title, how many go to pictures of which little is known, where more is known of others; unsure: of its variance
    before anything was learned, how much is left of such a picture at least: one whose attributes are known is not new.
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
    """Digests of the labels that each profile likes most beyond the population, [snapshots × LIKED], PAD where there are fewer."""
    digests, liked = columns.views[0].index.label_digests, columns.favourites
    if not len(digests):
        return np.full(liked.shape, PAD)
    taste: Ints = np.where(liked >= 0, digests[np.maximum(liked, 0)].astype(np.int64), PAD)
    return taste


def seed_of(profile_id: str, at_ms: int) -> int:
    """What the pictures of a profile are drawn by on the day of this time."""
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
    """A picture for each title, as the viewer in row ``owner`` of ``taste`` and ``seeds`` sees it.

    known: what the model knows of slots (``ArtworkPosterior``); digests: digests of the titles.
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
    """The propensity of each picture of each title, [titles × MOST] in their order, as ``choose`` draws by: what off-policy estimates ask.

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
    """Parts of each picture of each title, [titles × MOST]."""
    parts = np.zeros((len(title), of.shape[1]), dtype=np.int64)
    mean, deviation = np.zeros(of.shape[1]), np.zeros(of.shape[1])
    new = np.zeros(of.shape[1], dtype=np.bool_)
    for n in range(len(title)):
        parts[n, 0] = PARTS
        if title[n] < 0 or title[n] >= len(of):
            continue
        mine, count = of[title[n]], 0
        while count < len(mine) and mine[count] >= 0:
            one = mine[count]
            worth, variance, begun = score(known, slots[one], values[one], taste[owner[n]])
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
        at = _drawn(parts[n], _mixed(seeds[owner[n]], digests[n]))
        chosen[n], part[n] = of[title[n], at], parts[n, at]
    return chosen, part


@compiled
def best_of_normals(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of independent normal values to be the greatest; they sum to 1. Of two it is exact."""
    found = np.zeros(len(mean))
    for number in range(len(mean)):
        rest, variance, begun = 0.0, 0.0, False
        for other in range(len(mean)):
            if other == number:
                continue
            if begun:
                rest, variance = _greater(rest, variance, mean[other], deviation[other] ** 2)
            else:
                rest, variance, begun = mean[other], deviation[other] ** 2, True
        apart = max(np.sqrt(deviation[number] ** 2 + variance), _LEAST_SPREAD)
        found[number] = _below((mean[number] - rest) / apart)
    total = found.sum()
    for one in range(len(found)):
        found[one] = found[one] / total if total > 0.0 else 1.0 / len(found)
    return found


@compiled
def _greater(mean: float, variance: float, other: float, its: float) -> tuple[float, float]:
    """Mean and variance of the greater of two independent normal values (Clark, 1961)."""
    apart = max(np.sqrt(variance + its), _LEAST_SPREAD)
    z = (mean - other) / apart
    upper, density = _below(z), np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    first = mean * upper + other * (1.0 - upper) + apart * density
    second = (
        (mean * mean + variance) * upper
        + (other * other + its) * (1.0 - upper)
        + (mean + other) * apart * density
    )
    return first, max(second - first * first, 0.0)


@compiled
def _below(z: float) -> float:
    return 0.5 * (1.0 + erf(z / np.sqrt(2.0)))


@compiled
def _bound(probabilities: Floats, new: Bools, support: float, most_new: float) -> None:
    """Keeps what is new within its share, where something is known, and everything above the support."""
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
    """Chances as whole parts that add up to ``PARTS``; the likeliest bears what rounding leaves."""
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


@compiled
def _mixed(seed: int, digest: int) -> int:
    """A number of 63 bits from two (SplitMix64: Steele, Lea, Flood, 2014)."""
    mixed = np.uint64(seed) + np.uint64(digest) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1))

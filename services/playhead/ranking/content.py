"""Features that compare a title's content with a profile's choices: embeddings, tags, language, year, mood; and the title's age."""

from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ids, Ints, Singles
from playhead.catalogue.catalogue import Catalogue
from playhead.features.content import CHOSEN, KINDS, LATELY, STEP
from playhead.features.context import ContextBatch
from playhead.models.choice_features import PLACES
from playhead.signals.rows import KEPT

DAY_MS = 86_400_000.0
DECADE = 10.0
"""Years that make a distance of 1 between a title's year and those of the profile's choices."""
FARTHEST = 4.0
CONTENT = PLACES["content"].start
TAGS, AGE, LANGUAGE, YEAR, MOOD = (PLACES[name].start for name in ("tags", "age", "language", "year", "mood"))
_STEPS: Floats = np.power(STEP, np.arange(KEPT))


class TitleContent(NamedTuple):
    """Content columns of titles, by number (``TagColumns``, ``Catalogue``); ``weighed`` [tags]: scratch memory, 0 between calls."""

    embedding: Singles
    tag_of: Ids
    confidence: Singles
    rarity: Floats
    weighed: Floats
    language: Ids
    year: Floats
    added_at: Ints
    mood: Singles


def title_content(catalogue: Catalogue) -> TitleContent:
    """The content columns of a catalogue."""
    tags, rarity = catalogue.tags, catalogue.tags.rarity()
    tags.make_room(len(catalogue.titles))
    return TitleContent(
        tags.embedding,
        tags.tag_of,
        tags.confidence,
        rarity,
        tags.weighed(),
        catalogue.language,
        catalogue.year,
        catalogue.added_at,
        tags.mood,
    )


def pair_content(columns: ContextBatch, catalogue: Catalogue, owner: Ints, title: Ints) -> Floats:
    """The content inputs of the heads, [rows × 5]: cosine with all choices, with recent ones, of tags, log(1 + days of age), and whether that is known."""
    taste, about = columns.content, title_content(catalogue)
    return _pairs(
        owner, title, columns.until_s, columns.recent, taste.vectors, about.embedding, about.tag_of,
        about.confidence, about.rarity, about.weighed, about.added_at,
    )  # fmt: skip


@compiled
def _pairs(
    owner: Ints,
    title: Ints,
    until_s: Ints,
    recent: Ids,
    vectors: Floats,
    embedding: Singles,
    tag_of: Ids,
    confidence: Singles,
    rarity: Floats,
    weighed: Floats,
    added_at: Ints,
) -> Floats:
    features, alike = np.zeros((len(owner), 5)), np.zeros((1, KINDS))
    for n in range(len(owner)):
        if title[n] < 0:
            continue
        row, single = owner[n], title[n : n + 1]
        compare(alike.T, single, vectors[row], embedding)
        features[n, 0], features[n, 1] = alike[0, CHOSEN], alike[0, LATELY]
        share_tags(features[n, 2:3], single, recent[row], tag_of, confidence, rarity, weighed)
        days = age_days(added_at[title[n]], until_s[row])
        if days >= 0.0:
            features[n, 3], features[n, 4] = np.log1p(days), 1.0
    return features


@compiled
def compare(features: Floats, title: Ints, vectors: Floats, embedding: Singles) -> None:
    """Writes the cosines of titles with each vector of a profile, [KINDS × titles], each summed in order."""
    for n in range(len(title)):
        line = embedding[title[n]]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for place in range(len(line)):
            value = line[place]
            a += value * vectors[0, place]
            b += value * vectors[1, place]
            c += value * vectors[2, place]
            d += value * vectors[3, place]
        features[0, n], features[1, n], features[2, n], features[3, n] = a, b, c, d


@compiled
def share_tags(
    features: Floats,
    title: Ints,
    recent: Ids,
    tag_of: Ids,
    confidence: Singles,
    rarity: Floats,
    weighed: Floats,
) -> None:
    """Writes the cosines of titles' tags with those of the titles chosen last, weighted by rarity; ``weighed`` is 0 before and after."""
    square = _weigh_tags(weighed, recent, tag_of, confidence, rarity)
    for n in range(len(title)):
        features[n] = _cosine(title[n], tag_of, confidence, rarity, weighed, square)
    for chosen in recent:
        if chosen >= 0:
            for tag in tag_of[chosen]:
                weighed[max(tag, 0)] = 0.0


@compiled
def _weigh_tags(weighed: Floats, recent: Ids, tag_of: Ids, confidence: Singles, rarity: Floats) -> float:
    """Adds up the weight of each tag over the recent titles, decayed by lag. Returns the sum of the squares."""
    square = 0.0
    for back in range(len(recent)):
        for place in range(tag_of.shape[1]):
            tag = tag_of[recent[back], place]
            if recent[back] < 0 or tag < 0:
                break
            before = weighed[tag]
            weighed[tag] += _STEPS[back] * confidence[recent[back], place] * rarity[tag]
            square += weighed[tag] ** 2 - before**2
    return square


@compiled
def _cosine(
    title: int, tag_of: Ids, confidence: Singles, rarity: Floats, weighed: Floats, square: float
) -> float:
    product, own = 0.0, 0.0
    for place in range(tag_of.shape[1]):
        tag = tag_of[title, place]
        if tag < 0:
            break
        value = confidence[title, place] * rarity[tag]
        product += value * weighed[tag]
        own += value * value
    return product / np.sqrt(square * own) if product > 0.0 else 0.0


@compiled
def date(log: Floats, new: Floats, known: Floats, title: Ints, until_s: int, added_at: Ints) -> None:
    """Writes the age of titles at a time: log(1 + days), 1 / (1 + days), and 1 where it is known."""
    for n in range(len(title)):
        days = age_days(added_at[title[n]], until_s)
        if days >= 0.0:
            log[n], new[n], known[n] = np.log1p(days), 1.0 / (1.0 + days), 1.0


@compiled
def age_days(added_at: int, until_s: int) -> float:
    """Days since a title was added, 0 before that; -1 if unknown."""
    return max(until_s - added_at / 1000.0, 0.0) / (DAY_MS / 1000.0) if added_at else -1.0


@compiled
def speak(
    language_affinity: Floats,
    distance: Floats,
    title: Ints,
    taste: Floats,
    mine: float,
    language: Ids,
    year: Floats,
) -> None:
    """Writes the profile's log-ratio for each title's language, and the distance of its year from the mean year of the profile's choices."""
    for n in range(len(title)):
        if 0 <= language[title[n]] < len(taste):
            language_affinity[n] = taste[language[title[n]]]
        if mine > 0.0 and year[title[n]] > 0.0:
            distance[n] = min(abs(year[title[n]] - mine) / DECADE, FARTHEST)


@compiled
def feel(valence: Floats, arousal: Floats, title: Ints, viewer: Floats, mood: Singles) -> None:
    """Writes the products of the viewer's mood with those of titles: positive if they agree, negative if they are opposite."""
    if viewer[0] != 0.0 or viewer[1] != 0.0:
        for n in range(len(title)):
            valence[n], arousal[n] = viewer[0] * mood[title[n], 0], viewer[1] * mood[title[n], 1]

"""The features that compare what a title is about with what a profile chose: embeddings, tags, language, year; and its age."""

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
"""Years; a title so far from what a profile chose is at a distance of 1."""
FARTHEST = 4.0
CONTENT = PLACES["content"].start
TAGS, AGE, LANGUAGE, YEAR, MOOD = (PLACES[name].start for name in ("tags", "age", "language", "year", "mood"))
_STEPS: Floats = np.power(STEP, np.arange(KEPT))


class TitleContent(NamedTuple):
    """What titles are about, by number (``TagColumns``, ``Catalogue``); ``weighed`` [tags] is 0 between calls."""

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
    """What the titles of a catalogue are about."""
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
    """The inputs of the heads that compare titles with snapshots: likeness, lately too, tags, log age, whether that is known, [rows × 5]."""
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
        row, one = owner[n], title[n : n + 1]
        compare(alike.T, one, vectors[row], embedding)
        features[n, 0], features[n, 1] = alike[0, CHOSEN], alike[0, LATELY]
        share_tags(features[n, 2:3], one, recent[row], tag_of, confidence, rarity, weighed)
        days = age_days(added_at[title[n]], until_s[row])
        if days >= 0.0:
            features[n, 3], features[n, 4] = np.log1p(days), 1.0
    return features


@compiled
def compare(features: Floats, title: Ints, vectors: Floats, embedding: Singles) -> None:
    """Cosines of titles with each vector of a profile, [KINDS × titles], each summed in order."""
    for n in range(len(title)):
        line = embedding[title[n]]
        one, two, three, four = 0.0, 0.0, 0.0, 0.0
        for place in range(len(line)):
            value = line[place]
            one += value * vectors[0, place]
            two += value * vectors[1, place]
            three += value * vectors[2, place]
            four += value * vectors[3, place]
        features[0, n], features[1, n], features[2, n], features[3, n] = one, two, three, four


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
    """Cosine of the tags of titles with those of the titles chosen last, rare tags counting more; ``weighed`` is 0 before and after."""
    square = _weigh_tags(weighed, recent, tag_of, confidence, rarity)
    for n in range(len(title)):
        features[n] = _cosine(title[n], tag_of, confidence, rarity, weighed, square)
    for one in recent:
        if one >= 0:
            for tag in tag_of[one]:
                weighed[max(tag, 0)] = 0.0


@compiled
def _weigh_tags(weighed: Floats, recent: Ids, tag_of: Ids, confidence: Singles, rarity: Floats) -> float:
    """Writes how much of each tag is in titles, the newest first. Returns the sum of the squares."""
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
    """The age of titles at a moment: log(1 + days), 1 / (1 + days), and 1 where it is known."""
    for n in range(len(title)):
        days = age_days(added_at[title[n]], until_s)
        if days >= 0.0:
            log[n], new[n], known[n] = np.log1p(days), 1.0 / (1.0 + days), 1.0


@compiled
def age_days(added_at: int, until_s: int) -> float:
    """Days since a title was added, 0 before; -1 where nobody said when."""
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
    """How much more a profile chooses a title's language than others, and how far it is from the years that it chooses."""
    for n in range(len(title)):
        if 0 <= language[title[n]] < len(taste):
            language_affinity[n] = taste[language[title[n]]]
        if mine > 0.0 and year[title[n]] > 0.0:
            distance[n] = min(abs(year[title[n]] - mine) / DECADE, FARTHEST)


@compiled
def feel(valence: Floats, arousal: Floats, title: Ints, viewer: Floats, mood: Singles) -> None:
    """How far the mood of titles goes the way of the viewer's: above 0 the same way, below 0 the other."""
    if viewer[0] != 0.0 or viewer[1] != 0.0:
        for n in range(len(title)):
            valence[n], arousal[n] = viewer[0] * mood[title[n], 0], viewer[1] * mood[title[n], 1]

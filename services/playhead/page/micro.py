"""Topics of genre and micro-genre rows: labels that the viewer likes more than the population does, and a facet that the viewer's titles of a label share."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Bools, Floats, Hashes, Ids, Ints, Singles
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.tags.facets import MOODS
from playhead.features.label_affinity import DIGITS, LIKED
from playhead.ranking.pipeline import Result

SURE = 0.5
"""Least confidence of a tag that counts."""
STEP = 0.95
"""Factor for each title further back."""
SHARED = 1.5
"""Least weighted number of the viewer's titles that share a facet: two, the older of them at most ten back."""
LEAST = 6
"""Fewest candidates of a genre or micro-genre row."""
_MOODS = len(MOODS)


class TitleFacets(NamedTuple):
    """Tags and moods of titles by number (``TagColumns``), and the facets that may stand in a name (``usable``); ``tags``: number of tags."""

    tag_of: Ids
    confidence: Singles
    mood: Singles
    usable: Bools
    digest: Hashes
    tags: int


def title_facets(catalogue: Catalogue) -> TitleFacets:
    """The facets of the titles of a catalogue."""
    tags, facets = catalogue.tags, catalogue.facets()
    tags.make_room(len(catalogue.titles))
    return TitleFacets(
        tags.tag_of, tags.confidence, tags.mood, facets.usable, facets.digest, len(facets.usable) - _MOODS
    )


class Topics(NamedTuple):
    """Topics of rows, [pages × LIKED] each, -1 where there are fewer.

    ``label``: labels of genre rows; ``facet``: facets of micro-genre rows of these labels; ``share``: share of each label in the viewer's choices.
    """

    label: Ints
    facet: Ints
    share: Floats


def topics(result: Result) -> Topics:
    """The labels of each page's genre rows, and for genres among them the facet that the viewer's titles share."""
    columns, catalogue, pool = result.columns, result.catalogue, result.scored.pool
    bounds, label_of, facets = pool.bounds(len(result.slates)), catalogue.label_of, catalogue.facets()
    populations = np.stack([view.population for view in columns.views])
    view_of = np.array([columns.views.index(slate.view) for slate in result.slates], dtype=np.int64)
    digests = columns.views[0].index.label_digests
    label, share = _liked(bounds, pool.title, label_of, columns.affinity, populations, view_of, digests)
    about = title_facets(catalogue)
    facet = _chosen(bounds, pool.title, label, columns.recent, label_of, facets.genre, about)
    return Topics(label, facet, share)


@compiled
def _liked(
    bounds: Ints,
    title: Ints,
    label_of: Ids,
    affinity: Floats,
    populations: Floats,
    population_of: Ints,
    digests: Hashes,
) -> tuple[Ints, Floats]:
    """The labels that contribute most to the difference between viewer and population, among those with enough candidates, and the share of each.

    A label contributes its share of the viewer's choices times the log-ratio of that to the population's: its term of their Kullback-Leibler
    divergence. The log-ratio alone would prefer labels of a single title. A viewer without any difference gets the most popular labels.
    """
    labels = np.full((len(affinity), LIKED), -1)
    share_of = np.zeros(labels.shape)
    most, ties = np.empty(labels.shape), np.empty(labels.shape, dtype=np.uint32)
    counts = np.empty(len(digests), dtype=np.int64)
    for row in range(len(affinity)):
        size = 0
        _count_labels(counts, label_of, title[bounds[row] : bounds[row + 1]])
        population = populations[population_of[row]]
        for cold_start in (False, True):
            if size == 0:
                for label in range(len(digests)):
                    value = _worth(population[label], affinity[row, label], cold_start)
                    if value > 0.0 and counts[label] >= LEAST:
                        size = offer(labels, most, ties, row, size, label, value, digests[label])
        for place in range(LIKED):
            known = labels[row, place]
            if known >= 0:
                share_of[row, place] = populations[population_of[row], known] * np.exp(affinity[row, known])
    return labels, share_of


@compiled
def _count_labels(counts: Ints, label_of: Ids, titles: Ints) -> None:
    """Writes the number of titles with each label."""
    counts[:] = 0
    for title in titles:
        for label in label_of[title]:
            if label >= 0:
                counts[label] += 1


@compiled
def _worth(share: float, affinity: float, cold_start: bool) -> float:
    """The rounded contribution of a label, given its ``share`` in the population; for a cold-start user that share itself."""
    contribution = share if cold_start else share * np.exp(affinity) * affinity if affinity > 0.0 else 0.0
    value: float = np.rint(contribution * 10.0**DIGITS)
    return value


@compiled
def _chosen(
    bounds: Ints,
    title: Ints,
    favourites: Ints,
    recent: Ids,
    label_of: Ids,
    genre: Bools,
    facets: TitleFacets,
) -> Ints:
    tag_of, confidence, mood, usable, digest, _ = facets
    chosen = np.full(favourites.shape, -1)
    shared, having = np.zeros(len(usable)), np.zeros(len(usable), dtype=np.int64)
    for row in range(len(favourites)):
        for place in range(favourites.shape[1]):
            label = favourites[row, place]
            if label < 0 or not genre[label]:
                continue
            shared[:], having[:], size, weight = 0.0, 0, 0, 1.0
            for watched in recent[row]:
                if watched >= 0 and has(label_of[watched], label):
                    _add(shared, tag_of, confidence, mood[watched], watched, weight)
                weight *= STEP
            if not _any_shared(shared, usable):
                continue
            for n in range(bounds[row], bounds[row + 1]):
                if has(label_of[title[n]], label):
                    size += 1
                    _count(having, tag_of, confidence, mood[title[n]], title[n])
            chosen[row, place] = _most(shared, having, size, usable, digest)
    return chosen


@compiled
def _any_shared(shared: Floats, usable: Bools) -> bool:
    """Whether the viewer's titles share a facet that may stand in a name."""
    for facet in range(len(shared)):  # noqa: SIM110 - numba makes a loop of its own of any()
        if shared[facet] >= SHARED and usable[facet]:
            return True
    return False


@compiled
def _most(shared: Floats, having: Ints, size: int, usable: Bools, digest: Hashes) -> int:
    """The facet that the viewer's titles share the most, weighted by its rarity among the candidates of the label; -1 for none."""
    best, most = -1, 0.0
    for facet in range(len(shared)):
        if shared[facet] < SHARED or having[facet] < LEAST or not usable[facet]:
            continue
        value = shared[facet] * np.log((1.0 + size) / (1.0 + having[facet]))
        if value > most or (value == most and best >= 0 and digest[facet] < digest[best]):
            best, most = facet, value
    return best


@compiled
def _add(shared: Floats, tag_of: Ids, confidence: Singles, mood: Singles, title: int, weight: float) -> None:
    for place in range(tag_of.shape[1]):
        tag = tag_of[title, place]
        if tag >= 0 and confidence[title, place] >= SURE:
            shared[tag] += weight
    named = mood_class(mood)
    if named >= 0:
        shared[len(shared) - _MOODS + named] += weight


@compiled
def _count(having: Ints, tag_of: Ids, confidence: Singles, mood: Singles, title: int) -> None:
    for place in range(tag_of.shape[1]):
        tag = tag_of[title, place]
        if tag >= 0 and confidence[title, place] >= SURE:
            having[tag] += 1
    named = mood_class(mood)
    if named >= 0:
        having[len(having) - _MOODS + named] += 1


@compiled
def has_facet(tag_of: Ids, confidence: Singles, mood: Singles, tags: int, title: int, facet: int) -> bool:
    """Whether a title has a facet."""
    if facet >= tags:
        return bool(mood_class(mood[title]) == facet - tags)
    for place in range(tag_of.shape[1]):
        if tag_of[title, place] == facet:
            return bool(confidence[title, place] >= SURE)
    return False


@compiled
def mood_class(mood: Singles) -> int:
    """The index in ``MOODS`` of a title's mood (valence, arousal, tension), -1 for none; the thresholds are those of ``micro_genres``."""
    if mood[0] >= 0.5:
        return 0
    if mood[2] >= 0.6:
        return 1
    if mood[0] <= -0.4:
        return 2
    return 3 if mood[1] <= -0.2 else -1


@compiled
def has(numbers: NDArray[Any], number: int) -> bool:
    """Whether a number is among ``numbers``."""
    for other in numbers:  # noqa: SIM110 - numba makes a loop of its own of any()
        if other == number:
            return True
    return False

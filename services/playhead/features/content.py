"""Content features of a profile: embeddings, languages and release years of the titles that it chose, liked and rejected."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ids, Ints, Singles
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.title_tags import EMBEDDING
from playhead.features.histories import SKIPPED, SKIPS, TASTE_DEPTH, HistoryBatch
from playhead.signals.rows import KEPT

CHOSEN, LATELY, LIKED, REFUSED = range(4)
"""Vectors of a profile: mean embedding of the titles that it chose, chose last, rated well, and rated badly, skipped or hid."""
KINDS = 4
STEP, LATE_STEP = 0.95, 0.5
"""Factors for each title further back, in ``CHOSEN`` and in ``LATELY``."""
MIDDLE = 0.5
"""Ratings above this count as liking."""
LANGUAGE_PRIOR = 2.0
"""Pseudo-titles by which a profile's share of a language is shrunk to the catalogue's; the profile's own language counts as one title."""
LANGUAGES = 64
"""Most languages with a feature of their own: the first ones seen."""
_STEPS: Floats = np.power(STEP, np.arange(KEPT))
_LATE_STEPS: Floats = np.power(LATE_STEP, np.arange(KEPT))


class RatedTitles(NamedTuple):
    """The ratings of each profile, 0 to 1, newest first; ``first`` [snapshots + 1]: where those of each begin."""

    first: Ints
    title: NDArray[np.int32]
    value: Floats


class ContentTaste(NamedTuple):
    """Content features of snapshots, to be compared with those of titles.

    ``vectors`` [snapshots × KINDS × 64]: of length 1, or 0 without titles; ``languages`` [snapshots × LANGUAGES]: log-ratio of the share of each
    language in the choices to that in the catalogue; ``year`` [snapshots]: the mean release year of
    the chosen titles, 0 if unknown.
    """

    vectors: Floats
    languages: Floats
    year: Floats

    def between(self, first: int, last: int) -> "ContentTaste":
        """The features of consecutive snapshots."""
        return ContentTaste(*(column[first:last] for column in self))


def content_taste(
    catalogue: Catalogue, past: HistoryBatch, recent: NDArray[np.int32], rated: RatedTitles, spoken: Ids
) -> ContentTaste:
    """Computes the content features of snapshots.

    ``recent`` [snapshots × titles back]: titles chosen last, newest first, -1 where there are fewer; ``spoken`` [snapshots]: the languages of the
    profiles, -1 if unknown.
    """
    catalogue.tags.make_room(len(catalogue.titles))
    vectors = _vectors(past.first, past.title, past.facts, recent, *rated, catalogue.tags.embedding)
    languages = _languages(recent, spoken, catalogue.language, catalogue.language_shares(LANGUAGES))
    return ContentTaste(vectors, languages, _years(recent, catalogue.year))


@compiled
def _vectors(
    first: Ints,
    title: Ints,
    facts: Ints,
    recent: NDArray[np.int32],
    rated_first: Ints,
    rated: NDArray[np.int32],
    value: Floats,
    embedding: Singles,
) -> Floats:
    written = np.zeros((len(recent), KINDS, EMBEDDING))
    for row in range(len(recent)):
        for back in range(recent.shape[1]):
            if recent[row, back] >= 0:
                add_title(written[row, CHOSEN], embedding, recent[row, back], _STEPS[back])
                add_title(written[row, LATELY], embedding, recent[row, back], _LATE_STEPS[back])
        for n in range(first[row], min(first[row] + TASTE_DEPTH, first[row + 1])):
            if facts[n, SKIPS]:
                add_title(written[row, REFUSED], embedding, title[n], -SKIPPED * _STEPS[n - first[row]])
        for n in range(rated_first[row], rated_first[row + 1]):
            liking = 2.0 * (value[n] - MIDDLE) * _STEPS[n - rated_first[row]]
            add_title(written[row, LIKED if liking > 0.0 else REFUSED], embedding, rated[n], abs(liking))
        for kind in range(KINDS):
            normalize(written[row, kind])
    return written


@compiled
def add_title(written: Floats, embedding: Singles, title: int, weight: float) -> None:
    """Adds a title's embedding, times a weight, to the vector ``written``; -1 stands for no title."""
    if title >= 0:
        for place in range(len(written)):
            written[place] += weight * embedding[title, place]


@compiled
def normalize(written: Floats) -> None:
    """Scales a vector to length 1 in place, unless it is 0."""
    square = 0.0
    for value in written:
        square += value * value
    if square > 0.0:
        written /= np.sqrt(square)


@compiled
def _languages(recent: Ids, spoken: Ids, language: NDArray[np.int32], share: Floats) -> Floats:
    written = np.zeros((len(recent), len(share)))
    for row in range(len(recent)):
        known = 0
        if 0 <= spoken[row] < len(share):
            known += 1
            written[row, spoken[row]] += 1.0
        for title in recent[row]:
            if title >= 0 and 0 <= language[title] < len(share):
                known += 1
                written[row, language[title]] += 1.0
        for place in range(len(share)):
            mine = (written[row, place] + LANGUAGE_PRIOR * share[place]) / (known + LANGUAGE_PRIOR)
            written[row, place] = np.log(mine / share[place]) if known else 0.0
    return written


@compiled
def _years(recent: NDArray[np.int32], year: Floats) -> Floats:
    written = np.zeros(len(recent))
    for row in range(len(recent)):
        total, weight = 0.0, 0.0
        for back in range(recent.shape[1]):
            if recent[row, back] >= 0 and year[recent[row, back]] > 0.0:
                total += _STEPS[back] * year[recent[row, back]]
                weight += _STEPS[back]
        if weight > 0.0:
            written[row] = total / weight
    return written

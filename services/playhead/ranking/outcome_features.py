"""The inputs of the outcome heads for pairs of snapshot and title, computed by the same code for serving and learning."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD, cross
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.examples import Features
from playhead.features.context import ContextBatch
from playhead.models.head_lists import COLUMNS, DENSE_PLACES, TOGETHER
from playhead.ranking.content import pair_content

CROSSED = (1, 2, 3)
"""Indices of title slots that are crossed with the surface: its first genres (which genres are chosen depends on the surface)."""
CROSSED_RATES = (0, 3)
"""Indices of rated title slots whose rates are also kept by surface: the title and its length."""
PAIR = TOGETHER
"""Places of the dense features that depend on both profile and title: affinity of the title's labels, log(1 + times shown), then the similarity
of its content to the profile's choices, in all, lately, and by tags, log(1 + days of age), and whether that is known.
"""
OF_PAIR = DENSE_PLACES["pair"].stop
"""Number of these that come before the features of the profile and of the title."""
PROFILE = DENSE_PLACES["profile"]
"""Places of the dense features of the profile alone, in the order of ``ContextBatch.dense``."""
TITLE = DENSE_PLACES["title"]
"""Places of the dense features of the title alone: its length on a log scale, that squared, and whether it is known."""


class OutcomeFeatures(NamedTuple):
    """Features of rows, each a pair of snapshot and title: hashed slots, PAD where there are fewer; rated slots; dense values."""

    slots: Ints
    rated: Ints
    dense: Floats


def outcome_features(
    columns: ContextBatch, catalogue: Catalogue, owner: Ints, title: Ints, seen: Floats
) -> OutcomeFeatures:
    """Features of ``title`` for the snapshot in row ``owner``; ``seen``: times it was shown without being chosen."""
    around = columns.slots[owner]
    of_title, rated = title_slots(catalogue, title, around[:, 0])
    pair_features = pair(columns, catalogue, owner, title, seen)
    dense = np.concatenate(
        [
            pair_features[:, :OF_PAIR],
            columns.dense[owner],
            title_dense(catalogue, title),
            pair_features[:, OF_PAIR:],
        ],
        axis=1,
    )
    return OutcomeFeatures(
        np.concatenate([of_title, around], axis=1),
        np.concatenate([rated, columns.rated[owner]], axis=1),
        np.round(dense, 4),
    )


def title_slots(catalogue: Catalogue, title: Ints, surface: Ints) -> tuple[Ints, Ints]:
    """Hashed and rated slots of titles on surfaces; ``surface`` [titles]: slot of the surface."""
    return _title_slots(catalogue.slots, catalogue.rated, title, np.ascontiguousarray(surface))


@compiled
def _title_slots(slots: Ints, rates: Ints, title: Ints, surface: Ints) -> tuple[Ints, Ints]:
    width = slots.shape[1]
    of_title = np.empty((len(title), width + len(CROSSED)), dtype=np.int64)
    rated = np.empty((len(title), rates.shape[1] + len(CROSSED_RATES)), dtype=np.int64)
    for row in range(len(title)):
        of_title[row, :width] = slots[title[row]]
        for n in range(len(CROSSED)):
            of_title[row, width + n] = cross(surface[row], of_title[row, CROSSED[n]])
        write_rated(rates[title[row]], surface[row], rated[row])
    return of_title, rated


@compiled
def write_rated(rates: Ints, surface: int, written: Ints) -> None:
    """Writes the rated slots of a title (``rates``), and those of them that are crossed with a surface."""
    width = len(rates)
    written[:width] = rates
    for n in range(len(CROSSED_RATES)):
        written[width + n] = cross(surface, rates[CROSSED_RATES[n]])


def title_dense(catalogue: Catalogue, title: Ints) -> Floats:
    """Dense features of titles alone, [titles × 3]."""
    return _lengths(catalogue.duration_s, title)


@compiled
def _lengths(duration_s: Floats, title: Ints) -> Floats:
    dense = np.zeros((len(title), 3))
    for row in range(len(title)):
        write_length(duration_s[title[row]], dense[row])
    return dense


@compiled
def write_length(length_s: float, written: Floats) -> None:
    """Writes the dense features of a title of this length into ``written`` [3], which is 0."""
    if length_s > 0.0:
        length = np.log1p(length_s) / 5.0 - 0.8
        written[0], written[1], written[2] = length, length * length, 1.0


def pair(columns: ContextBatch, catalogue: Catalogue, owner: Ints, title: Ints, seen: Floats) -> Floats:
    """Dense features that depend on both profile and title, [rows × PAIR]."""
    labels = np.stack([label_affinity(columns, catalogue, owner, title), np.log1p(seen)], axis=1)
    about = pair_content(columns, catalogue, owner, title)
    return np.round(np.concatenate([labels, about], axis=1), 4)


def label_affinity(columns: ContextBatch, catalogue: Catalogue, owner: Ints, title: Ints) -> Floats:
    """Mean affinity of the profile for a title's labels, [rows]; 0 without labels."""
    return _mean_affinities(columns.affinity, catalogue.label_of, owner, title)


@compiled
def _mean_affinities(affinity: Floats, label_of: NDArray[np.int32], owner: Ints, title: Ints) -> Floats:
    means = np.empty(len(owner))
    for row in range(len(owner)):
        means[row] = mean_affinity(affinity[owner[row]], label_of[title[row]])
    return means


@compiled
def mean_affinity(affinity: Floats, labels: NDArray[np.int32]) -> float:
    """Mean affinity of a title's labels, which are padded with -1; 0 without labels."""
    known, total = 0, 0.0
    for label in labels:
        if label >= 0:
            known += 1
            total += affinity[label]
    return total / max(known, 1)


def as_features(rows: OutcomeFeatures) -> list[Features]:
    """The rows as the features of examples."""
    return [
        Features(
            hashed=tuple(slot for slot in slots if slot != PAD),
            dense=tuple(dense),
            rated=tuple(rated),
            columns=COLUMNS,
        )
        for slots, dense, rated in zip(
            rows.slots.tolist(), rows.dense.tolist(), rows.rated.tolist(), strict=True
        )
    ]

"""The inputs of the outcome heads for titles in a profile's circumstances: one code for serving and learning."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import PAD, crosses
from playhead.domain.examples import Features
from playhead.models.heads import DENSE, Heads, sigmoid
from playhead.models.popularity import Floats
from playhead.ranking.moments import Columns

CROSSED = slice(1, 4)
"""Title slots crossed with the surface: its first genres (where a title is shown changes which genres are chosen)."""


class Inputs(NamedTuple):
    """Features of rows (a moment and a title each): hashed slots, PAD where there are fewer, and dense values."""

    slots: NDArray[np.int64]
    dense: Floats


def inputs(
    columns: Columns, catalogue: Catalogue, owner: NDArray[np.int64], title: NDArray[np.int64], seen: Floats
) -> Inputs:
    """Features of ``title`` for the moment in row ``owner``; ``seen``: times it was shown without being chosen.

    Dense: lift of the title's labels, log(1 + seen), log(1 + depth) / 5, mean completion.
    """
    of_title = catalogue.slots[title]
    around = columns.slots[owner]
    crossed = crosses(around[:, :1], of_title[:, CROSSED])
    dense = np.stack(
        [
            label_lift(columns, catalogue, owner, title),
            np.log1p(seen),
            np.log1p(columns.depth[owner]) / 5.0,
            columns.completion[owner],
        ],
        axis=1,
    )
    return Inputs(np.concatenate([of_title, around, crossed], axis=1), np.round(dense, 4))


def label_lift(
    columns: Columns, catalogue: Catalogue, owner: NDArray[np.int64], title: NDArray[np.int64]
) -> Floats:
    """Mean over a title's labels of how much more the profile likes them than the crowd; 0 without labels."""
    labels = catalogue.label_of[title]
    known = labels >= 0
    lifts = np.where(known, columns.lift[owner[:, None], np.where(known, labels, 0)], 0.0)
    mean: Floats = lifts.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean


def as_features(rows: Inputs) -> list[Features]:
    """The rows as an example carries them."""
    return [
        Features(hashed=tuple(slot for slot in slots if slot != PAD), dense=tuple(dense))
        for slots, dense in zip(rows.slots.tolist(), rows.dense.tolist(), strict=True)
    ]


def predict(heads: Heads, rows: Inputs) -> Floats:
    """P of every head, [rows × heads]. Sums in a fixed order, so that a batch of any size gives the same bits."""
    logits = np.tile(heads.intercepts, (len(rows.slots), 1))
    hashed = heads.weights[DENSE:]
    for place in range(rows.slots.shape[1]):
        logits += hashed.take(rows.slots[:, place], axis=0)
    for place in range(DENSE):
        logits += rows.dense[:, place, None] * heads.weights[place]
    return sigmoid(logits)

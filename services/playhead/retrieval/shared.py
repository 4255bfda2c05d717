"""Candidate sources that look at the market and the profile's favourite labels: popular, fresh, of a favourite label."""

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats
from playhead.retrieval.view import TOP, View

FAVOURITES = 3
DIGITS = 9
"""Of a lift: a label that says nothing has one of 0 but for the last bits, and those differ between processes."""
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row of the profile and number of the title, an entry a candidate."""


def popular(view: View, lift: Floats, finished: NDArray[np.int64]) -> Pairs:
    """The market's most popular titles, more of them for who has finished many."""
    return _pairs([view.top(TOP + more) for more in finished.tolist()], len(lift))


def fresh(view: View, lift: Floats, finished: NDArray[np.int64]) -> Pairs:  # noqa: ARG001 - one shape for all sources
    """The newest titles of the catalogue."""
    return _pairs([view.shelves.fresh] * len(lift), len(lift))


def favourite_labels(view: View, lift: Floats, finished: NDArray[np.int64]) -> Pairs:  # noqa: ARG001
    """The most popular titles of the labels the profile likes most beyond the crowd."""
    chosen = []
    for row in np.round(lift, DIGITS):
        liked = np.lexsort((view.shelves.label_marks[: len(row)], -row))[:FAVOURITES] if row.any() else ()
        lists = [view.of_label(int(label)) for label in liked if row[label] > 0.0]
        chosen.append(np.concatenate(lists) if lists else np.empty(0, dtype=np.int32))
    return _pairs(chosen, len(lift))


def _pairs(titles: list[NDArray[np.int32]], profiles: int) -> Pairs:
    counts = [len(chosen) for chosen in titles]
    owner = np.repeat(np.arange(profiles, dtype=np.int64), counts)
    return owner, np.concatenate(titles).astype(np.int64) if titles else np.empty(0, dtype=np.int64)

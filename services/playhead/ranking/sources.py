"""Candidate sources: popular, called for on the surface, fresh, of a favourite label, linked to the last titles."""

import numpy as np
from numpy.typing import NDArray

from playhead.models.parts import OF_TITLE
from playhead.models.popularity import HALF_LIVES_MS
from playhead.models.shard import group_of
from playhead.ranking.choice import of_titles
from playhead.ranking.moments import Columns
from playhead.retrieval.around import Around
from playhead.retrieval.view import View

TOP = 60
"""Titles of each half-life that are candidates for everybody, and as many more as the profile has finished."""
HALVES = range(0, len(HALF_LIVES_MS), 2)
CALLED_FOR = 150
"""Titles that the blend itself puts first before it knows the profile."""
FAVOURITES = 3
DIGITS_OF_SINGLES = 4
DIGITS = 9
"""Of a lift: a label that says nothing has one of 0 but for the last bits, and those differ between processes."""
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row of the profile and number of the title, an entry a candidate."""


def popular(view: View, columns: Columns, finished: NDArray[np.int64]) -> Pairs:  # noqa: ARG001 - one shape for all
    """The market's most chosen titles of the last minutes, hours, days …; more of them for who has finished many."""
    return _pairs([_popular(view, more) for more in finished.tolist()])


def _popular(view: View, more: int) -> NDArray[np.int32]:
    key = ("popular", (more + 15) // 16)
    if key not in view.kept:
        view.kept[key] = np.unique(np.concatenate([view.top(half, TOP + 16 * key[1]) for half in HALVES]))
    top: NDArray[np.int32] = view.kept[key]
    return top


def called_for(view: View, columns: Columns, finished: NDArray[np.int64]) -> Pairs:
    """What the blend puts first on the surface, going by the titles alone."""
    return _pairs(
        [
            _called_for(view, surface, more)
            for surface, more in zip(columns.surface, finished.tolist(), strict=True)
        ]
    )


def _called_for(view: View, surface: str, more: int) -> NDArray[np.int32]:
    key = ("called for", group_of(view.market, "chosen", surface), (more + 15) // 16)
    if key not in view.kept:
        weights = view.models.blend.ranking[0, :OF_TITLE]
        score = np.round(weights.astype(np.float32) @ of_titles(view, surface), DIGITS_OF_SINGLES)
        view.kept[key] = view.best(score, CALLED_FOR + 16 * key[2])
    top: NDArray[np.int32] = view.kept[key]
    return top


def fresh(view: View, columns: Columns, finished: NDArray[np.int64]) -> Pairs:  # noqa: ARG001
    """The newest titles of the catalogue."""
    return _pairs([view.shelves.fresh] * len(columns.lift))


def favourite_labels(view: View, columns: Columns, finished: NDArray[np.int64]) -> Pairs:  # noqa: ARG001
    """The most popular titles of the labels the profile likes most beyond the crowd."""
    chosen = []
    for row in np.round(columns.lift, DIGITS):
        liked = np.lexsort((view.shelves.label_marks[: len(row)], -row))[:FAVOURITES] if row.any() else ()
        lists = [view.of_label(int(label)) for label in liked if row[label] > 0.0]
        chosen.append(np.concatenate(lists) if lists else np.empty(0, dtype=np.int32))
    return _pairs(chosen)


def linked(found: list[Around]) -> Pairs:
    """What goes together with the last titles; scoring needs it anyway."""
    return _pairs([one.drawn for one in found])


def _pairs(titles: list[NDArray[np.int32]] | list[NDArray[np.int64]]) -> Pairs:
    owner = np.repeat(np.arange(len(titles), dtype=np.int64), [len(chosen) for chosen in titles])
    return owner, np.concatenate(titles).astype(np.int64) if titles else np.empty(0, dtype=np.int64)

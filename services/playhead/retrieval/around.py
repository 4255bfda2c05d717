"""Candidate source: what goes together with the profile's last titles; also how strongly, by each kind of link."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.models.neighbours import (
    LINKS,
    NEXT,
    SOON,
    SOON_SPAN,
    SOON_STEP,
    SPAN,
    TOGETHER,
    Neighbours,
)
from playhead.models.popularity import Floats
from playhead.retrieval.view import View, topmost

MOST_NEXT, MOST_SOON, MOST_TOGETHER = 64, 100, 100
"""Titles drawn by each link."""
TOGETHER_STEP = 0.87
"""What a title further back counts less when it is asked what goes together with it."""
SHRINK = 1.0
"""Choices added to both titles' counts, so that one chance meeting of two rare titles is no bond."""
_LAGS = np.arange(SPAN)
ASKED: Floats = np.stack(
    [
        (_LAGS == 0).astype(np.float64),
        np.where(_LAGS < SOON_SPAN, np.power(SOON_STEP, _LAGS), 0.0),
        np.power(TOGETHER_STEP, _LAGS),
    ],
    axis=1,
)
"""How much the row of the title so many choices back counts, [SPAN × LINKS]."""


class Around(NamedTuple):
    """What is linked to one profile's last titles.

    titles: numbers, each once; links [titles × LINKS]: summed over the last titles; lag: from which of them the
    strongest link comes; drawn: the titles that are candidates for it.
    """

    titles: NDArray[np.int64]
    links: Floats
    lag: NDArray[np.int64]
    drawn: NDArray[np.int64]


NOTHING = Around(
    np.empty(0, dtype=np.int64),
    np.zeros((0, LINKS)),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
)


def around(view: View, recent: NDArray[np.int32]) -> list[Around]:
    """What is linked to each profile's last titles, [profiles × SPAN] with -1 where there are fewer."""
    return [_one(view, row) for row in recent]


def _one(view: View, recent: NDArray[np.int32]) -> Around:
    neighbours = view.models.neighbours
    lags = np.flatnonzero((recent >= 0) & (recent < len(neighbours.chosen)))
    if not len(lags):
        return NOTHING
    before = recent[lags].astype(np.int64)
    ids = neighbours.ids[before]
    row, place = np.nonzero(ids >= 0)
    if not len(row):
        return NOTHING
    found = ids[row, place].astype(np.int64)
    links = neighbours.weights[before[row], place] * ASKED[lags[row]]
    links[:, TOGETHER] /= np.sqrt(neighbours.chosen[before[row]] + SHRINK)
    return _summed(view, neighbours, found, links, lags[row])


def _summed(
    view: View, neighbours: Neighbours, found: NDArray[np.int64], links: Floats, lag: NDArray[np.int64]
) -> Around:
    titles, at = np.unique(found, return_inverse=True)
    sums = np.stack(
        [
            np.bincount(at, weights=links[:, k], minlength=len(titles)).astype(np.float64)
            for k in range(LINKS)
        ],
        axis=1,
    )
    sums[:, TOGETHER] /= np.sqrt(neighbours.chosen[titles] + SHRINK)
    strongest = np.zeros(len(titles), dtype=np.int64)
    rising = np.argsort(links[:, TOGETHER], kind="stable")
    strongest[at[rising]] = lag[rising]
    marks, popular = view.catalogue.mark[titles], view.popular[titles]
    drawn = [
        topmost(sums[:, NEXT], marks, MOST_NEXT),
        topmost(sums[:, SOON] / popular, marks, MOST_SOON),
        topmost(sums[:, TOGETHER], marks, MOST_TOGETHER),
    ]
    return Around(titles, sums, strongest, titles[np.unique(np.concatenate(drawn))])

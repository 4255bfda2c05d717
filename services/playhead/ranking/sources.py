"""Shelves that candidates are taken from: chosen most, chosen and shown most on the surface, fresh, of liked labels.

A shelf is a list of titles, best first, and how many of them are to be candidates: the first so many that the
profile may be shown. What is linked to the last titles is a source too; scoring needs it anyway (``retrieval.around``).
"""

from typing import Protocol

import numpy as np

from playhead.models.popularity import Popularity
from playhead.models.shard import group_of
from playhead.ranking.moments import Columns
from playhead.retrieval.around import Shelf
from playhead.retrieval.view import View

POPULAR, HERE, SHOWN = 60, 30, 20
"""Titles of each half-life, of each on the surface, of each of impressions there."""
AGAIN = 40
"""Of the profile's own titles, if they are repeatable, the newest."""
KNOWN_WELL = 500
"""Choices of a market up to which what is popular elsewhere is considered too."""


class Shared(Protocol):
    """A source of shelves for all profiles of a market on a surface."""

    __name__: str

    def __call__(self, view: View, surface: str, /) -> list[Shelf]:
        """Its shelves."""


class Own(Protocol):
    """A source of shelves for the moment in a row."""

    __name__: str

    def __call__(self, view: View, columns: Columns, row: int, /) -> list[Shelf]:
        """Its shelves."""


def popular(view: View, surface: str) -> list[Shelf]:  # noqa: ARG001 - one shape for all
    """The market's most chosen titles of the last minutes, hours and days."""
    mine = _shelves(view.tally, POPULAR)
    if view.tally is None or view.tally.total[-1] < KNOWN_WELL:
        others = [tally for tally in view.everyone.markets if tally is not view.tally]
        mine += [shelf for other in others for shelf in _shelves(other, POPULAR)]
    return mine


def on_surface(view: View, surface: str) -> list[Shelf]:
    """What is chosen, and what is shown, on this surface."""
    tallies = view.models.tallies
    chosen = tallies.get(group_of(view.market, "chosen", surface))
    shown = tallies.get(group_of(view.market, "shown", surface))
    return _shelves(chosen, HERE) + _shelves(shown, SHOWN)


def fresh(view: View, surface: str) -> list[Shelf]:  # noqa: ARG001
    """The newest titles of the catalogue."""
    return [(view.shelves.fresh, len(view.shelves.fresh))]


def liked(view: View, columns: Columns, row: int) -> list[Shelf]:
    """The newest titles of the labels that the profile likes most beyond the crowd."""
    labels = columns.favourites[row].tolist()
    shelves = [view.shelves.newest(label) for label in labels if label >= 0]
    return [(newest, len(newest)) for newest in shelves]


def again(view: View, columns: Columns, row: int) -> list[Shelf]:
    """What the profile has played and is played again and again: songs, channels, nursery shows."""
    played = columns.history(row)
    repeated = played[view.catalogue.repeatable[played] & (played >= 0)]
    return [(repeated, AGAIN)] if len(repeated) else []


def unchosen(view: View, surface: str) -> list[Shelf]:  # noqa: ARG001
    """While hardly anything was chosen: titles in a fixed order, so that a list is never short."""
    if view.counted >= 2 * POPULAR:
        return []
    titles = view.shelves.listed
    if not view.settled and len(titles) < POPULAR:
        marks = view.catalogue.mark[: view.size]
        titles = np.argsort(marks, kind="stable").astype(np.int32)
    return [(titles, POPULAR)]


def _shelves(tally: Popularity | None, quota: int) -> list[Shelf]:
    return [] if tally is None or tally.tops is None else [(ids, quota) for ids in tally.tops.ids]

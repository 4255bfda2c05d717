"""Candidate lists: chosen most, chosen and shown most on the surface, fresh, of liked labels.

A candidate list is titles, best first, and how many of them are to be candidates: the first so many that the
profile may be shown. What is linked to the last titles is a source too; scoring needs it anyway (``candidates.generate``).
"""

from typing import Protocol

import numpy as np

from playhead.candidates.generate import CandidateList
from playhead.candidates.untried import nearest
from playhead.features.content import LATELY
from playhead.features.context import ContextBatch
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import Popularity
from playhead.models.tallies import group_of

POPULAR_TITLES, SURFACE_TITLES, SHOWN_TITLES = 60, 30, 20
"""Titles of each half-life, of each on the surface, of each of impressions there."""
FRESH = 40
SEASONAL = 30
"""Titles that were chosen around the same day of last year, far more than usual."""
NEAREST = 24
"""Of the titles of which little is known those nearest to a taste: of the new ones, and of all."""
AGAIN = 40
"""Of the profile's own titles, if they are repeatable, the newest."""
KNOWN_WELL = 500
"""Choices of a market up to which what is popular elsewhere is considered too."""


class SharedSource(Protocol):
    """A source of candidate lists for all profiles of a market on a surface."""

    __name__: str

    def __call__(self, view: MarketSnapshot, surface: str, /) -> list[CandidateList]:
        """Its candidate lists."""


class ProfileSource(Protocol):
    """A source of candidate lists for the snapshot in a row."""

    __name__: str

    def __call__(self, view: MarketSnapshot, columns: ContextBatch, row: int, /) -> list[CandidateList]:
        """Its candidate lists."""


def popular(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001 - one shape for all
    """The market's most chosen titles of the last minutes, hours and days."""
    mine = _by_half_life(view.tally, POPULAR_TITLES)
    if view.tally is None or view.tally.total[-1] < KNOWN_WELL:
        others = [tally for tally in view.everyone.markets if tally is not view.tally]
        mine += [
            candidate_list for other in others for candidate_list in _by_half_life(other, POPULAR_TITLES)
        ]
    return mine


def on_surface(view: MarketSnapshot, surface: str) -> list[CandidateList]:
    """What is chosen, and what is shown, on this surface."""
    tallies = view.models.tallies
    chosen = tallies.get(group_of(view.audience, "chosen", surface))
    shown = tallies.get(group_of(view.audience, "shown", surface))
    return _by_half_life(chosen, SURFACE_TITLES) + _by_half_life(shown, SHOWN_TITLES)


def fresh(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """The newest titles of the catalogue, by the time of the newest choice; what is to come is none of them."""
    newest = view.index.by_age
    added = view.catalogue.added_at[newest]
    return [(newest[(added > 0) & ((added <= view.now_ms) | (view.now_ms == 0.0))][:FRESH], FRESH)]


def liked(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """The newest titles of the labels that the profile likes most beyond the population."""
    labels = columns.favourites[row].tolist()
    candidate_lists = [view.index.newest(label) for label in labels if label >= 0]
    return [(newest, len(newest)) for newest in candidate_lists]


def untried(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """Titles that hardly anybody has chosen, and which are about what the profile chose lately: new ones, and any."""
    taste = columns.content.vectors[row, LATELY]
    found = nearest(view, taste, int(columns.until_s[row])) if taste.any() else ()
    return [(titles, NEAREST) for titles in found]


def again(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """What the profile has played and is played again and again: songs, channels, nursery shows."""
    played = columns.history(row)
    repeated = played[view.catalogue.repeatable[played] & (played >= 0)]
    return [(repeated, AGAIN)] if len(repeated) else []


def seasonal(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """What was chosen around the same day of last year more than in the rest of it; nothing within a log's first year."""
    titles, lifts = view.season
    found = np.flatnonzero(lifts > 0.0)
    order = found[np.lexsort((view.catalogue.digest[titles[found]], -np.round(lifts[found], 6)))]
    return [(titles[order].astype(np.int32), SEASONAL)] if len(order) else []


def unchosen(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """While hardly anything was chosen: titles in a fixed order, so that a list is never short."""
    if view.counted >= 2 * POPULAR_TITLES:
        return []
    titles = view.index.listed
    if not view.settled and len(titles) < POPULAR_TITLES:
        digests = view.catalogue.digest[: view.size]
        titles = np.argsort(digests, kind="stable").astype(np.int32)
    return [(titles, POPULAR_TITLES)]


def _by_half_life(tally: Popularity | None, quota: int) -> list[CandidateList]:
    return [] if tally is None or tally.tops is None else [(ids, quota) for ids in tally.tops.ids]

"""Candidate sources that propose candidate lists: popular titles, popular and shown on the surface, fresh, of liked labels, and others.

A candidate list is titles, best first, with a quota: the first ``quota`` eligible ones become candidates.
Item-to-item links are a source, too, computed in ``candidates.generate``, as scoring needs them anyway.
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
"""Quotas for each half-life: of the market's popular titles, of those on the surface, of those most shown there."""
FRESH = 40
SEASONAL = 30
"""Quota of titles chosen more than usual around the same day of last year."""
NEAREST = 24
"""Quotas of rarely chosen titles nearest in content: of new ones, and of all."""
AGAIN = 40
"""Quota of the profile's own repeatable titles, newest first."""
KNOWN_WELL = 500
"""Choices of a market below which titles popular in other markets are considered, too."""


class SharedSource(Protocol):
    """A source of candidate lists for all profiles of a market on a surface."""

    __name__: str

    def __call__(self, view: MarketSnapshot, surface: str, /) -> list[CandidateList]:
        """The candidate lists of a market on a surface."""


class ProfileSource(Protocol):
    """A source of candidate lists for the snapshot in a row."""

    __name__: str

    def __call__(self, view: MarketSnapshot, columns: ContextBatch, row: int, /) -> list[CandidateList]:
        """The candidate lists of a snapshot."""


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
    """The titles most chosen, and most shown, on this surface."""
    tallies = view.models.tallies
    chosen = tallies.get(group_of(view.audience, "chosen", surface))
    shown = tallies.get(group_of(view.audience, "shown", surface))
    return _by_half_life(chosen, SURFACE_TITLES) + _by_half_life(shown, SHOWN_TITLES)


def fresh(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """The newest titles of the catalogue that were added before the newest choice."""
    newest, titles = view.index.by_age, view.index.by_age[:0]
    for first in (newest[: 2 * FRESH], newest):  # nearly always the first ones are enough
        added = view.catalogue.added_at[first]
        titles = first[(added > 0) & ((added <= view.now_ms) | (view.now_ms == 0.0))][:FRESH]
        if len(titles) == FRESH:
            break
    return [(titles, FRESH)]


def liked(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """The newest titles of the labels with the highest affinity of the profile."""
    labels = columns.favourites[row].tolist()
    candidate_lists = [view.index.newest(label) for label in labels if label >= 0]
    return [(newest, len(newest)) for newest in candidate_lists]


def untried(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """Rarely chosen titles with content similar to the profile's last choices: new ones, and of any age."""
    taste = columns.content.vectors[row, LATELY]
    lists = nearest(view, taste, int(columns.until_s[row])) if taste.any() else ()
    return [(titles, NEAREST) for titles in lists]


def again(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """Repeatable titles that the profile has played: songs, channels, nursery shows."""
    played = columns.history(row)
    repeated = played[view.catalogue.repeatable[played] & (played >= 0)]
    return [(repeated, AGAIN)] if len(repeated) else []


def seasonal(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """Titles chosen more around the same day of last year than in the rest of it; none within a log's first year."""
    titles, lifts = view.season
    lifted = np.flatnonzero(lifts > 0.0)
    order = lifted[np.lexsort((view.catalogue.digest[titles[lifted]], -np.round(lifts[lifted], 6)))]
    return [(titles[order].astype(np.int32), SEASONAL)] if len(order) else []


def unchosen(view: MarketSnapshot, surface: str) -> list[CandidateList]:  # noqa: ARG001
    """While few titles were chosen yet: titles in a fixed order, so that lists are filled."""
    if view.counted >= 2 * POPULAR_TITLES:
        return []
    titles = view.index.listed
    if not view.settled and len(titles) < POPULAR_TITLES:
        digests = view.catalogue.digest[: view.size]
        titles = np.argsort(digests, kind="stable").astype(np.int32)
    return [(titles, POPULAR_TITLES)]


def _by_half_life(tally: Popularity | None, quota: int) -> list[CandidateList]:
    return [] if tally is None or tally.tops is None else [(ids, quota) for ids in tally.tops.ids]

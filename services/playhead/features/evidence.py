"""Evidence of titles from elsewhere, the same for all profiles: what their makers drew before, and the same week of last year."""

import numpy as np

from playhead.arrays.hashing import PAD
from playhead.arrays.types import Floats, Ints
from playhead.models.makers import TITLES
from playhead.models.market_snapshot import MarketSnapshot

DAY_MS = 86_400_000
YOUNG_MS = 30 * DAY_MS
"""A title stands by its own evidence from this age on."""
ENOUGH = 10.0
"""Choices of a title by which what its makers drew counts half."""


def of_makers(view: MarketSnapshot, titles: Ints) -> Floats | float:
    """What titles of the same makers drew in their first days, in place of what new titles have not drawn yet.

    A log-ratio to what all titles drew; 0 for what is older than ``YOUNG_MS``, or to come.
    """
    makers = view.models.makers
    if not makers.known[PAD, TITLES]:
        return 0.0
    found = np.zeros(len(titles))
    added_at = view.catalogue.added_at[titles]
    age_ms = view.now_ms - added_at
    # The newest choice, by which time is told here, may be older than the newest title.
    young = np.flatnonzero((added_at > 0) & (age_ms > -DAY_MS) & (age_ms < YOUNG_MS))
    if len(young):
        own = 0.0 if view.tally is None else view.tally.at(titles[young], -1, view.now_ms)
        found[young] = makers.lift(view.catalogue.makers[titles[young]]) * (ENOUGH / (ENOUGH + own))
    return found


def of_season(view: MarketSnapshot, titles: Ints) -> Floats | float:
    """How much more titles were chosen in the market around the same day of last year than in the whole year, as a log."""
    known, lifts = view.season
    if not len(known):
        return 0.0
    at = np.minimum(np.searchsorted(known, titles), len(known) - 1)
    found: Floats = np.where(known[at] == titles, lifts[at], 0.0)
    return found

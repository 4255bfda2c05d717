"""Indirect evidence of a title's popularity, equal for all profiles: earlier choices of its makers' titles, and the same week of last year."""

import numpy as np

from playhead.arrays.hashing import PAD
from playhead.arrays.types import Floats, Ints
from playhead.models.makers import TITLES
from playhead.models.market_snapshot import MarketSnapshot

DAY_MS = 86_400_000
YOUNG_MS = 30 * DAY_MS
"""Age from which a title's makers no longer count."""
ENOUGH = 10.0
"""Choices of a title at which its makers' evidence has half its weight."""


def of_makers(view: MarketSnapshot, titles: Ints) -> Floats | float:
    """Log-ratio of the choices that the makers' titles drew in their first days to those of all titles, [titles].

    It loses weight as a title gets choices of its own; 0 for titles older than ``YOUNG_MS``, or not added yet.
    """
    makers = view.models.makers
    if not makers.known[PAD, TITLES]:
        return 0.0
    evidence = np.zeros(len(titles))
    added_at = view.catalogue.added_at[titles]
    age_ms = view.now_ms - added_at
    # The time is that of the newest choice, which may be older than the newest title.
    young = np.flatnonzero((added_at > 0) & (age_ms > -DAY_MS) & (age_ms < YOUNG_MS))
    if len(young):
        own = 0.0 if view.tally is None else view.tally.of(titles[young], view.now_ms)[:, -1]
        evidence[young] = makers.lift(view.catalogue.makers[titles[young]]) * (ENOUGH / (ENOUGH + own))
    return evidence


def of_season(view: MarketSnapshot, titles: Ints) -> Floats | float:
    """Log-ratio of titles' choices around the same day of last year to those expected from the whole year, [titles]."""
    known, lifts = view.season
    if not len(known):
        return 0.0
    at = np.minimum(np.searchsorted(known, titles), len(known) - 1)
    evidence: Floats = np.where(known[at] == titles, lifts[at], 0.0)
    return evidence

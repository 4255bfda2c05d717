"""The titles that each market chose most in each week of the last year, from which titles that return every year are predicted.

    a year ago      ├─ week ─┼─ week ─┼─ week ─┤      each is recorded when the next one begins: the titles chosen most by then,
    now                      ├──── now ───┤           with a half-life of 6 days; the two weeks around the same day are read

A week is a 52nd of a year, so that a year has a whole number of weeks. In a log shorter than a year weeks are recorded, but none is read.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.models.popularity import HALF_LIVES_MS, YEAR_MS, Popularity

WEEKS = 52
WEEK_MS = YEAR_MS / WEEKS
KEPT = WEEKS + 2
"""Number of weeks kept."""
MOST = 256
"""Most titles of a week."""
LEAST = 1.0
"""Least choices of a title in a week."""
NEW_MS = 60 * 86_400_000.0
"""Titles added within this time before the week's end are left out: they were chosen because they were new, and will not be new again."""
_AMONG, _COUNTED = 6, 5
"""The half-life (24 d) by whose order titles are looked up, and the one (6 d) by which they are counted."""
SMOOTHING = 3.0
"""Pseudo-choices by which a title's count in a week is shrunk to its usual share."""


class Week(NamedTuple):
    """The titles chosen most in a week, the count of each, and the total count of all titles."""

    titles: Ints
    counts: Floats
    total: float


class Seasons:
    """``weeks``: the recorded weeks of each audience, by their number since 1970."""

    def __init__(self) -> None:
        self.weeks: dict[str, dict[int, Week]] = {}

    def note(self, audience: str, tally: Popularity, added_at: Ints) -> int:
        """Records the titles chosen in an audience's newest week, which has ended. Returns its number.

        Args:
            audience: Name of the audience.
            tally: Its counts, up to the end of that week.
            added_at: When titles were added (ms), 0 if unknown, [titles].
        """
        week = week_of(tally.now_ms)
        end_ms = (week + 1) * WEEK_MS
        weeks = self.weeks.setdefault(audience, {})
        weeks[week] = _chosen(tally, added_at, end_ms)
        for old in [earlier for earlier in weeks if earlier <= week - KEPT]:
            del weeks[old]
        return week

    def put(self, audience: str, number: int, week: Week) -> None:
        """Adds a week that another process recorded."""
        weeks = self.weeks.setdefault(audience, {})
        weeks[number] = week
        for old in [week for week in weeks if week <= number - KEPT]:
            del weeks[old]


def week_of(at_ms: float) -> int:
    """The number of the week of a moment, since 1970."""
    return int(at_ms // WEEK_MS)


def _chosen(tally: Popularity, added_at: Ints, end_ms: float) -> Week:
    total = float(tally.totals(end_ms)[_COUNTED])
    if tally.tops is None:
        return Week(np.zeros(0, dtype=np.int64), np.zeros(0), total)
    order = tally.tops.ids[int(np.flatnonzero(tally.tops.halves == _AMONG)[0])]
    titles = order[order >= 0].astype(np.int64)
    counts, added = tally.of(titles, end_ms)[:, _COUNTED], added_at[titles]
    kept = np.flatnonzero((counts >= LEAST) & ((added <= 0) | (added < end_ms - NEW_MS)))
    kept = kept[np.argsort(-counts[kept], kind="stable")][:MOST]
    return Week(titles[kept], counts[kept], total)


def last_year(noted: Iterable[Mapping[int, Week]], now_ms: float) -> Week:
    """Choices of some audiences together around the same day a year ago; titles ascending by number.

    The first of the two weeks ended on that day or within a week after it, the second a week later: their counts are centred
    on that day, as choices in them are some nine days old in the mean.
    """
    first = week_of(now_ms) - WEEKS
    then = [weeks[number] for weeks in noted for number in (first, first + 1) if number in weeks]
    if not then:
        return NOTHING
    titles, place = np.unique(np.concatenate([week.titles for week in then]), return_inverse=True)
    counts = np.bincount(place, np.concatenate([week.counts for week in then])).astype(np.float64)
    return Week(titles, counts, sum(week.total for week in then))


NOTHING = Week(np.zeros(0, dtype=np.int64), np.zeros(0), 0.0)
YEAR = int(np.argmin(np.abs(HALF_LIVES_MS - YEAR_MS)))
"""Index of the half-life of a year, by which a title's share of the year's choices is measured."""


def lifts(week: Week, usual: Floats) -> Floats:
    """Log-ratio of titles' choices in a week to those expected from the whole year, [titles].

    Args:
        week: The titles and counts of the week.
        usual: Share of each of these titles in all choices of the year, [titles].
    """
    lift: Floats = np.log((week.counts + SMOOTHING) / (usual * week.total + SMOOTHING))
    return lift

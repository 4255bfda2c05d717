"""The titles that each market chose most in each week of the last year, by which titles that return every year are predicted.

    a year ago      ├─ week ─┼─ week ─┼─ week ─┤      each noted when the next one begins: the titles chosen most by then,
    now                      ├──── now ───┤           by a half-life of 6 days; two of them around the same day are asked

A week is a 52nd of a year, so that a year has whole ones. A log shorter than a year notes, and asks nothing.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.models.popularity import HALF_LIVES_MS, YEAR_MS, Popularity

WEEKS = 52
WEEK_MS = YEAR_MS / WEEKS
KEPT = WEEKS + 2
"""Weeks that are remembered."""
MOST = 256
"""Titles of a week, the most chosen ones."""
LEAST = 1.0
"""Choices below which a title of a week says nothing."""
NEW_MS = 60 * 86_400_000.0
"""What was added so shortly before was chosen because it was new, and will not be new again."""
_AMONG, _COUNTED = 6, 5
"""The half-life (24 d) by whose order titles are looked up, and the one (6 d) by which they are counted."""
SMOOTHING = 3.0
"""Choices of a week up to which a title is taken for as usual then as ever."""


class Week(NamedTuple):
    """The titles chosen most in a week, the counts of each, and those of all titles together."""

    titles: Ints
    counts: Floats
    total: float


class Seasons:
    """``weeks``: the noted weeks of each audience, by their number since 1970."""

    def __init__(self) -> None:
        self.weeks: dict[str, dict[int, Week]] = {}

    def note(self, audience: str, tally: Popularity, added_at: Ints) -> int:
        """The newest week of an audience has ended: notes what was chosen in it. Returns its number.

        Args:
            audience: Whose.
            tally: Its counts, up to the end of that week.
            added_at: When titles were added (ms), 0 where that is not known, [titles].
        """
        week = week_of(tally.now_ms)
        end_ms = (week + 1) * WEEK_MS
        weeks = self.weeks.setdefault(audience, {})
        weeks[week] = _chosen(tally, added_at, end_ms)
        for old in [one for one in weeks if one <= week - KEPT]:
            del weeks[old]
        return week

    def put(self, audience: str, number: int, week: Week) -> None:
        """Takes over a week that another process noted."""
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
    counts, added = tally.at(titles, _COUNTED, end_ms), added_at[titles]
    kept = np.flatnonzero((counts >= LEAST) & ((added <= 0) | (added < end_ms - NEW_MS)))
    kept = kept[np.argsort(-counts[kept], kind="stable")][:MOST]
    return Week(titles[kept], counts[kept], total)


def last_year(noted: Iterable[Mapping[int, Week]], now_ms: float) -> Week:
    """What some audiences chose around the same day a year ago, together; titles by number.

    Of the two weeks the first ended on that day or within a week after it, the second a week later: their counts lie
    about that day, as they count what is some nine days old in the mean.
    """
    first = week_of(now_ms) - WEEKS
    found = [weeks[week] for weeks in noted for week in (first, first + 1) if week in weeks]
    if not found:
        return NOTHING
    titles, place = np.unique(np.concatenate([one.titles for one in found]), return_inverse=True)
    counts = np.bincount(place, np.concatenate([one.counts for one in found])).astype(np.float64)
    return Week(titles, counts, sum(one.total for one in found))


NOTHING = Week(np.zeros(0, dtype=np.int64), np.zeros(0), 0.0)
YEAR = int(np.argmin(np.abs(HALF_LIVES_MS - YEAR_MS)))
"""The half-life by which a title's share of the whole year is told."""


def lifts(week: Week, usual: Floats) -> Floats:
    """How much more titles were chosen in a week than they are by now in the whole year, as a log, [titles].

    Args:
        week: What was chosen in it.
        usual: The share of each of its titles in all choices of the year.
    """
    lift: Floats = np.log((week.counts + SMOOTHING) / (usual * week.total + SMOOTHING))
    return lift

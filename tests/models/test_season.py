"""Titles chosen in the same week of last year."""

from itertools import pairwise

import numpy as np

from playhead.domain.examples import Example, Origin
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import EXAMPLE_PARTITIONS
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.season import KEPT, WEEK_MS, WEEKS, week_of
from playhead.models.shard import Models

START_MS = 50 * WEEKS * WEEK_MS
SHARD = partition_of(b"BR", EXAMPLE_PARTITIONS)


class Years:
    """A market that chooses some titles all the time and a few in one week of the year."""

    def __init__(self) -> None:
        self.world = FollowerState()
        self.world.shards[SHARD] = self.models = Models(SHARD, self.world.catalogue, learns=True)
        self._views = MarketSnapshotCache(self.world)

    def choose(self, week: float, *titles: str) -> None:
        for n, title in enumerate(titles):
            at_ms = int(START_MS + week * WEEK_MS) + n
            name = f"{title}-{at_ms}"
            self.models.learn_one(
                Example(
                    example_id=name,
                    origin=Origin(0, 0, 0, 0),
                    kind="consumed",
                    market="BR",
                    occurred_at=at_ms,
                    title_id=title,
                    surface="home",
                )
            )

    def live(self, first: int, last: int, merry: int = 50) -> None:
        """Weeks with ten choices of titles that are always watched, and in week ``merry`` of a year twenty of seasonal ones."""
        for week in range(first, last):
            self.choose(week, *("always",) * 10)
            if week % WEEKS == merry:
                self.choose(week + 0.5, *("merry",) * 20)

    def lifts(self, market: str = "BR") -> dict[str, float]:
        titles, lifts = self._views.of(market).season
        return {
            self.world.catalogue.titles.name(int(n)): float(lift)
            for n, lift in zip(titles, lifts, strict=True)
        }


def test_nothing_is_asked_within_a_year() -> None:
    years = Years()
    years.live(0, WEEKS - 1)
    assert years.lifts() == {}
    assert years.lifts("AR") == {}


def test_what_was_chosen_in_one_week_comes_round_with_it() -> None:
    #  year 1  . . . . . . . . . . . . . m .     year 2  . . . . . . ? . . . . . ?
    years = Years()
    years.live(0, WEEKS + 30)
    assert years.lifts().keys() == {"always"}
    assert abs(years.lifts()["always"]) < 0.5
    years.live(WEEKS + 30, WEEKS + 50)
    years.choose(WEEKS + 50, "always")
    assert years.lifts()["merry"] > 1.0 > abs(years.lifts()["always"])


def test_a_young_market_has_the_season_of_all_markets() -> None:
    years = Years()
    years.live(0, WEEKS + 50)
    years.choose(WEEKS + 50, "always")
    assert years.lifts("AR") == years.lifts("BR")
    assert years.lifts("AR")["merry"] > 1.0


def test_what_was_new_then_is_not_of_a_season() -> None:
    years = Years()
    merry = years.world.catalogue.know("merry")
    years.world.catalogue.added_at[merry] = int(START_MS + 48 * WEEK_MS)
    years.live(0, WEEKS + 50)
    years.choose(WEEKS + 50, "always")
    assert years.lifts().keys() == {"always"}


def test_no_more_than_a_year_is_remembered() -> None:
    years = Years()
    years.live(0, 3 * WEEKS)
    weeks = years.models.seasons.weeks["BR"]
    assert len(weeks) == KEPT
    assert all(after == before + 1 for before, after in pairwise(sorted(weeks)))
    assert max(weeks) == week_of(START_MS) + 3 * WEEKS - 2


def test_a_follower_sees_the_same_season_and_the_same_makers() -> None:
    years, other = Years(), FollowerState()
    catalogue = years.world.catalogue
    catalogue.know("merry")
    catalogue.makers[catalogue.know("late")] = [5, 6, 0, 0]
    catalogue.added_at[catalogue.know("late")] = int(START_MS + 3 * WEEK_MS)
    years.live(0, WEEKS + 50)
    years.choose(3, "late")
    years.choose(WEEKS + 50, "always")
    parts = {kind: tracker.moved() for kind, tracker in years.models.trackers.items()}
    assert {"makers", "season/BR"} <= parts.keys()
    mine, theirs = years.models, other.shard(SHARD)
    theirs.apply(mine.bundle(parts))
    theirs.follow(mine.manifest(0, 1, {}))
    assert np.array_equal(theirs.makers.known, mine.makers.known)
    assert theirs.makers.known.any()
    for number, week in mine.seasons.weeks["BR"].items():
        taken = theirs.seasons.weeks["BR"][number]
        assert [catalogue.titles.name(int(n)) for n in week.titles] == [
            other.catalogue.titles.name(int(n)) for n in taken.titles
        ]
        assert np.array_equal(taken.counts, week.counts)
        assert taken.total == week.total
    titles, lifts = MarketSnapshotCache(other).of("BR").season
    lifted = {other.catalogue.titles.name(int(n)): float(lift) for n, lift in zip(titles, lifts, strict=True)}
    assert lifted == years.lifts()

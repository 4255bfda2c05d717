"""A public holiday is a day of rest where it is one."""

import pytest

from playhead.features.calendar import lived_day

DAY_S = 86_400
CHRISTMAS_S = 20_447 * DAY_S
"""Thursday, 25 December 2025, midnight UTC."""


@pytest.mark.parametrize(
    ("market", "after_days", "day"),
    [
        ("DE", 0, 6),  # as a Sunday
        ("DE", 1, 6),  # Boxing Day, a Friday
        ("US", 1, 4),  # a Friday like others
        ("SA", 0, 3),  # a Thursday like others
        ("SA", 59, 5),  # 22 February 2026, Founding Day: as the last day of a weekend of Friday and Saturday
        ("ZZ", 0, 3),  # a market that nobody knows has no holidays
        ("??", 0, 3),
    ],
)
def test_a_holiday_counts_as_the_last_day_of_the_weekend(market: str, after_days: int, day: int) -> None:
    assert lived_day(market, CHRISTMAS_S + after_days * DAY_S, 0) == day


def test_the_day_is_that_of_the_viewers_clock() -> None:
    assert lived_day("DE", CHRISTMAS_S - 3_600, 60) == 6
    assert lived_day("DE", CHRISTMAS_S + 60, -60) == 2

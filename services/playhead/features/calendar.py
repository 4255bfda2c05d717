"""Days of the week with public holidays: a public holiday of a market counts as a day of its weekend."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays

from playhead.signals.rhythm import day_of_week

_EPOCH = date(1970, 1, 1).toordinal()
_SUNDAY = 6


def lived_day(market: str, at_s: int, utc_offset_min: int) -> int:
    """The local day of the week, 0 for Monday; on a public holiday of the market the last day of its weekend.

    >>> [lived_day(market, 86_400 * 20_447, 0) for market in ("DE", "US", "ZZ")]  # 25 December 2025
    [6, 6, 3]
    """
    day = (at_s + 60 * utc_offset_min) // 86_400
    rest, holidays = _holidays(market, date.fromordinal(max(_EPOCH + day, 1)).year)
    return rest if day in holidays else day_of_week(at_s, utc_offset_min)


@lru_cache(maxsize=1_024)
def _holidays(market: str, year: int) -> tuple[int, frozenset[int]]:
    """The last day of the weekend in a market, and its public holidays as days since 1970-01-01; no holidays for an unknown market."""
    try:
        holidays = country_holidays(market, years=year)
    except NotImplementedError:
        return _SUNDAY, frozenset()
    weekend = holidays.weekend
    rest = next((day for day in sorted(weekend) if (day + 1) % 7 not in weekend), _SUNDAY)
    return rest, frozenset(day.toordinal() - _EPOCH for day in holidays)

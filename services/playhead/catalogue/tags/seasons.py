"""Seasons: times of the year that titles are made for, recognised by words in their tags."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"\w+")


class Season(NamedTuple):
    """A season: words in the tags of its titles, and its first and last day as (month, day)."""

    words: frozenset[str]
    first: tuple[int, int]
    last: tuple[int, int]


SEASONS: Mapping[str, Season] = {
    "valentine": Season(frozenset({"valentine", "valentines"}), (2, 7), (2, 14)),
    "halloween": Season(frozenset({"halloween"}), (10, 18), (10, 31)),
    "christmas": Season(frozenset({"christmas", "xmas", "santa"}), (12, 1), (12, 26)),
}
"""Seasons with the same dates every year everywhere, and a name that catalogues use as a tag."""
_NAMES = tuple(SEASONS)


def season_of_tag(name: str) -> int:
    """The index in ``SEASONS`` of the season that a tag names, -1 for none.

    >>> season_of_tag("Christmas Eve"), season_of_tag("crime")
    (2, -1)
    """
    words = _WORD.findall(name.lower())
    return next((at for at, season in enumerate(SEASONS.values()) if not season.words.isdisjoint(words)), -1)


def season_at(at_s: int, utc_offset_min: int) -> int:
    """The index in ``SEASONS`` of the season at a time, in the viewer's time zone, -1 for none.

    >>> season_at(1_766_620_800, -60), season_at(1_766_620_800 + 86_400 * 40, 0)
    (2, -1)
    """
    return _season_on((at_s + 60 * utc_offset_min) // 86_400)


@lru_cache(maxsize=1_024)
def _season_on(day: int) -> int:
    date = datetime.fromtimestamp(86_400 * day, UTC)
    today = date.month, date.day
    return next(
        (at for at, season in enumerate(SEASONS.values()) if season.first <= today <= season.last), -1
    )


def season_name(place: int) -> str:
    """The name of a season by its index."""
    return _NAMES[place]

"""Groups of titles that a page shows as one card: the episodes of a series, in order, and the versions of a work."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.vocabulary import Vocabulary
from playhead.domain.titles import Title

SERIES, WORK, SEASON, EPISODE, LISTING, DEVICES, HEIGHT = range(7)
"""Columns of ``GroupColumns.rows``, -1 for unknown values."""
UNNUMBERED = 2**40
"""Season or episode of a title without one: behind all numbered ones, in the order of listing."""
DEVICE_NAMES = ("tv", "mobile", "tablet", "web", "console")
_WORDS = "episode|episodio|épisode|episódio|folge|chapter|capítulo|part|teil|ep"
_BOTH = re.compile(
    rf"\bs(?:eason|taffel|aison)?\W{{0,3}}(\d{{1,4}})\W{{0,3}}(?:e|{_WORDS})\W{{0,3}}(\d{{1,6}})\b|\b(\d{{1,3}})x(\d{{1,4}})\b",
    re.IGNORECASE,
)
_EPISODE = re.compile(rf"\b(?:e|{_WORDS})\W{{0,3}}(\d{{1,6}})\b", re.IGNORECASE)
_SEASON = re.compile(r"\b(?:season|staffel|saison|temporada|stagione)\W{0,3}(\d{1,4})\b", re.IGNORECASE)
_HEIGHTS = {"8k": 4320, "4k": 2160, "uhd": 2160, "fhd": 1080, "hd": 720, "sd": 480}


class Groups(NamedTuple):
    """All groups of one version of the catalogue: series first, by number, then works of titles without a series.

    ``of``, ``place`` [titles]: the group of each title, -1 for none, and its place there, -1 for a series' own entry; ``members``: listed
    titles of all groups in their order, those of each from ``first`` [groups + 1] on; ``own`` [groups]: the listed entry of a
    series, -1 for none; ``work``, ``devices``, ``height`` [titles]: the work of a title, a bit for each device that it is made
    for, and the lines of its picture.
    """

    of: NDArray[np.int64]
    place: NDArray[np.int64]
    members: NDArray[np.int64]
    first: NDArray[np.int64]
    own: NDArray[np.int64]
    work: NDArray[np.int64]
    devices: NDArray[np.int64]
    height: NDArray[np.int64]
    series: int
    """Number of series among the groups."""

    def of_titles(self, title: NDArray[np.int64]) -> NDArray[np.int64]:
        """The groups of titles, -1 for none and for titles newer than this index."""
        return np.where(title < len(self.of), self.of[title % len(self.of)], -1)

    def shown_for(
        self,
        owner: NDArray[np.int64],
        title: NDArray[np.int64],
        of_pool: NDArray[np.int64],
        pool: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Titles, each replaced by the version of the same work in its profile's pool, if there is one; -1 stays. ``owner``, ``of_pool``: profiles of ``title`` and of ``pool``."""
        works = int(self.work.max(initial=-1)) + 1
        if not works:
            return title
        mine, theirs = self._works(title), self._works(pool)
        keys = (of_pool * works + theirs)[theirs >= 0]
        order = np.argsort(keys, kind="stable")
        at = np.minimum(np.searchsorted(keys[order], owner * works + mine), max(len(keys) - 1, 0))
        same = (mine >= 0) & (keys[order][at] == owner * works + mine) if len(keys) else mine < -1
        return np.where(same, pool[theirs >= 0][order][at] if len(keys) else title, title)

    def _works(self, title: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where((title >= 0) & (title < len(self.of)), self.work[title % len(self.of)], -1)


class GroupColumns:
    """Series, work, and place in the series of titles, one row a title."""

    def __init__(self) -> None:
        self.series, self.works = Vocabulary(), Vocabulary()
        self.rows: NDArray[np.int64] = np.full((0, 7), -1, dtype=np.int64)
        self._listings = 0

    def put(self, number: int, title: Title) -> None:
        """Sets the row of an entry; an updated one keeps its place in the order of listing."""
        series = title.series_id if title.series_id != title.title_id else None
        if series is None and title.work_id is None:
            self.drop(number)
            return
        self._make_room(number)
        row = self.rows[number]
        if row[LISTING] < 0:
            row[LISTING], self._listings = self._listings, self._listings + 1
        row[SERIES] = -1 if series is None else self.series.add(series)
        row[WORK] = -1 if title.work_id is None else self.works.add(title.work_id)
        row[SEASON], row[EPISODE] = _order(title)
        row[DEVICES], row[HEIGHT] = _devices(title), _height(title)

    def drop(self, number: int) -> None:
        """Removes a title from its group."""
        if number < len(self.rows):
            self.rows[number] = -1

    def _make_room(self, number: int) -> None:
        if number >= len(self.rows):
            more = max(number + 1, 2 * len(self.rows)) - len(self.rows)
            self.rows = np.concatenate([self.rows, np.full((more, 7), -1, dtype=np.int64)])

    def index(self, titles: Vocabulary, listed: NDArray[np.bool_]) -> Groups | None:
        """The current groups, None if there are none; ``listed`` [titles]: whether each title is listed."""
        size = len(titles)
        rows = np.full((size, 7), -1, dtype=np.int64)
        rows[: len(self.rows)] = self.rows[:size]
        series, work = rows[:, SERIES], rows[:, WORK]
        of = np.where(series >= 0, series, np.where(work >= 0, len(self.series) + work, -1))
        grouped = np.flatnonzero(of >= 0)
        if not len(grouped):
            return None
        order = (rows[grouped, LISTING], rows[grouped, EPISODE], rows[grouped, SEASON], of[grouped])
        members = grouped[np.lexsort(order)]
        groups = len(self.series) + len(self.works)
        first = np.searchsorted(of[members], np.arange(groups + 1))
        place = np.full(size, -1, dtype=np.int64)
        place[members] = np.arange(len(members)) - first[of[members]]
        own = np.full(groups, -1, dtype=np.int64)
        named = titles.find(self.series.names()).astype(np.int64)
        live = np.flatnonzero((named >= 0) & (np.diff(first)[: len(named)] > 0))
        live = live[listed[named[live]] & (series[named[live]] < 0)]
        own[live], of[named[live]], place[named[live]] = named[live], live, -1
        return Groups(
            of, place, members, first, own, work, rows[:, DEVICES], rows[:, HEIGHT], len(self.series)
        )


def _order(title: Title) -> tuple[int, int]:
    """Season and episode from the entry, or else from its name; an episode without a season belongs to the first."""
    season, episode = title.season, title.episode
    if season is None or episode is None:
        named = _named(title.name)
        season, episode = (named[0] if season is None else season), (named[1] if episode is None else episode)
    if season is None:
        season = UNNUMBERED if episode is None else 1
    return season, UNNUMBERED if episode is None else episode


def _named(name: str) -> tuple[int | None, int | None]:
    both = _BOTH.search(name)
    if both is not None:
        season, episode = (number for number in both.groups() if number is not None)
        return int(season), int(episode)
    season_at, episode_at = _SEASON.search(name), _EPISODE.search(name)
    return season_at and int(season_at[1]), episode_at and int(episode_at[1])


def _devices(title: Title) -> int:
    text = " ".join(str(title.attributes.get(name, "")) for name in ("device", "devices")).lower()
    words = set(re.findall(r"[a-z]+", text))
    return sum(1 << bit for bit, name in enumerate(DEVICE_NAMES) if name in words)


def _height(title: Title) -> int:
    """The number of lines of the picture, from any of the usual attributes, 0 if unknown."""
    for name in ("height", "resolution", "quality", "format"):
        text = str(title.attributes.get(name, "")).lower()
        numbers = re.findall(r"\d{3,4}", text)
        if numbers:
            return int(numbers[-1])
        for word in re.findall(r"[a-z0-9]+", text):
            if word in _HEIGHTS:
                return _HEIGHTS[word]
    return 0

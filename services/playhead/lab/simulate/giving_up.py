"""How many sessions end without a choice, with and without the row for who is about to give up.

An audience whose wishes are known: each viewer has three genres, of which one is wanted tonight, and not always the one that
they mostly watch. Rows are looked at from the top, title by title; what is wanted is taken, if it is one of those that this viewer
would take at all. After 60 to 90 s without one the viewer leaves (Gomez-Uribe & Hunt, 2015). All goes through the very core.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import msgspec
import numpy as np

from playhead.domain.rankings import Ranking, Row
from playhead.domain.titles import Title
from playhead.domain.topics import RANKINGS
from playhead.lab.demo.catalogue import NEWEST_MS, catalogue
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.core import Replay

TITLES = 400
WISHES = (0.6, 0.25, 0.15)
"""How often each of a viewer's genres is the one that is wanted."""
TAKEN, STRAY = 0.12, 0.01
"""Shares of the titles that a viewer would take, of the wanted genre and of all others."""
LOOK_S, GLANCE_S = 2.0, 0.3
"""To look at a title; to pass over one that was looked at."""
PATIENCE_S = (60.0, 90.0)
PLACES = 6
PAST = 15
"""Titles that each viewer has watched before, a day apart: what they mostly like is known."""
DAY_MS = 86_400_000
_rankings = msgspec.json.Decoder(Ranking)


class GaveUp(NamedTuple):
    """Shares of sessions that ended without a choice; the difference with an interval of 95 % over viewers."""

    sessions: int
    without_the_row: float
    with_it: float
    difference: float
    low: float
    high: float
    shown: float
    """The share of sessions in which the row was on the page."""


class _Evening(NamedTuple):
    """How a session ended."""

    gave_up: bool
    rescued: bool


def giving_up(
    seed: int, viewers: int, sessions: int, progress: Callable[[int], None] = lambda _: None
) -> GaveUp:
    """The same viewers with the same wishes in two worlds, one without the row."""
    page = RECIPE.page
    surfaces = {
        name: tuple(kind for kind in kinds if kind != "rescue") for name, kinds in page.surfaces.items()
    }
    without = dataclasses.replace(RECIPE, page=page._replace(surfaces=surfaces))
    worlds = [
        _world(seed, viewers, sessions, recipe, progress, place)
        for place, recipe in enumerate((without, RECIPE))
    ]
    ends = np.array(
        [[[evening.gave_up for evening in mine] for mine in world] for world in worlds], dtype=np.float64
    )
    rescued = np.mean([evening.rescued for mine in worlds[1] for evening in mine])
    apart = (ends[1] - ends[0]).mean(axis=1)
    half = 1.96 * float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else float("nan")
    before, after = (float(share) for share in ends.mean(axis=(1, 2)))
    change = after - before
    return GaveUp(ends[0].size, before, after, change, change - half, change + half, float(rescued))


def _world(
    seed: int, viewers: int, sessions: int, recipe: Recipe, progress: Callable[[int], None], place: int
) -> list[list[_Evening]]:
    """How the sessions of each viewer ended."""
    shelf = catalogue(seed, TITLES)
    core = Replay(recipe)
    for title in shelf:
        core.put_title(msgspec.json.encode(title))
    people = [_ImpatientViewer(seed, number, shelf, core) for number in range(viewers)]
    ends: list[list[_Evening]] = [[] for _ in people]
    for day in range(PAST):
        for number, viewer in enumerate(people):
            viewer.past(day, NEWEST_MS - (PAST - day) * DAY_MS + number * 600_000)
    for session in range(sessions):
        for number, viewer in enumerate(people):
            at_ms = NEWEST_MS + session * DAY_MS + number * 600_000
            ends[number].append(viewer.evening(session, at_ms))
            progress((place * sessions + session) * viewers + number + 1)
    return ends


class _ImpatientViewer:
    """Somebody with three genres, in front of the core."""

    def __init__(self, seed: int, number: int, shelf: Sequence[Title], core: Replay) -> None:
        self._core, self._name = core, f"viewer-{seed}-{number}"
        self._genre_of = {title.title_id: title.genres[0] for title in shelf}
        genres = sorted(set(self._genre_of.values()))
        self._tastes = Random(self._name).sample(genres, len(WISHES))  # noqa: S311 - a simulation
        self._page: Ranking | None = None
        self._now_ms = 0
        self._done: set[str] = set()

    def past(self, day: int, at_ms: int) -> None:
        """An evening before: something of a genre that was wanted then."""
        rng = Random(f"{self._name}-past-{day}")  # noqa: S311
        [wish] = rng.choices(self._tastes, WISHES)
        left = sorted(
            title_id
            for title_id, genre in self._genre_of.items()
            if genre == wish and title_id not in self._done
        )
        self._now_ms = at_ms
        self._watch(rng.choice(left))

    def evening(self, session: int, at_ms: int) -> _Evening:
        """A session, from opening the app to a choice or to giving up."""
        rng = Random(f"{self._name}-{session}")  # noqa: S311
        [wish] = rng.choices(self._tastes, WISHES)
        patience_ms = 1_000.0 * rng.uniform(*PATIENCE_S)
        self._now_ms = at_ms
        self._send("session_started")
        self._send("page_viewed", surface="home")
        rescued, seen = False, dict[str, None]()
        for row in self._rows():
            rescued = rescued or row.row_id == "rescue"
            for title_id in row.title_ids[:PLACES]:
                self._now_ms += int(1_000 * (GLANCE_S if title_id in seen else LOOK_S))
                if self._now_ms - at_ms > patience_ms:
                    self._send("session_ended", reason="gave_up")
                    return _Evening(gave_up=True, rescued=rescued)
                if title_id not in seen and self._takes(title_id, wish):
                    self._watch(title_id)
                    return _Evening(gave_up=False, rescued=rescued)
                seen[title_id] = None
            items = [{"title_id": title_id, "row_id": row.row_id} for title_id in row.title_ids[:PLACES]]
            self._send("impressions_shown", items=items)
            self._send("row_scrolled", row_id=row.row_id)
        self._send("session_ended", reason="gave_up")
        return _Evening(gave_up=True, rescued=rescued)

    def _rows(self) -> Iterator[Row]:
        """The rows in the order in which they are looked at: always the first of the newest page that was not yet."""
        looked: set[str] = set()
        while self._page is not None:
            row = next((row for row in self._page.rows if row.row_id not in looked), None)
            if row is None:
                return
            looked.add(row.row_id)
            yield row

    def _takes(self, title_id: str, wish: str) -> bool:
        probability = TAKEN if self._genre_of[title_id] == wish else STRAY
        return title_id not in self._done and Random(f"{self._name}/{title_id}").random() < probability  # noqa: S311

    def _watch(self, title_id: str) -> None:
        self._send("title_clicked", title_id=title_id)
        self._send("playback_started", title_id=title_id, duration_s=3_600)
        self._now_ms += 3_600_000
        self._send("playback_completed", title_id=title_id, watched_s=3_600, duration_s=3_600)
        self._send("session_ended", reason="closed")
        self._done.add(title_id)

    def _send(self, kind: str, **fields: Any) -> None:
        self._now_ms += 1
        event = {
            "event_id": f"{self._name}-{self._now_ms}",
            "type": kind,
            "occurred_at": self._now_ms,
            "profile_id": self._name,
            "device": "tv",
            **fields,
        }
        for record in self._core.take(msgspec.json.encode(event)).then:
            if record.topic == RANKINGS and record.value is not None:
                self._page = _rankings.decode(record.value)

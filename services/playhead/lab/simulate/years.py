"""An audience that watches for years: films that are always watched, some that come round with a time of the year, and new ones.

How often a new film is watched in its first weeks follows from its maker: those of half of the makers draw four times as much as
those of the others. Nothing else tells them apart, neither words nor genres, and viewers have no tastes: they come, watch each
film once at most, and go after some months.
"""

from math import exp
from pathlib import Path
from random import Random
from typing import NamedTuple

import orjson

BEGIN_MS = 1_640_995_200_000
DAY_MS = 86_400_000
YEAR_DAYS = 365
EVERGREEN, SEASONS, OF_SEASON, MAKERS = 120, 12, 4, 20
NEW_EACH_DAYS = 4
"""Days from one new film to the next."""
NEW_LASTS_DAYS, DRAW = 10.0, 2.0
"""A new film draws half as much, or twice as much, as the usual one, and less by the day."""
SEASON_DAYS = 14
STAYS_DAYS, VIEWERS = 150, 60


class Written(NamedTuple):
    """What was written."""

    events: int
    titles: int


class _Film(NamedTuple):
    title_id: str
    weight: float
    season: int = -1
    added_day: float = -1.0
    maker: int = -1

    def worth(self, day: float) -> float:
        """How likely it is watched on a day, beside others."""
        if self.season >= 0:
            begins = self.season * YEAR_DAYS / SEASONS
            return self.weight if 0.0 <= day % YEAR_DAYS - begins < SEASON_DAYS else 0.02 * self.weight
        if self.maker >= 0:
            age = day - self.added_day
            return self.weight * exp(-age / NEW_LASTS_DAYS) if age >= 0.0 else 0.0
        return self.weight

    def entry(self) -> dict[str, object]:
        """The film's entry in a catalogue."""
        new = {"added_at": _at(self.added_day), "credits": [f"maker-{self.maker}"]} if self.maker >= 0 else {}
        return {"title_id": self.title_id, "name": self.title_id, "genres": ["Film"], **new}


def write_years(folder: Path, seed: int, days: int, choices: float) -> Written:
    """Writes the events and titles of so many days, with so many choices a day in the mean."""
    rng = Random(seed)  # noqa: S311  a simulation, not a secret
    films = _films(rng, days)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "titles.jsonl").write_bytes(b"".join(orjson.dumps(film.entry()) + b"\n" for film in films))
    watched: list[tuple[str, set[int]]] = []
    events, newcomers, day = 0, 0, 0.0
    with (folder / "events.jsonl").open("wb") as log:
        while (day := day + rng.expovariate(choices)) < days:
            if len(watched) < VIEWERS or rng.random() < VIEWERS / STAYS_DAYS / choices:
                watched = [*watched[-VIEWERS + 1 :], (f"viewer-{newcomers}", set())]
                newcomers += 1
            profile, seen = rng.choice(watched)
            worth = [0.0 if n in seen else film.worth(day) for n, film in enumerate(films)]
            chosen = rng.choices(range(len(films)), worth)[0]
            seen.add(chosen)
            for type_, title in (
                ("page_viewed", {}),
                ("playback_completed", {"title_id": films[chosen].title_id}),
            ):
                event = {
                    "event_id": f"{type_}-{events}",
                    "type": type_,
                    "occurred_at": _at(day),
                    "profile_id": profile,
                }
                log.write(orjson.dumps(event | title) + b"\n")
                events += 1
    return Written(events, len(films))


def _films(rng: Random, days: int) -> list[_Film]:
    evergreen = [_Film(f"always-{n}", 1.0 / (1.0 + n) ** 0.5) for n in range(EVERGREEN)]
    of_season = [
        _Film(f"season-{n % SEASONS}-{n}", 4.0, season=n % SEASONS) for n in range(SEASONS * OF_SEASON)
    ]
    new = []
    for n in range(days // NEW_EACH_DAYS):
        maker = rng.randrange(MAKERS)
        worth = 3.0 * (DRAW if maker % 2 else 1.0 / DRAW)
        new.append(_Film(f"new-{n}", worth, added_day=n * NEW_EACH_DAYS + rng.random(), maker=maker))
    return [*evergreen, *of_season, *new]


def _at(day: float) -> int:
    return BEGIN_MS + round(day * DAY_MS)

"""An invented catalogue: titles that look like a video service's own, the same ones for the same seed."""

from collections.abc import Iterator
from random import Random

from playhead.domain.titles import Artwork, Title
from playhead.lab.demo.synopses import about
from playhead.lab.demo.words import (
    FAMILY_NAMES,
    GENRES,
    GIVEN_NAMES,
    MARKETS,
    MOODS,
    OBJECTS,
    PALETTES,
    PATTERNS,
    PLACES,
    SHOWS,
    Genre,
)

DAY_MS = 86_400_000
NEWEST_MS = 1_767_225_600_000
"""2026-01-01T00:00Z: no title is released later, so that a catalogue does not depend on the day it is made."""
SERIES_SHARE = 0.08
"""Share of the draws that are series; each has 2 to 6 episodes, so about a quarter of the titles are episodes."""
LOCAL_SHARE = 0.15
"""Share of the titles that can be seen in some of the markets only."""


def catalogue(seed: int, count: int = 1_000) -> tuple[Title, ...]:
    """``count`` titles with unique ids and names.

    >>> [title.name for title in catalogue(seed=7, count=2)] == [title.name for title in catalogue(7, 2)]
    True
    """
    rng = Random(f"catalogue-{seed}")  # noqa: S311  a simulation, not a secret
    titles: list[Title] = []
    names: set[str] = set()
    while len(titles) < count:
        genre = rng.choice(GENRES)
        name = _name(rng, genre, names)
        if rng.random() < SERIES_SHARE:
            titles.extend(_series(rng, genre, name, len(titles)))
        else:
            titles.append(_title(rng, genre, name, len(titles)))
    return tuple(titles[:count])


def _name(rng: Random, genre: Genre, taken: set[str]) -> str:
    while True:
        name = rng.choice(PATTERNS).format(
            adjective=rng.choice(genre.adjectives), noun=rng.choice(genre.nouns), place=rng.choice(PLACES)
        )
        # Sequels, when the words of a genre are used up.
        numbered = (name, *(f"{name} {number}" for number in range(2, 10)))
        free = next((candidate for candidate in numbered if candidate not in taken), None)
        if free:
            taken.add(free)
            return free


def _series(rng: Random, genre: Genre, name: str, number: int) -> Iterator[Title]:
    first = _title(rng, genre, name, number)
    length_s = 60.0 * rng.randint(22, 55)
    for episode in range(1, rng.randint(2, 6) + 1):
        entry = number + episode - 1
        yield Title(
            title_id=_title_id(entry),
            name=f"{name}: Episode {episode}",
            kind="episode",
            series_id=f"series-{number:05}",
            genres=first.genres,
            tags=first.tags,
            credits=first.credits,
            synopsis=first.synopsis,
            attributes=first.attributes,
            language=first.language,
            duration_s=length_s,
            released_at=min(NEWEST_MS, (first.released_at or NEWEST_MS) + 7 * DAY_MS * episode),
            added_at=first.added_at,
            maturity=first.maturity,
            markets=first.markets,
            artworks=_artworks(rng, entry, first.credits),
        )


def _title(rng: Random, genre: Genre, name: str, number: int) -> Title:
    second = rng.choice(GENRES).name if rng.random() < 0.35 and genre.name != "Family" else genre.name
    minutes = rng.randint(*genre.minutes)
    released_at = NEWEST_MS - int(rng.expovariate(1 / 1_500) * DAY_MS)
    tags = tuple(sorted(rng.sample(genre.tags, rng.randint(1, 3))))
    people = tuple(f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}" for _ in range(3))
    synopsis, attributes = about(_title_id(number), genre.name, tags, rng.choice(PLACES))
    return Title(
        title_id=_title_id(number),
        name=name,
        kind="short" if minutes < 40 else "movie",
        genres=tuple(dict.fromkeys((genre.name, second))),
        tags=tags,
        credits=people,
        synopsis=synopsis,
        attributes=attributes,
        language=rng.choice(("en", "en", "de", "es", "fr", "hi", "ja", "pt")),
        duration_s=60.0 * minutes,
        released_at=max(0, released_at),
        added_at=NEWEST_MS - rng.randint(0, 700) * DAY_MS,
        maturity=rng.choice(genre.maturities),
        markets=tuple(sorted(rng.sample(MARKETS, 4))) if rng.random() < LOCAL_SHARE else None,
        artworks=_artworks(rng, number, people),
    )


def _artworks(rng: Random, number: int, people: tuple[str, ...]) -> tuple[Artwork, ...]:
    """Three pictures: of the cast, of an object, of a place, each in a mood and a palette."""
    drawn = [(rng.choice(PALETTES), rng.randint(0, 3)) for _ in range(2)]
    own = Random(f"artworks-{number}")  # noqa: S311  a simulation, not a secret
    drawn.append((own.choice(PALETTES), 0))
    moods = own.sample(MOODS, len(drawn))
    pictures = []
    for variant, shows, mood, (palette, faces) in zip("abc", SHOWS, moods, drawn, strict=True):
        attributes: dict[str, float | str] = {"shows": shows, "mood": mood, "palette": palette}
        if shows == "cast":
            attributes |= {"cast": people[0], "faces": float(1 + faces)}
        if shows == "object":
            attributes |= {"object": own.choice(OBJECTS)}
        pictures.append(Artwork(artwork_id=f"{_title_id(number)}-{variant}", attributes=attributes))
    return tuple(pictures)


def _title_id(number: int) -> str:
    return f"title-{number:05}"

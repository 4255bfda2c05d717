"""Named micro-genres: combinations of a genre with mood, pace, language and theme that many titles share."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from math import log
from typing import NamedTuple

from playhead.domain.title_tags import Mood, TitleTags

SURE = 0.5
"""Least confidence of a tag that counts."""
LEAST_MEMBERS = 8
THEMES = 6
"""Most themes of a title that count, the likeliest ones."""
REGIONS: Mapping[str, str] = {
    **dict.fromkeys(("sv", "da", "no", "nb", "fi", "is"), "Nordic"),
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pt": "Portuguese-language",
    "hi": "Hindi",
    "zh": "Chinese",
    "cn": "Chinese",
    "ru": "Russian",
    "tr": "Turkish",
}
"""Languages that name a region; the commonest one of a catalogue is no distinction, and its groups have no lift."""
NOUNS: Mapping[str, str] = {
    "comedy": "comedies",
    "drama": "dramas",
    "thriller": "thrillers",
    "documentary": "documentaries",
    "western": "westerns",
    "mystery": "mysteries",
    "musical": "musicals",
    "adventure": "adventures",
    "romance": "romances",
    "tv movie": "TV movies",
    "sitcom": "sitcoms",
    "soap": "soaps",
    "family": "family films",
    "history": "historical films",
    "war": "war films",
    "music": "music films",
    "foreign": "foreign films",
    "animation": "animation",
}
NO_THEMES = frozenset(
    {"woman director", "independent film", "sequel", "duringcreditsstinger", "aftercreditsstinger"}
)
PACES: Mapping[str, str] = {"slow": "Slow-burn", "fast": "Fast-paced", "steady": "Steady", "brisk": "Brisk"}


class Part(NamedTuple):
    """A part of a micro-genre's name: its place in the name, and its text."""

    place: int
    """0 mood or pace, 1 region, 2 genre, 3 theme."""
    text: str


class MicroGenre(NamedTuple):
    """A named group of titles; ``strength``: log-ratio of the titles that share its parts to the number expected by chance, shrunk, in nats."""

    name: str
    strength: float
    members: tuple[str, ...]


class MicroGenres:
    """Micro-genres of a catalogue, updated title by title; the result depends only on the current titles."""

    def __init__(self) -> None:
        self._parts: dict[str, frozenset[Part]] = {}
        self._members: dict[frozenset[Part], set[str]] = defaultdict(set)

    def put(self, tags: TitleTags, language: str | None, genres: frozenset[str]) -> None:
        """Sets a title: its tags, its language, and the tags that are genres, in small letters."""
        self.withdraw(tags.title_id)
        self._parts[tags.title_id] = parts = frozenset(parts_of(tags, language, genres))
        for group in _groups(parts):
            self._members[group].add(tags.title_id)

    def withdraw(self, title_id: str) -> None:
        """Removes a title."""
        for group in _groups(self._parts.pop(title_id, frozenset())):
            self._members[group].discard(title_id)
            if not self._members[group]:
                del self._members[group]

    def strongest(self, count: int) -> list[MicroGenre]:
        """The ``count`` strongest micro-genres, each with all its members; of several with the same members only the strongest."""
        ranked = sorted(
            (
                (-self._strength(group, members), name_of(group), members)
                for group, members in self._members.items()
                if len(group) > 1 and len(members) >= LEAST_MEMBERS
            ),
            key=lambda scored: (scored[0], scored[1]),
        )
        micro_genres: dict[frozenset[str], MicroGenre] = {}
        for minus, name, members in ranked:
            if len(micro_genres) == count or minus >= 0.0:
                break
            micro_genres.setdefault(
                frozenset(members), MicroGenre(name, round(-minus, 2), tuple(sorted(members)))
            )
        return list(micro_genres.values())

    def _strength(self, group: frozenset[Part], members: set[str]) -> float:
        """Log-lift over independent parts, shrunk for small groups, as a coincidence of few titles is no genre."""
        titles = len(self._parts)
        expected = float(titles)
        for part in group:
            expected *= len(self._members[frozenset((part,))]) / titles
        return log((len(members) + 1.0) / (expected + 1.0)) * (1.0 - LEAST_MEMBERS / (2.0 * len(members)))


def parts_of(tags: TitleTags, language: str | None, genres: frozenset[str]) -> Iterator[Part]:
    """The parts of names of micro-genres that a title may belong to."""
    if (manner := _manner(tags.mood)) is not None:
        yield Part(0, manner)
    if (region := REGIONS.get((language or "").lower().split("-")[0])) is not None:
        yield Part(1, region)
    themes = 0
    for tag in tags.tags:
        name = tag.name.strip().lower()
        if tag.confidence < SURE or not name:
            continue
        if name in genres:
            yield Part(2, NOUNS.get(name, name))
        elif (manner := manner_of(name)) is not None:
            yield Part(0, manner)
        elif themes < THEMES and name not in NO_THEMES and not name.startswith("based on"):
            themes += 1
            yield Part(3, name)


def manner_of(name: str) -> str | None:
    """The adjective for a tag (in small letters) that names a pace or tone, None for any other tag.

    >>> manner_of("slow pace"), manner_of("bright tone"), manner_of("heist")
    ('Slow-burn', 'Bright', None)
    """
    if name.endswith(" pace"):
        return PACES.get(name.removesuffix(" pace"), name.removesuffix(" pace").capitalize() + "-paced")
    return name.removesuffix(" tone").capitalize() if name.endswith(" tone") else None


def _manner(mood: Mood) -> str | None:
    if mood.valence >= 0.5:
        return "Feel-good"
    if mood.tension >= 0.6:
        return "Tense"
    if mood.valence <= -0.4:
        return "Dark"
    return "Quiet" if mood.arousal <= -0.2 else None


def _groups(parts: frozenset[Part]) -> Iterator[frozenset[Part]]:
    """Each part alone, and a genre with one or two others of different places."""
    for part in parts:
        yield frozenset((part,))
    others = sorted(part for part in parts if part.place != 2)
    for genre in sorted(part for part in parts if part.place == 2):
        for size in (1, 2):
            for some in combinations(others, size):
                if len({part.place for part in some}) == size:
                    yield frozenset((genre, *some))


def name_of(group: frozenset[Part]) -> str:
    """The name, in the order in which English has adjectives.

    >>> name_of(frozenset({Part(2, "crime"), Part(1, "Nordic"), Part(0, "Slow-burn")}))
    'Slow-burn Nordic crime'
    >>> name_of(frozenset({Part(3, "friendship"), Part(2, "comedies"), Part(0, "Feel-good")}))
    'Feel-good comedies about friendship'
    """
    words = [f"about {part.text}" if part.place == 3 else part.text for part in sorted(group)]
    text = " ".join(words)
    return text[0].upper() + text[1:]

"""What a story may say: facts of the ranking, and of the catalogue's entries of the titles that it names."""

from typing import NamedTuple

from playhead.domain.rankings import Reason
from playhead.domain.titles import Title

MINUTE_S = 60
DAY_MS = 86_400_000
NOUNS = {
    "action": "action",
    "adventure": "adventure",
    "animation": "animation",
    "anime": "anime",
    "comedy": "comedy",
    "crime": "crime",
    "documentary": "documentary",
    "drama": "drama",
    "family": "family",
    "children's": "family",
    "fantasy": "fantasy",
    "horror": "horror",
    "music": "music",
    "musical": "music",
    "mystery": "mystery",
    "romance": "romance",
    "sci-fi": "science-fiction",
    "science fiction": "science-fiction",
    "thriller": "thriller",
    "war": "war",
    "western": "western",
}
"""Genres that there is a word for, as catalogues write them."""
KINDS = ("episode", "movie", "series")
MANNERS = {
    "slow": "slow",
    "fast": "fast",
    "brisk": "fast",
    "dark": "dark",
    "bleak": "dark",
    "warm": "warm",
    "tender": "warm",
    "tense": "tense",
    "playful": "playful",
    "whimsical": "playful",
    "gritty": "gritty",
    "scary": "scary",
    "uplifting": "uplifting",
    "calm": "calm",
    "gentle": "calm",
}
"""Values of the attributes ``tone`` and ``pace`` that there is a word for."""


class Evidence(NamedTuple):
    """What is known of a card.

    title: its entry; reasons: what the ranking says of it, of most weight first; row_id: the row that it stands in; cause: the entry of the
    title that the ranking names as its cause; left_s: what is left of it, where it was begun; at_ms: when the ranking was made.
    """

    title: Title
    reasons: tuple[Reason, ...]
    row_id: str
    cause: Title | None
    left_s: int | None
    market: str
    at_ms: int


def noun_of(title: Title) -> str:
    """The word for what a title is, as texts name it: its first genre that has one, else its kind."""
    genres = (NOUNS.get(genre.strip().lower()) for genre in title.genres)
    fallback = title.kind if title.kind in KINDS else "title"
    return next(filter(None, genres), fallback)


def manner_of(title: Title) -> str | None:
    """The word for the tone or pace of a title, as its producer gives them; None where there is none."""
    named = (title.attributes.get(name) for name in ("tone", "pace"))
    words = (MANNERS.get(value.strip().lower()) for value in named if isinstance(value, str))
    return next(filter(None, words), None)


def shared_person(title: Title, cause: Title) -> str | None:
    """The first of the people of a title who are in the other one as well."""
    return next((person for person in title.credits if person in cause.credits), None)


def shared_theme(title: Title, cause: Title) -> str | None:
    """The first tag of a title that the other one has, too."""
    return next((tag.replace("-", " ") for tag in title.tags if tag in cause.tags), None)


def days_left(title: Title, at_ms: int) -> int | None:
    """Whole days until a title leaves the catalogue, None where its entry does not say when."""
    return None if title.available_until is None else max(0, title.available_until - at_ms) // DAY_MS

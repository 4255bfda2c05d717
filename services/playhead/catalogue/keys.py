"""The keys of a title: what a wish may hide it by, and the slots of its hashed features, its makers and its decayed rates."""

from collections.abc import Iterable
from math import log2

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD, digest, slot
from playhead.domain.titles import Title

FEATURES = 12
"""Most hashed features of a title: itself, genres, credits, series, tags, kind."""
MAKERS = 4
"""Most makers of a title: its first credits, and its series."""
RATED = 4
"""Features of a title whose decayed rates are inputs of the heads: itself, first credit, first genre, length."""


class TitleSet:
    """Numbers of titles that share a series, a genre or a person."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._members = set(numbers)
        self._numbers: NDArray[np.int64] | None = None

    def change(self, number: int, *, there: bool) -> None:
        """Adds or removes a title."""
        (self._members.add if there else self._members.discard)(number)
        self._numbers = None

    def numbers(self) -> NDArray[np.int64]:
        """The numbers of the titles, in no order."""
        if self._numbers is None:
            self._numbers = np.fromiter(self._members, dtype=np.int64)
        return self._numbers


def about(title: Title, scope: str) -> str | None:
    """The name of the series, genre or person that a wish at this title is about if it names none itself, None if the title has none."""
    if scope == "series":
        return title.series_id or title.title_id
    return next(iter({"genre": title.genres, "person": title.credits}.get(scope, ())), None)


def scope_keys(title: Title) -> set[tuple[str, int]]:
    """The keys (scope and digest) by which a wish may hide a title; a series' own entry belongs to the series."""
    return {
        ("series", digest(title.series_id or title.title_id)),
        *(("genre", digest(genre)) for genre in title.genres),
        *(("person", digest(person)) for person in title.credits),
    }


def hashed_slots(title: Title) -> list[int]:
    """The slots of a title's hashed features, its own first."""
    return [
        slot("title", title.title_id),
        *(slot("genre", genre) for genre in title.genres[:4]),
        *(slot("credit", person) for person in title.credits[:2]),
        *([slot("series", title.series_id or title.title_id)] if is_of_series(title) else []),
        *(slot("tag", tag) for tag in title.tags[:4]),
        *([slot("kind", title.kind)] if title.kind else []),
    ]


def maker_slots(title: Title) -> list[int]:
    """The slots of a title's makers: its first credits, and its series."""
    return [
        *(slot("credit", person) for person in title.credits[: MAKERS - 1]),
        *([slot("series", title.series_id)] if title.series_id is not None else []),
    ]


def primary_language(language: str) -> str:
    """The primary subtag of a language, without script and region.

    >>> primary_language("pt-BR")
    'pt'
    """
    return language.lower().replace("_", "-").split("-")[0]


def is_of_series(title: Title) -> bool:
    """Whether a title is an episode, or the entry of a whole series."""
    return title.series_id is not None or title.kind == "series"


def rated_slots(title: Title) -> list[int]:
    """The slots of a title whose decayed rates are inputs of the heads, PAD for what it lacks."""
    return [
        slot("title", title.title_id),
        slot("credit", title.credits[0]) if title.credits else PAD,
        slot("genre", title.genres[0]) if title.genres else PAD,
        slot("length", str(int(2.0 * log2(title.duration_s or 1.0))))
        if (title.duration_s or 0.0) >= 1.0
        else PAD,
    ]

"""Facets, which may stand beside a genre in the name of a row: tags that name a theme or a style, and the moods of titles."""

from collections.abc import Container
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import digest
from playhead.arrays.types import Hashes
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.tags.micro_genres import NO_THEMES
from playhead.catalogue.tags.seasons import season_of_tag

MOODS = ("feel-good", "tense", "dark", "quiet")
"""Named moods (``micro_genres``); their facets are numbered behind the tags."""


class FacetColumns(NamedTuple):
    """Columns of facets and labels.

    ``genre`` [labels]: whether a label is a genre, so that a facet may stand beside it; ``usable`` [tags + MOODS]: whether a facet may stand in a
    name; ``season`` [tags]: ``season_of_tag``; ``digest`` [tags + MOODS]: tie-breaks.
    """

    genre: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    season: NDArray[np.int64]
    digest: Hashes


class Facets:
    """The columns of the current tags, cached until a tag or a genre is added or removed."""

    def __init__(self) -> None:
        self._made: tuple[int, ...] = ()
        self._columns: FacetColumns | None = None

    def columns(
        self, labels: Vocabulary, tags: Vocabulary, genres: Container[str], version: int
    ) -> FacetColumns:
        """The columns; ``genres``: genres in small letters, which are no facets; ``version``: changes whenever these do."""
        made = len(labels), len(tags), version
        if self._columns is None or self._made != made:
            self._made = made
            names = [tags.name(number) for number in range(len(tags))]
            usable = [is_facet(name, genres) for name in names] + [True] * len(MOODS)
            own = [labels.name(number).strip().lower() in genres for number in range(len(labels))]
            self._columns = FacetColumns(
                np.array(own, dtype=np.bool_),
                np.array(usable, dtype=np.bool_),
                np.array([season_of_tag(name) for name in names], dtype=np.int64),
                np.array([digest(name) for name in (*names, *MOODS)], dtype=np.uint32),
            )
        return self._columns


def is_facet(name: str, genres: Container[str]) -> bool:
    """Whether a tag names a theme or a style of titles.

    >>> is_facet("heist", frozenset({"crime"})), is_facet("Crime", frozenset({"crime"})), is_facet("sequel", frozenset())
    (True, False, False)
    """
    small = name.strip().lower()
    return bool(small) and small not in genres and small not in NO_THEMES and not small.startswith("based on")

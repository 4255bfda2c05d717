"""What may stand beside a genre in the name of a row: themes and manners of telling among the tags, and the moods of titles."""

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
"""Moods that have a name (``micro_genres``); numbered behind the tags."""


class FacetColumns(NamedTuple):
    """usable [tags + MOODS]: whether it may stand in a name; season [tags]: ``season_of_tag``; digest [tags + MOODS]: tie-breaks.

    genre [labels]: which labels are genres, so that facets may stand beside them.
    """

    genre: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    season: NDArray[np.int64]
    digest: Hashes


class Facets:
    """The columns of the tags that are known by now, kept until a tag or a genre comes or goes."""

    def __init__(self) -> None:
        self._made: tuple[int, ...] = ()
        self._columns: FacetColumns | None = None

    def columns(
        self, labels: Vocabulary, tags: Vocabulary, genres: Container[str], version: int
    ) -> FacetColumns:
        """The columns; ``genres``: in small letters, they are no facets; ``version``: changes with them."""
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
    """Whether a tag says what titles are about or how they are told.

    >>> is_facet("heist", frozenset({"crime"})), is_facet("Crime", frozenset({"crime"})), is_facet("sequel", frozenset())
    (True, False, False)
    """
    small = name.strip().lower()
    return bool(small) and small not in genres and small not in NO_THEMES and not small.startswith("based on")

"""Search: a title matches a query if each word of the query is a prefix of a word of its name, its genres or its tags."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Ints
from playhead.catalogue.tags.columns import TagColumns
from playhead.domain.titles import Title

SURE = 0.5
"""Least confidence of a predicted tag, one that is not in the catalogue."""
_WORD = re.compile(r"\w+")


class SearchIndex:
    """The words of all titles as one text, rebuilt on the first search after a change of the catalogue.

    A word is found by one search through some dozens of characters a title: 2 MB for 50,000 titles.
    """

    def __init__(self) -> None:
        self._made = -1
        self._text = ""
        self._starts: Ints = np.zeros(0, dtype=np.int64)
        self._numbers: Ints = np.zeros(0, dtype=np.int64)

    def find(self, query: str, entries: Mapping[int, Title], changed: int, tags: TagColumns) -> Ints:
        """Numbers of the titles that match a query, ascending; none for a query without words."""
        if self._made != changed:
            self._make(entries)
            self._made = changed
        words = folded(query)
        matches = self._numbers[: len(self._numbers) if words else 0]
        for word in words:
            matches = matches[np.isin(matches, self._having(word)) | _tagged(word, matches, tags)]
        return matches

    def _make(self, entries: Mapping[int, Title]) -> None:
        self._numbers = np.array(sorted(entries), dtype=np.int64)
        texts = [
            " " + " ".join(folded(" ".join((title.name, *title.genres, *title.tags)))) + " "
            for title in map(entries.__getitem__, self._numbers.tolist())
        ]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        self._starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self._text = "".join(texts)

    def _having(self, word: str) -> Ints:
        at = [match.start() for match in re.finditer(re.escape(_beginning(word)), self._text)]
        places = np.searchsorted(self._starts, np.array(at, dtype=np.int64), side="right") - 1
        return self._numbers[np.unique(places)]


def folded(text: str) -> list[str]:
    """The words of a text, case-folded and without accents.

    >>> folded("Amélie: Die fabelhafte Welt")
    ['amelie', 'die', 'fabelhafte', 'welt']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(character for character in plain if not unicodedata.combining(character)))


def _beginning(word: str) -> str:
    """The text to search for a prefix of a word; in scripts without spaces it may occur anywhere."""
    return f" {word}" if word.isascii() else word


def _tagged(word: str, titles: Ints, tags: TagColumns) -> NDArray[np.bool_]:
    """Whether each title has a predicted tag with a word that begins with ``word``, [titles]."""
    named = [number for number, name in enumerate(tags.names.names()) if _has(folded(name), word)]
    tagged = np.zeros(len(titles), dtype=np.bool_)
    known = titles < len(tags.tag_of)
    if named and known.any():
        mine = titles[known]
        tagged[known] = (np.isin(tags.tag_of[mine], named) & (tags.confidence[mine] >= SURE)).any(axis=1)
    return tagged


def _has(words: Iterable[str], prefix: str) -> bool:
    return any(word.startswith(prefix) for word in words)

"""Which titles a query is about: each of its words begins a word of the title's name, of its genres or of its tags."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Ints
from playhead.catalogue.tags.columns import TagColumns
from playhead.domain.titles import Title

SURE = 0.5
"""Least confidence of a tag that was understood, and not told by the catalogue."""
_WORD = re.compile(r"\w+")


class SearchIndex:
    """The words of all titles as one text, made when it is first searched after the catalogue has changed.

    Finding a word in it is one search through some dozens of characters a title: 2 MB for 50,000 titles.
    """

    def __init__(self) -> None:
        self._made = -1
        self._text = ""
        self._starts: Ints = np.zeros(0, dtype=np.int64)
        self._numbers: Ints = np.zeros(0, dtype=np.int64)

    def find(self, query: str, entries: Mapping[int, Title], changed: int, tags: TagColumns) -> Ints:
        """Numbers of the titles that a query is about, in their order; none for a query without a word."""
        if self._made != changed:
            self._make(entries)
            self._made = changed
        words = folded(query)
        found = self._numbers[: len(self._numbers) if words else 0]
        for word in words:
            found = found[np.isin(found, self._having(word)) | _tagged(word, found, tags)]
        return found

    def _make(self, entries: Mapping[int, Title]) -> None:
        self._numbers = np.array(sorted(entries), dtype=np.int64)
        texts = [
            " " + " ".join(folded(" ".join((one.name, *one.genres, *one.tags)))) + " "
            for one in map(entries.__getitem__, self._numbers.tolist())
        ]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        self._starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self._text = "".join(texts)

    def _having(self, word: str) -> Ints:
        at = [match.start() for match in re.finditer(re.escape(_beginning(word)), self._text)]
        places = np.searchsorted(self._starts, np.array(at, dtype=np.int64), side="right") - 1
        return self._numbers[np.unique(places)]


def folded(text: str) -> list[str]:
    """The words of a text in small letters, without accents.

    >>> folded("Amélie: Die fabelhafte Welt")
    ['amelie', 'die', 'fabelhafte', 'welt']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(one for one in plain if not unicodedata.combining(one)))


def _beginning(word: str) -> str:
    """What a text has where a word begins with this one; scripts without spaces have it anywhere."""
    return f" {word}" if word.isascii() else word


def _tagged(word: str, titles: Ints, tags: TagColumns) -> NDArray[np.bool_]:
    """Which titles have a tag by what is understood of them that has a word which begins so."""
    named = [number for number, name in enumerate(tags.names.names()) if _has(folded(name), word)]
    none = np.zeros(len(titles), dtype=np.bool_)
    known = titles < len(tags.tag_of)
    if named and known.any():
        mine = titles[known]
        none[known] = (np.isin(tags.tag_of[mine], named) & (tags.confidence[mine] >= SURE)).any(axis=1)
    return none


def _has(words: Iterable[str], word: str) -> bool:
    return any(one.startswith(word) for one in words)

"""Predicted tags, moods and embeddings of titles, as columns by title number, which features and rows read."""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays.reserve import grown
from playhead.arrays.types import Floats, Ids, Singles
from playhead.arrays.vocabulary import Vocabulary
from playhead.domain.errors import Rejected
from playhead.domain.title_tags import EMBEDDING, MOST_TAGS, TitleTags

LEAST = 1_024
_decoder = msgspec.json.Decoder(TitleTags)


class TagColumns:
    """Columns that grow with the catalogue; a title without a record has no tags, and 0 elsewhere.

    ``embedding`` [titles × 64]: of length 1, so that a dot product is a cosine. ``tag_of`` and ``confidence`` [titles × 16]:
    numbers of its tags (in ``names``), likeliest first, -1 behind the last. ``mood`` [titles × 3]: valence, arousal, tension.

    Args:
        titles: The vocabulary of titles.
        know: Returns the number of a title, which is added if it is new.
    """

    def __init__(self, titles: Vocabulary, know: Callable[[str], int]) -> None:
        self._titles, self._know = titles, know
        self.names = Vocabulary()
        self._holders: NDArray[np.int64] = np.zeros(LEAST, dtype=np.int64)
        self._tagged = 0
        self._rarity: Floats | None = None
        self._weighed: Floats = np.zeros(LEAST)
        self._across: tuple[Ids, Singles] | None = None
        self.embedding: NDArray[np.float32] = np.zeros((LEAST, EMBEDDING), dtype=np.float32)
        self.tag_of: NDArray[np.int32] = np.full((LEAST, MOST_TAGS), -1, dtype=np.int32)
        self.confidence: NDArray[np.float32] = np.zeros((LEAST, MOST_TAGS), dtype=np.float32)
        self.mood: NDArray[np.float32] = np.zeros((LEAST, 3), dtype=np.float32)

    def follow(self, key: bytes, value: bytes | None) -> None:
        """Applies a record of ``playhead.tags``.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        tags = TitleTags(title_id=key.decode(errors="replace")) if value is None else _decoded(value)
        if value is None and tags.title_id not in self._titles:
            return
        number = self._know(tags.title_id)
        self.make_room(number + 1)
        self._count(number, -1)
        self._across = None
        self.embedding[number] = tags.embedding or 0.0
        self.mood[number] = tags.mood.valence, tags.mood.arousal, tags.mood.tension
        self.tag_of[number], self.confidence[number] = -1, 0.0
        self.tag_of[number, : len(tags.tags)] = [self.names.add(tag.name) for tag in tags.tags]
        self.confidence[number, : len(tags.tags)] = [tag.confidence for tag in tags.tags]
        self._count(number, 1)

    def rarity(self) -> Floats:
        """Inverse document frequency of tags: log((1 + tagged titles) / (1 + titles with the tag)), [tags], of length at least 1."""
        if self._rarity is None:
            holders = self._holders[: max(1, len(self.names))]
            self._rarity = np.log((1.0 + self._tagged) / (1.0 + holders))
        return self._rarity

    def weighed(self) -> Floats:
        """Scratch memory, one number a tag, 0 between calls."""
        if len(self._weighed) < len(self.names):
            self._weighed = np.zeros(2 * len(self.names))
        return self._weighed

    def across(self, titles: Ids) -> Singles:
        """The embeddings of titles, transposed to [64 × titles]; cached while the same array is passed and no record comes."""
        if self._across is None or self._across[0] is not titles:
            self.make_room(len(self._titles))
            self._across = titles, np.ascontiguousarray(self.embedding[titles].T)
        return self._across[1]

    def _count(self, number: int, change: int) -> None:
        own = self.tag_of[number]
        own = own[own >= 0]
        if len(self.names) > len(self._holders):
            self._holders = grown(self._holders, 2 * len(self.names))
        self._holders[own] += change
        self._tagged += change * bool(len(own))
        self._rarity = None

    def make_room(self, size: int) -> None:
        """Grows the columns to at least ``size`` titles."""
        before = len(self.tag_of)
        if size <= before:
            return
        size = max(size, 2 * before)
        self.embedding, self.tag_of = grown(self.embedding, size), grown(self.tag_of, size)
        self.confidence, self.mood = grown(self.confidence, size), grown(self.mood, size)
        self.tag_of[before:] = -1


def _decoded(value: bytes) -> TitleTags:
    repair = "Run tag workers of this version only: nobody else writes this topic."
    try:
        tags = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"The value is not the tags of a title: {error}.", repair) from error
    if len(tags.embedding) not in {0, EMBEDDING}:
        raise Rejected(f"The embedding has {len(tags.embedding)} numbers, not {EMBEDDING}.", repair)
    return tags

"""What is understood of titles, as columns by the catalogue's numbers: what features and rows ask, without a model of language."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays.reserve import grown
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.errors import Rejected
from playhead.domain.title_tags import EMBEDDING, MOST_TAGS, TitleTags

LEAST = 1_024
_decoder = msgspec.json.Decoder(TitleTags)


class TagColumns:
    """Columns that grow with the catalogue; a title of which nothing is understood has no tags, and 0 elsewhere.

    ``embedding`` [titles × 64]: of length 1, so that a dot product is a cosine. ``tag_of`` and ``confidence`` [titles × 16]:
    numbers of its tags (in ``tags``), likeliest first, -1 behind the last. ``mood`` [titles × 3]: valence, arousal, tension.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.tags = Vocabulary()
        self.embedding: NDArray[np.float32] = np.zeros((LEAST, EMBEDDING), dtype=np.float32)
        self.tag_of: NDArray[np.int32] = np.full((LEAST, MOST_TAGS), -1, dtype=np.int32)
        self.confidence: NDArray[np.float32] = np.zeros((LEAST, MOST_TAGS), dtype=np.float32)
        self.mood: NDArray[np.float32] = np.zeros((LEAST, 3), dtype=np.float32)

    def follow(self, key: bytes, value: bytes | None) -> None:
        """Takes over a record of ``playhead.tags``.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        tags = TitleTags(title_id=key.decode(errors="replace")) if value is None else _decoded(value)
        if value is None and tags.title_id not in self._catalogue.titles:
            return
        number = self._catalogue.know(tags.title_id)
        if number >= len(self.mood):
            self._grow(2 * number)
        self.embedding[number] = tags.embedding or 0.0
        self.mood[number] = tags.mood.valence, tags.mood.arousal, tags.mood.tension
        self.tag_of[number], self.confidence[number] = -1, 0.0
        for place, tag in enumerate(tags.tags):
            self.tag_of[number, place] = self.tags.add(tag.name)
            self.confidence[number, place] = tag.confidence

    def _grow(self, size: int) -> None:
        before = len(self.tag_of)
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

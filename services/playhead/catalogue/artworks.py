"""The artworks (pictures) of titles as columns: the pictures of each title, and their attributes as hash slots."""

from collections.abc import Iterator
from math import copysign, isfinite, log1p

import numpy as np

from playhead.arrays.hashing import PAD, digest, slot, slot_once
from playhead.arrays.reserve import grown
from playhead.arrays.texts import Texts
from playhead.arrays.types import Floats, Hashes, Ids, Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.domain.titles import Artwork, Title

MOST = 12
"""Most pictures of a title, its first ones, from which one is chosen."""
ATTRIBUTES = 11
"""Most attributes of a picture, its first ones, that are used."""
WIDTH = 1 + ATTRIBUTES
_LEAST = 1_024


class ArtworkColumns:
    """Columns of pictures, which grow with the catalogue.

    ``of`` [titles × MOST]: numbers of a title's pictures, in its order, -1 behind the last. Of pictures: ``texts``, their
    ids; ``digests``, digests of these; ``slots`` and ``values`` [pictures × WIDTH]: the picture itself, then its attributes,
    PAD and 0 where there are fewer. A text attribute has the slot of its name and text with value 1, a numeric one the slot of its name.
    """

    def __init__(self) -> None:
        self._names = Vocabulary()
        self.texts = Texts()
        self.of: Ids = np.full((_LEAST, MOST), -1, dtype=np.int32)
        self.digests: Hashes = np.zeros(_LEAST, dtype=np.uint32)
        self.slots: Ints = np.full((_LEAST, WIDTH), PAD, dtype=np.int64)
        self.values: Floats = np.zeros((_LEAST, WIDTH))

    def put(self, number: int, title: Title) -> None:
        """Sets the pictures of a title, new or updated."""
        self.drop(number)
        pictures = {artwork.artwork_id: artwork for artwork in title.artworks[:MOST]}.values()
        for place, artwork in enumerate(pictures):
            self.of[number, place] = self._know(title.title_id, artwork)

    def drop(self, number: int) -> None:
        """Removes a title's pictures."""
        if number >= len(self.of):
            more = np.full((max(len(self.of), number + 1 - len(self.of)), MOST), -1, dtype=np.int32)
            self.of = np.concatenate([self.of, more])
        self.of[number] = -1

    def find(self, title: int, digest: int) -> int:
        """The number of a title's picture with this digest of its id, -1 if it has none."""
        if not 0 <= title < len(self.of):
            return -1
        mine = self.of[title]
        for number in mine[mine >= 0].tolist():
            if self.digests[number] == digest:
                return int(number)
        return -1

    def _know(self, title_id: str, artwork: Artwork) -> int:
        # Two titles may use one id for different pictures.
        number = self._names.add(f"{title_id}\n{artwork.artwork_id}")
        if number >= len(self.digests):
            size = 2 * len(self.digests)
            self.digests = grown(self.digests, size)
            self.slots, self.values = grown(self.slots, size), grown(self.values, size)
        self.texts.put(number, artwork.artwork_id)
        self.digests[number] = digest(artwork.artwork_id)
        own = slot_once(f"picture/{title_id}", artwork.artwork_id), 1.0
        which, values = zip(own, *_attributes(artwork), strict=True)
        self.slots[number, : len(which)], self.slots[number, len(which) :] = which, PAD
        self.values[number, : len(which)], self.values[number, len(which) :] = values, 0.0
        return number


def _attributes(artwork: Artwork) -> Iterator[tuple[int, float]]:
    """The slot and the value of each attribute."""
    for name, value in list(artwork.attributes.items())[:ATTRIBUTES]:
        if isinstance(value, str):
            yield slot(f"artwork/{name}", value), 1.0
        elif isfinite(value):
            # The logarithm brings a count of faces and an area in pixels to the order of 1.
            yield slot("artwork", name), round(copysign(log1p(abs(value)), value), 6)

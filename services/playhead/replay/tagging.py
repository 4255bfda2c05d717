"""The role ``tag`` in a replay: the tags of the titles of a catalogue, as they would stand on ``playhead.tags``."""

from collections.abc import Iterator

import msgspec

from playhead.catalogue.tags.tagger import Tagger
from playhead.domain.decoding import decode_title

AT_ONCE = 512
"""Titles whose tags are made together."""
_encoder = msgspec.json.Encoder()


class ReplayTagger:
    """Tags titles; yields only the records that may have changed."""

    def __init__(self) -> None:
        self._tagger = Tagger()
        self._touched: set[str] = set()

    def put(self, key: bytes, line: bytes) -> None:
        """Takes over a title.

        Raises:
            Rejected: the line is no title.
        """
        self._tagger.put(decode_title(key, line))
        self._touched.add(key.decode())

    def records(self) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values of the records that are new since the last call."""
        if not self._touched:
            return
        wanted = sorted(self._tagger.titles if self._tagger.learn() else self._touched)
        self._touched.clear()
        for first in range(0, len(wanted), AT_ONCE):
            for tags in self._tagger.read(wanted[first : first + AT_ONCE]):
                yield tags.title_id.encode(), _encoder.encode(tags)

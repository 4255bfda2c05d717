"""JSON strings, concatenated in one array, from which compiled code copies them into records."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Bytes


class Texts:
    """JSON strings by number.

    ``bytes``: all strings, with their quotes; ``spans`` [numbers × 2]: begin and end of each, equal for a number without a
    string.
    """

    def __init__(self) -> None:
        self.bytes: Bytes = np.zeros(4_096, dtype=np.uint8)
        self.spans: NDArray[np.int64] = np.zeros((256, 2), dtype=np.int64)
        self._end = 0

    def put(self, number: int, text: str) -> None:
        """Sets the string of a number; the space of a former string is not reused."""
        raw = msgspec.json.encode(text)
        if number < len(self.spans) and self.spans[number, 1] and self.of(number) == raw:
            return
        self._make_room(number, len(raw))
        first, last = self._end, self._end + len(raw)
        self.bytes.data[first:last] = raw
        self.spans[number, 0], self.spans[number, 1] = first, last
        self._end = last

    def drop(self, number: int) -> None:
        """Removes the string of a number."""
        if number < len(self.spans):
            self.spans[number] = 0

    def of(self, number: int) -> bytes:
        """The JSON string of a number, empty if it has none."""
        first, last = self.spans[number]
        return self.bytes[first:last].tobytes()

    def _make_room(self, number: int, more: int) -> None:
        if self._end + more > len(self.bytes):
            room = max(2 * len(self.bytes), self._end + more) - len(self.bytes)
            self.bytes = np.concatenate([self.bytes, np.zeros(room, dtype=np.uint8)])
        if number >= len(self.spans):
            room = max(2 * len(self.spans), number + 1) - len(self.spans)
            self.spans = np.concatenate([self.spans, np.zeros((room, 2), dtype=np.int64)])

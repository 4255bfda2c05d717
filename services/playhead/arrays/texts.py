"""Strings as they stand in JSON, back to back in one array: what loops in machine code copy into records."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Bytes


class Texts:
    """A string for each number that has one.

    ``bytes``: all of them, with their quotes; ``spans`` [numbers × 2]: where each begins and ends, twice the same where
    there is none.
    """

    def __init__(self) -> None:
        self.bytes: Bytes = np.zeros(4_096, dtype=np.uint8)
        self.spans: NDArray[np.int64] = np.zeros((256, 2), dtype=np.int64)
        self._end = 0

    def put(self, number: int, text: str) -> None:
        """Gives a number its string; the place of another one that it had is not used again."""
        raw = msgspec.json.encode(text)
        if number < len(self.spans) and self.spans[number, 1] and self.of(number) == raw:
            return
        self._make_room(number, len(raw))
        first, last = self._end, self._end + len(raw)
        self.bytes.data[first:last] = raw
        self.spans[number, 0], self.spans[number, 1] = first, last
        self._end = last

    def drop(self, number: int) -> None:
        """Takes a number's string away."""
        if number < len(self.spans):
            self.spans[number] = 0

    def of(self, number: int) -> bytes:
        """A number's string in JSON; empty when it has none."""
        first, last = self.spans[number]
        return self.bytes[first:last].tobytes()

    def _make_room(self, number: int, more: int) -> None:
        if self._end + more > len(self.bytes):
            room = max(2 * len(self.bytes), self._end + more) - len(self.bytes)
            self.bytes = np.concatenate([self.bytes, np.zeros(room, dtype=np.uint8)])
        if number >= len(self.spans):
            room = max(2 * len(self.spans), number + 1) - len(self.spans)
            self.spans = np.concatenate([self.spans, np.zeros((room, 2), dtype=np.int64)])

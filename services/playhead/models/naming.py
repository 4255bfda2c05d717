"""Names of the columns of learned parameters: they travel with the numbers, so that no list of features is taken for another.

A process with another list takes over the columns that it knows by name, wherever they stand; columns new in its
list begin at their prior, and columns that its list has dropped are ignored.
"""

from collections.abc import Iterable
from zlib import crc32

import numpy as np

from playhead.arrays import packed_ids
from playhead.arrays.types import Ints


class Names:
    """The names of columns, in their order.

    Args:
        names: The names, each once.
        unnamed: The CRC-32 of the packed list that columns without names follow: the one list before columns were named.
        since: Names that were added after that list.
    """

    def __init__(self, names: Iterable[str], unnamed: int, since: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        self.packed = packed_ids.pack_ids(self.names)
        """The names as packed ids, which travel."""
        self._places = {name: place for place, name in enumerate(self.names)}
        if len(self._places) < len(self.names):
            raise ValueError("a name stands twice")
        newer = frozenset(since)
        old = [name for name in self.names if name not in newer]
        self._old = old if crc32(packed_ids.pack_ids(old)) == unnamed else None

    def __len__(self) -> int:
        return len(self.names)

    def places(self, packed: bytes, width: int) -> Ints:
        """Place here of each of ``width`` columns with these names, -1 for a name unknown here."""
        if packed == self.packed:
            return np.arange(width)
        names = packed_ids.ids(packed) or self._old or [""] * width
        return np.array([self._places.get(name, -1) for name in names], dtype=np.int64)

    def width(self, packed: bytes) -> int:
        """How many columns these names stand for."""
        return packed_ids.size(packed) or len(self if self._old is None else self._old)

    def begin_with(self, packed: bytes, count: int) -> bool:
        """Whether the first ``count`` columns of these names are the first ones here, in the same order."""
        return np.array_equal(self.places(packed, len(self))[:count], np.arange(count))

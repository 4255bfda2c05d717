"""The newest record of each key of a topic: always its place, its bytes while there is room in memory."""

from collections import OrderedDict
from typing import NamedTuple

from playhead.domain.records import Incoming
from playhead.gateway.lookup import Lookup


class NewestPosition(NamedTuple):
    """Where the newest record of a key stands; a record of a lower ``version`` does not replace it."""

    version: int
    partition: int
    offset: int
    tag: str = ""


class Newest:
    """A compacted topic as a bounded dictionary: the least recently used values leave memory and are read again when needed.

    Only the places (some 200 bytes a key) are never dropped.
    """

    def __init__(self, topic: str, lookup: Lookup, budget_bytes: int) -> None:
        self.topic = topic
        self._lookup = lookup
        self._budget = budget_bytes
        self._held = 0
        self._places: dict[bytes, NewestPosition] = {}
        self._values: OrderedDict[bytes, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def place(self, key: bytes) -> NewestPosition | None:
        """The place of the newest record of a key, None if there is none."""
        return self._places.get(key)

    def take(self, record: Incoming, version: int | None = None, tag: str = "") -> bool:
        """Takes in a record; returns whether it is the newest of its key. Without ``version`` the later one is."""
        key = record.key or b""
        known = self._places.get(key)
        if record.value is None:
            self._drop(key)
            return self._places.pop(key, None) is not None
        version = record.offset if version is None else version
        if known is not None and version <= known.version:
            return False
        self._places[key] = NewestPosition(version, record.partition, record.offset, tag)
        self._hold(key, record.value)
        return True

    def follow(self, record: Incoming) -> None:
        """Takes in a record of a topic where the later one of a key is the newer one."""
        self.take(record)

    def here(self, key: bytes) -> bytes | None:
        """The bytes of the newest record of a key, if they are in memory."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    async def find(self, key: bytes) -> tuple[NewestPosition, bytes] | None:
        """The newest record of a key, from memory or from the broker; None if there is none.

        Raises:
            Unavailable: the broker doesn't give it.
        """
        while (place := self._places.get(key)) is not None:
            value = self.here(key)
            if value is None:
                value = await self._lookup.read(self.topic, place.partition, place.offset)
                if self._places.get(key) is not place:
                    continue  # a newer one came meanwhile
                self._hold(key, value)
            return place, value
        return None

    def _hold(self, key: bytes, value: bytes) -> None:
        self._drop(key)
        self._values[key] = value
        self._held += len(value)
        while self._held > self._budget and self._values:
            _, old = self._values.popitem(last=False)
            self._held -= len(old)

    def _drop(self, key: bytes) -> None:
        old = self._values.pop(key, None)
        self._held -= len(old) if old is not None else 0

"""The newest ranking of each profile, and the clients that wait for the next one."""

import asyncio
import time
from collections import deque

import msgspec
from msgspec import Struct

from playhead.domain.records import Incoming
from playhead.gateway.newest import Newest, NewestPosition
from playhead.observe import metrics

RECENT = 12
"""Profiles that were ranked last, for the page to choose from."""
AGES = 500


class _Cause(Struct):
    occurred_at: int


class _Head(Struct):
    """The fields of a ranking that are decoded to store it; the rest stays as bytes."""

    ranking_id: str
    version: int
    caused_by: _Cause


_head = msgspec.json.Decoder(_Head).decode


class Slot:
    """Room for one ranking that a client has not been sent yet: a newer one takes its place, so nothing piles up."""

    def __init__(self) -> None:
        self._full = asyncio.Event()
        self._content: tuple[NewestPosition, bytes] | None = None

    def put(self, content: tuple[NewestPosition, bytes] | None) -> None:
        """Fills the slot with the newest ranking, None for a profile that was erased."""
        self._content = content
        self._full.set()

    def put_back(self, content: tuple[NewestPosition, bytes] | None) -> None:
        """Puts back what was taken, unless something newer has come."""
        if not self._full.is_set():
            self.put(content)

    async def next(self) -> tuple[NewestPosition, bytes] | None:
        """Waits for the next ranking and takes it."""
        await self._full.wait()
        self._full.clear()
        return self._content


class NewestRankings:
    """Stores rankings as they come from the topic, and gives them to the clients that watch their profile."""

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        self.count = 0
        self.recent: deque[str] = deque(maxlen=RECENT)
        self.ages_ms: deque[int] = deque(maxlen=AGES)
        """Ages of the acts behind the latest rankings, when these came."""
        self._watching: dict[bytes, set[Slot]] = {}

    def take(self, record: Incoming) -> None:
        """Takes in a record of the topic; what is no ranking is skipped."""
        key = record.key or b""
        if record.value is None:
            self.newest.take(record)
            self._notify(key, None)
            return
        try:
            head = _head(record.value)
        except msgspec.MsgspecError:
            metrics.DEAD_LETTERS.labels(record.topic, "Rejected").inc()
            return
        if self.newest.take(record, head.version, head.ranking_id[:8]):
            place = self.newest.place(key)
            assert place is not None
            self._notify(key, (place, record.value))
        self._count(key, head)

    def watch(self, key: bytes) -> Slot:
        """Returns a slot that is filled with each new ranking of the profile, until ``leave``."""
        slot = Slot()
        self._watching.setdefault(key, set()).add(slot)
        return slot

    def leave(self, key: bytes, slot: Slot) -> None:
        """Stops filling the slot."""
        slots = self._watching.get(key, set())
        slots.discard(slot)
        if not slots:
            self._watching.pop(key, None)

    def _notify(self, key: bytes, content: tuple[NewestPosition, bytes] | None) -> None:
        for slot in self._watching.get(key, ()):
            slot.put(content)

    def _count(self, key: bytes, head: _Head) -> None:
        self.count += 1
        self.ages_ms.append(max(0, time.time_ns() // 1_000_000 - head.caused_by.occurred_at))
        profile_id = key.decode(errors="replace")
        if profile_id not in self.recent:
            self.recent.append(profile_id)

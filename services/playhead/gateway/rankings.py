"""The newest ranking of each profile, and who waits for the next one."""

import asyncio
import time
from collections import deque

import msgspec
from msgspec import Struct

from playhead.domain.records import Incoming
from playhead.gateway.newest import Newest, Place
from playhead.observe import metrics

RECENT = 12
"""Profiles remembered as just ranked, for the page to choose from."""
AGES = 500


class _Cause(Struct):
    occurred_at: int


class _Head(Struct):
    """What of a ranking must be known to keep it; the rest stays as bytes."""

    ranking_id: str
    version: int
    caused_by: _Cause


_head = msgspec.json.Decoder(_Head).decode


class Slot:
    """Room for one ranking that a client has not been sent yet: a newer one takes its place, so nothing piles up."""

    def __init__(self) -> None:
        self._full = asyncio.Event()
        self._content: tuple[Place, bytes] | None = None

    def put(self, content: tuple[Place, bytes] | None) -> None:
        """Leave the newest ranking, None for a profile that was forgotten."""
        self._content = content
        self._full.set()

    def put_back(self, content: tuple[Place, bytes] | None) -> None:
        """Leave what was taken, unless there is something newer."""
        if not self._full.is_set():
            self.put(content)

    async def next(self) -> tuple[Place, bytes] | None:
        """Wait for the next content and take it."""
        await self._full.wait()
        self._full.clear()
        return self._content


class NewestRankings:
    """Rankings as they come from the topic, handed on at once to those who watch their profile."""

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        self.count = 0
        self.recent: deque[str] = deque(maxlen=RECENT)
        self.ages_ms: deque[int] = deque(maxlen=AGES)
        """How old the acts were whose rankings came lately."""
        self._watching: dict[bytes, set[Slot]] = {}

    def take(self, record: Incoming) -> None:
        """Follow the topic by one record; what is no ranking is passed over."""
        key = record.key or b""
        if record.value is None:
            self.newest.take(record)
            self._tell(key, None)
            return
        try:
            head = _head(record.value)
        except msgspec.MsgspecError:
            metrics.DEAD_LETTERS.labels(record.topic, "Rejected").inc()
            return
        if self.newest.take(record, head.version, head.ranking_id[:8]):
            place = self.newest.place(key)
            assert place is not None
            self._tell(key, (place, record.value))
        self._count(key, head)

    def watch(self, key: bytes) -> Slot:
        """A slot that is filled with each new ranking of the profile, until ``leave``."""
        slot = Slot()
        self._watching.setdefault(key, set()).add(slot)
        return slot

    def leave(self, key: bytes, slot: Slot) -> None:
        """Fill the slot no more."""
        slots = self._watching.get(key, set())
        slots.discard(slot)
        if not slots:
            self._watching.pop(key, None)

    def _tell(self, key: bytes, content: tuple[Place, bytes] | None) -> None:
        for slot in self._watching.get(key, ()):
            slot.put(content)

    def _count(self, key: bytes, head: _Head) -> None:
        self.count += 1
        self.ages_ms.append(max(0, time.time_ns() // 1_000_000 - head.caused_by.occurred_at))
        profile_id = key.decode(errors="replace")
        if profile_id not in self.recent:
            self.recent.append(profile_id)

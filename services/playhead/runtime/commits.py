"""When offsets are committed, and whether a partition is still ours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from faust.types import TP

from playhead.observe import watching
from playhead.runtime.connection import SESSION_TIMEOUT_S

EVERY_S = 0.02
"""Commits of all partition workers leave together, at most this often: one takes 2.5 ms, and a partition worker needn't wait for it."""
REFUSED_S = 0.5
"""Wait before a refused commit is tried again."""
CONFIRM_AFTER_S = SESSION_TIMEOUT_S / 2
"""Age of the last confirmed membership from which on the group is asked again before anything is written."""

Commit = Callable[[Mapping[TP, int]], Awaitable[bool]]
"""Commits offsets; False when the group has moved on, so that this worker may not."""


class Lost(Exception):
    """Raised when the partition belongs to another worker; the batch in hand is dropped, the new owner reads it again."""


class Committer:
    """Commits what all partition workers of a process report as durable, together; order within a partition is kept."""

    def __init__(self, role: str, commit: Commit) -> None:
        self._role = role
        self._commit = commit
        self._pending: dict[TP, int] = {}
        self._noted = asyncio.Event()
        self._busy = asyncio.Lock()
        self._confirmed_at = 0.0

    def note(self, tp: TP, offset: int) -> None:
        """Notes that everything before ``offset`` is durable, with its effects."""
        self._pending[tp] = offset
        self._noted.set()

    async def confirm(self, tp: TP, offset: int, *, at_once: bool = False) -> None:
        """Makes sure that this worker is still a member of the group, if that was not confirmed lately (or ``at_once``).

        A process that was stopped and wakes up believes what was true before. The broker refuses a commit of
        someone who is not a member; ``offset``, the first in hand, is committed already, so asking changes nothing.

        Raises:
            Lost: it is not a member any more.
        """
        if not at_once and time.monotonic() - self._confirmed_at < CONFIRM_AFTER_S:
            return
        async with self._busy:
            if not await self._commit_at_once({tp: offset}):
                raise Lost

    async def flush(self) -> bool:
        """Commits what was noted; False when the broker refused, so that it is still to be committed."""
        async with self._busy:
            offsets, self._pending = self._pending, {}
            if not offsets or await self._commit_at_once(offsets):
                return True
            # A member that has to join again is refused for a moment only; nothing may come after it on this partition.
            self._pending = offsets | self._pending
            return False

    def forget(self) -> None:
        """Drops what is still to be committed: the partitions belong to others now."""
        self._pending.clear()

    async def run(self) -> None:
        """Commits for ever."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            if await self.flush():
                await asyncio.sleep(EVERY_S)
            else:
                await asyncio.sleep(REFUSED_S)
                self._noted.set()

    async def _commit_at_once(self, offsets: Mapping[TP, int]) -> bool:
        began = time.monotonic()
        stages = watching.StageRecorder(self._role)
        done = await self._commit(offsets)
        stages.lap("commit")
        if done:
            self._confirmed_at = began
        return done

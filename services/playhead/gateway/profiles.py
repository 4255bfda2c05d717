"""The stored state of profiles, signal by signal: read from the changelog of the workers' stores, on demand."""

import asyncio
import time
from typing import Any

import msgspec
from msgspec import Struct

from playhead.domain.errors import Unavailable
from playhead.domain.topics import PROFILES_CHANGELOG
from playhead.gateway.contract import ProfileState
from playhead.gateway.follow import follow
from playhead.gateway.lookup import Lookup
from playhead.gateway.newest import Newest
from playhead.runtime.logs import Log
from playhead.runtime.settings import Settings
from playhead.signals.exposure import Exposures
from playhead.signals.record import decode
from playhead.signals.registry import SIGNALS
from playhead.signals.rows import AGAIN, History, Watched

log = Log(__name__)

CATCH_UP_S = 5.0
"""How long a request waits for the changelog to be read, before it is answered with a retry time."""
IDLE_S = 300.0
"""Idle time after which the changelog is no longer followed: it is as busy as the events."""
BUDGET_BYTES = 16 * 1024 * 1024


class Profiles:
    """Follows the changelog while profiles are asked for; it remembers the place of each profile's record."""

    def __init__(self, settings: Settings, lookup: Lookup) -> None:
        self._settings = settings
        self._lookup = lookup
        self._newest: Newest | None = None
        self._asked_s = 0.0
        self._wanted = asyncio.Event()
        self._caught_up = asyncio.Event()

    async def state(self, profile_id: str) -> ProfileState | None:
        """The stored state of a profile, None if there is none.

        Raises:
            Unavailable: the changelog is still being read.
        """
        self._asked_s = time.monotonic()
        self._wanted.set()
        try:
            await asyncio.wait_for(self._caught_up.wait(), CATCH_UP_S)
        except TimeoutError as error:
            raise Unavailable("The profiles' records are still being read.", "Ask again.") from error
        assert self._newest is not None
        newest = await self._newest.find(profile_id.encode())
        return None if newest is None else readable(profile_id, newest[1])

    async def run(self) -> None:
        """Follows the changelog whenever profiles are asked for."""
        while True:
            await self._wanted.wait()
            self._newest = newest = Newest(PROFILES_CHANGELOG, self._lookup, BUDGET_BYTES)
            following = asyncio.create_task(
                follow(self._settings, (newest.topic,), newest.follow, caught_up=self._caught_up.set)
            )
            while not following.done() and time.monotonic() - self._asked_s < IDLE_S:
                await asyncio.wait({following}, timeout=1.0)
            self._wanted.clear()
            self._caught_up.clear()
            following.cancel()
            await asyncio.wait({following})
            try:
                if not following.cancelled():
                    following.result()
            except Unavailable as error:
                # The next request tries again; rankings are served meanwhile.
                log.warning("the profiles' records can't be read", why=str(error))


def readable(profile_id: str, stored: bytes) -> ProfileState | None:
    """A stored record in readable form; None for the erasure marker of a profile."""
    _, _, profile = decode(stored)
    if profile is None:
        return None
    delivery = profile.delivery_v1
    return ProfileState(
        profile_id=profile_id,
        version=delivery.version,
        caused_by=delivery.cause_id,
        occurred_at=delivery.cause_ms,
        signals={signal.name: plain(signal.of(profile)) for signal in SIGNALS},
    )


def plain(value: Any) -> Any:
    """A signal's value with the names of its fields; of digests only their number.

    >>> plain(bytes(8))
    {'bytes': 8}
    """
    if isinstance(value, History):
        return [_shown(watched) for watched in value]
    if isinstance(value, Exposures):
        return [{"title_id": title_id, "times": times} for title_id, times in value.counted().items()]
    if isinstance(value, Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, dict | str | int | float | bool | None) else msgspec.to_builtins(value)


def _shown(watched: Watched) -> dict[str, Any]:
    """A title of the history, with the position to go on from instead of the fields that it is stored in."""
    fields = {
        name: getattr(watched, name) for name in watched.__struct_fields__ if name not in {"ahead_s", "state"}
    }
    return fields | {"position_s": watched.position_s, "again": bool(watched.state & AGAIN)}

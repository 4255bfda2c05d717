"""Live statistics of all viewers: throughput, and titles started by market, counted while a client reads them."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS
from playhead.gateway.follow import follow
from playhead.gateway.rankings import NewestRankings
from playhead.runtime.reading import END
from playhead.runtime.settings import Settings

EVERY_S = 0.5
WINDOW_S = 10.0
FADE = 0.5 ** (EVERY_S / 60.0)
"""Starts count half after a minute."""
MARKETS, TITLES, TOP = 64, 500, 10


class _Seen(Struct):
    type: str
    profile_id: str
    market: str = "ZZ"
    title_id: str = ""


_seen = msgspec.json.Decoder(_Seen).decode


class LiveStats:
    """Follows events from their end as long as a client reads the statistics."""

    def __init__(self, settings: Settings, rankings: NewestRankings) -> None:
        self._settings = settings
        self._rankings = rankings
        self._lookers = 0
        self._following: asyncio.Task[None] | None = None
        self._begin()

    def _begin(self) -> None:
        self._events = 0
        self._types: Counter[str] = Counter()
        self._starts: dict[str, dict[str, float]] = {}
        self._viewers: dict[str, float] = {}
        self._markets: dict[str, str] = {}
        self._past: deque[tuple[float, int, int]] = deque(maxlen=int(WINDOW_S / EVERY_S))
        self._faded_s = time.monotonic()

    async def pictures(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the statistics twice a second, for as long as it is iterated."""
        self._lookers += 1
        if self._following is None:
            self._begin()
            self._following = asyncio.create_task(
                follow(self._settings, (EVENTS,), self._take, caught_up=lambda: None, offset=END)
            )
        try:
            while not self._following.done():
                yield self._picture()
                await asyncio.sleep(EVERY_S)
        finally:
            self._lookers -= 1
            if self._lookers == 0:
                await self.close()

    async def close(self) -> None:
        """Stops following."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await following

    def _take(self, record: Incoming) -> None:
        self._events += 1
        try:
            seen = _seen(record.value or b"")
        except msgspec.MsgspecError:
            return
        self._types[seen.type if len(self._types) < 64 else "other"] += 1
        self._viewers[seen.profile_id] = time.monotonic()
        market = seen.market
        if market != "ZZ":
            self._markets[seen.profile_id] = market
        market = self._markets.get(seen.profile_id, market)
        if seen.type == "playback_started" and (market in self._starts or len(self._starts) < MARKETS):
            starts = self._starts.setdefault(market, {})
            starts[seen.title_id] = starts.get(seen.title_id, 0.0) + 1.0

    def _picture(self) -> dict[str, Any]:
        now_s = time.monotonic()
        self._fade(now_s)
        newest = (now_s, self._events, self._rankings.count)
        oldest = self._past[0] if self._past else newest
        if not self._past or now_s - self._past[-1][0] >= EVERY_S / 2:
            self._past.append(newest)
        lapse_s = max(now_s - oldest[0], 1e-3)
        ages = sorted(self._rankings.ages_ms)
        return {
            "at": time.time_ns() // 1_000_000,
            "events_per_s": round((newest[1] - oldest[1]) / lapse_s, 1),
            "rankings_per_s": round((newest[2] - oldest[2]) / lapse_s, 1),
            "viewers": len(self._viewers),
            "profiles": len(self._rankings.newest),
            "freshness_p50_ms": ages[len(ages) // 2] if ages else None,
            "freshness_p99_ms": ages[len(ages) * 99 // 100] if ages else None,
            "types": dict(self._types.most_common(12)),
            "recent": list(self._rankings.recent),
            "markets": {market: _top(starts) for market, starts in sorted(self._starts.items()) if starts},
        }

    def _fade(self, now_s: float) -> None:
        steps, self._faded_s = (now_s - self._faded_s) / EVERY_S, now_s
        fade = FADE**steps
        for market, starts in self._starts.items():
            kept = sorted(((value * fade, title) for title, value in starts.items()), reverse=True)[:TITLES]
            self._starts[market] = {title: value for value, title in kept if value > 0.05}
        gone_s = now_s - WINDOW_S
        self._viewers = {viewer: at_s for viewer, at_s in self._viewers.items() if at_s > gone_s}
        self._markets = {viewer: where for viewer, where in self._markets.items() if viewer in self._viewers}


def _top(starts: dict[str, float]) -> list[dict[str, Any]]:
    top = sorted(starts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]
    return [{"title_id": title, "starts": round(value, 2)} for title, value in top]

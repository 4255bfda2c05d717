"""Results of experiments and take fractions of pictures, followed and counted while a client reads them."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import msgspec

from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent, Event, ImpressionsShown, PlaybackStarted, TitleClicked
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, EXPERIMENTS, TOTALS
from playhead.gateway.follow import follow
from playhead.labels.impressions import is_choice
from playhead.runtime.experiments import Standing
from playhead.runtime.reading import END
from playhead.runtime.settings import Settings

EVERY_S = 1.0
TOP = 12
"""Titles whose pictures are reported: those that are shown most."""
TITLES, OPEN = 2_000, 20_000
"""Titles that are counted, and impressions that wait for being taken."""
_decode = msgspec.json.Decoder(AnyEvent).decode


class PictureCounts:
    """How often each picture was shown, and its title clicked or played from there, once an impression."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, list[int]]] = {}
        self._open: OrderedDict[tuple[str, str], str] = OrderedDict()

    def take(self, event: Event) -> None:
        """Counts an event."""
        if isinstance(event, ImpressionsShown):
            for item in event.items:
                if item.artwork_id is not None and self._count(item.title_id, item.artwork_id, 0):
                    self._open[event.profile_id, item.title_id] = item.artwork_id
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
        elif isinstance(event, TitleClicked | PlaybackStarted) and is_choice(event):
            artwork_id = self._open.pop((event.profile_id, event.title_id), None)
            if artwork_id is not None:
                self._count(event.title_id, artwork_id, 1)

    def _count(self, title_id: str, artwork_id: str, counter: int) -> bool:
        if title_id not in self._shown and len(self._shown) >= TITLES:
            return False
        self._shown.setdefault(title_id, {}).setdefault(artwork_id, [0, 0])[counter] += 1
        return True

    def top(self) -> list[dict[str, Any]]:
        """The titles of several pictures that were shown most, each picture with its counts."""
        several = [(title_id, pictures) for title_id, pictures in self._shown.items() if len(pictures) > 1]
        several.sort(key=lambda pair: (-sum(shown for shown, _ in pair[1].values()), pair[0]))
        return [
            {
                "title_id": title_id,
                "pictures": [
                    {"artwork_id": artwork_id, "shown": shown, "taken": taken}
                    for artwork_id, (shown, taken) in sorted(pictures.items())
                ],
            }
            for title_id, pictures in several[:TOP]
        ]


class TrialStats:
    """Follows experiments, the sums of their arms, and events from now on, as long as a client reads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lookers = 0
        self._following: list[asyncio.Task[None]] = []
        self._standing, self._pictures = Standing(), PictureCounts()

    async def reports(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yields reports and pictures once a second, for as long as it is iterated."""
        self._lookers += 1
        if not self._following:
            self._standing, self._pictures = Standing(), PictureCounts()
            self._following = [
                asyncio.create_task(self._follow((EXPERIMENTS, TOTALS), self._judge)),
                asyncio.create_task(self._follow((EVENTS,), self._see, END)),
            ]
        try:
            while not any(task.done() for task in self._following):
                yield {"experiments": self._standing.reports(), "pictures": self._pictures.top()}
                await asyncio.sleep(EVERY_S)
        finally:
            self._lookers -= 1
            if self._lookers == 0:
                await self.close()

    async def _follow(self, topics: tuple[str, ...], take: Any, *offset: int) -> None:
        more = {"offset": offset[0]} if offset else {}
        await follow(self._settings, topics, take, caught_up=lambda: None, **more)

    async def close(self) -> None:
        """Stops following."""
        following, self._following = self._following, []
        for task in following:
            task.cancel()
        for task in following:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _judge(self, record: Incoming) -> None:
        with suppress(Rejected):
            self._standing.follow(record.topic, record.key or b"", record.value)

    def _see(self, record: Incoming) -> None:
        with suppress(msgspec.MsgspecError):
            self._pictures.take(_decode(record.value or b""))

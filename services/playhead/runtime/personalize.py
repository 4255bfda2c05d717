"""What the personalize role does with a batch of events, in the order that makes it safe to be killed anywhere."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from faust.types import TP

from playhead.domain.records import Effects, Incoming, Source
from playhead.domain.topics import EVENTS, MODELS, TITLES
from playhead.observe import watching
from playhead.runtime.changelog import Changelog
from playhead.runtime.commits import Committer
from playhead.runtime.dead_letters import bury
from playhead.runtime.follower import Follower
from playhead.runtime.outbox import Outbox
from playhead.runtime.recovery import Recovered, recover
from playhead.runtime.roles import Personalizer
from playhead.runtime.settings import Settings
from playhead.runtime.store import Broken, Memory, Position, Store
from playhead.runtime.topology import describe

MODELS_WAIT_S = 10.0
"""Longest wait for the models at the start: without them rankings are poorer, without titles there are none."""


@dataclass(frozen=True)
class Surroundings:
    """What all partitions of a process share."""

    settings: Settings
    personalizer: Personalizer
    follower: Follower
    outbox: Outbox
    committer: Committer
    memory: Memory


class Personalization:
    """The work of one partition of events."""

    def __init__(self, tp: TP, shared: Surroundings) -> None:
        self._tp = tp
        self._shared = shared
        self.waits = False
        self._abandoned = Event()
        self._source = Source(0, tp.partition)
        self._recovered: Recovered | None = None
        self._changelog: Changelog | None = None

    async def open(self) -> None:
        """Recover the store in a thread, while other lanes go on; wait for titles and, within bounds, models."""
        await self._open_store()
        await self._shared.follower.caught_up(TITLES)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._shared.follower.caught_up(MODELS), MODELS_WAIT_S)

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Do a batch; once more when the store turns out to be broken, which costs this partition its changelog."""
        try:
            await self._process(batch)
        except Broken:
            await self._open_store()
            await self._process(batch)

    async def _open_store(self) -> None:
        opening = asyncio.ensure_future(asyncio.to_thread(self._recover))
        try:
            self._recovered = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread can't be cancelled: it notices, and what it opened is closed.
            self._abandoned.set()
            self._recovered = await opening
            raise
        shared, end = self._shared, Position(self._recovered.epoch, self._recovered.end)
        self._changelog = Changelog(self._tp, shared.settings, shared.outbox, shared.committer, end)

    async def _process(self, batch: Sequence[Incoming]) -> None:
        """Examples and dead letters first, then the changelog, then the store, then the offset.

        Rankings leave with the first records, as they can be made again; they are waited for with the changelog.
        """
        store = self._store()
        first, rest = self._shared.outbox.ticket(), self._shared.outbox.ticket()
        watching.received("personalize", batch)
        laps = watching.Laps("personalize")
        effects = self._step(batch, store)
        laps.lap("step", effects.figures.spent_s)
        first.send(effects.first)
        rest.send(effects.then)
        if first:
            await first.delivered()
        if effects.rejected:
            self.waits = True
            await bury(self._shared.outbox, effects.rejected, f"{EVENTS} {self._tp.partition}")
            self.waits = False
        laps.lap("examples")
        await self._shared.committer.confirm(self._tp, batch[0].offset)
        assert self._changelog is not None
        end = await self._changelog.append(effects.state, store, rest, batch[0].offset)
        laps.lap("changelog")
        if effects.state:
            store.write(effects.state, end)
        laps.lap("store")
        self._shared.committer.note(self._tp, batch[-1].offset + 1)
        watching.durable(batch, effects)

    def due_s(self) -> float | None:
        """Never: everything is done with a batch."""
        return None

    async def tick(self) -> None:
        """Nothing is ever due."""

    def measure(self) -> None:
        """Say how large the store is."""
        if self._recovered is not None:
            watching.stored(str(self._tp.partition), self._recovered.store.figures())

    async def close(self, *, finished: bool) -> None:  # noqa: ARG002 - a dropped batch has written nothing to the store
        """Give the store's lock back, for the next owner on this machine."""
        if self._recovered is not None:
            self._recovered.store.close()

    def _recover(self) -> Recovered:
        settings = self._shared.settings
        epoch = describe(settings, EVENTS)[EVENTS].epoch
        self._source = Source(epoch, self._tp.partition)
        return recover(settings, f"{epoch:08x}", self._tp.partition, self._shared.memory, self._abandoned)

    def _step(self, batch: Sequence[Incoming], store: Store) -> Effects:
        now_ms = time.time_ns() // 1_000_000
        return self._shared.personalizer.step(batch, store.read, self._source, now_ms)

    def _store(self) -> Store:
        assert self._recovered is not None
        return self._recovered.store

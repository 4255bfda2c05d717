"""The work of the personalize role on a batch of events, in an order that makes it safe to be killed anywhere."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import NamedTuple

from faust.types import TP

from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.topics import EVENTS, EXPERIMENTS, MODELS, RANKINGS, RULES, TAGS, TITLES, TOTALS
from playhead.observe import watching
from playhead.runtime.arm_watch import WATCHED, ArmWatch
from playhead.runtime.beyond import Beyond
from playhead.runtime.changelog import Changelog
from playhead.runtime.commits import Committer
from playhead.runtime.connection import SESSION_TIMEOUT_S
from playhead.runtime.dead_letters import send_dead_letters
from playhead.runtime.fetching import AT_ONCE
from playhead.runtime.followed_letters import FollowedLetters
from playhead.runtime.follower import Follower
from playhead.runtime.micro_batcher import MicroBatcher
from playhead.runtime.misplaced import settle
from playhead.runtime.outbox import Outbox
from playhead.runtime.partition_worker import Work
from playhead.runtime.recovery import Recovered, recover
from playhead.runtime.roles import PersonalizerRole
from playhead.runtime.settings import Settings
from playhead.runtime.shell import Shell
from playhead.runtime.store import Broken, Memory, Position, Store
from playhead.runtime.topology import describe
from playhead.runtime.worker import run
from playhead.signals.record import decode, is_erasure_marker

FOLLOWED = (TITLES, TAGS, RULES, MODELS, EXPERIMENTS, TOTALS)
NEEDED = (TITLES, RULES, EXPERIMENTS)
"""Topics without which nothing is ranked: there is nothing to rank, or a profile would be in another arm than before."""
MODELS_WAIT_S = 10.0
"""Longest wait for the models at the start: without them rankings are poorer."""
MARKER_KEPT_S = 10.0
"""How long an erasure marker stays: a former owner's records arrive within its session and a delivery time-out, 6 and 4.5 s."""
assert MARKER_KEPT_S > SESSION_TIMEOUT_S * 1.5
FROM_EVENTS = "The worker starts again, and reads what is still on the events topic."


def run_personalize(settings: Settings, personalizer: PersonalizerRole) -> int:
    """Runs the personalize role until it is stopped, and returns 0; a failure ends the process with 1."""
    return run("personalize", settings, lambda: _app(settings, personalizer))


def _app(settings: Settings, personalizer: PersonalizerRole) -> Shell:
    shell = Shell("personalize", EVENTS, settings, AT_ONCE)
    letters = FollowedLetters(settings, shell.outbox)
    watch = ArmWatch(shell.outbox)

    def follow(topic: str, key: bytes, value: bytes | None) -> None:
        if topic in WATCHED:
            watch.follow(topic, key, value)
        if topic != TOTALS:
            personalizer.follow(topic, key, value)

    follower = Follower(settings, FOLLOWED, follow, letters.refused)
    steps, memory = MicroBatcher(personalizer), Memory.shared()
    shared = PersonalizeServices(
        settings, steps, follower, shell.outbox, shell.committer, memory, letters, watch
    )
    shell.works_by(lambda tp: work_of(tp, shared))
    shell.when_laid_out(lambda layout: personalizer.spread(layout.shards))
    shell.beside(follower.run())
    shell.beside(letters.run())
    shell.beside(watch.run())
    return shell


def work_of(tp: TP, shared: "PersonalizeServices") -> Work:
    """The work of one partition of events."""
    if tp.partition < shared.outbox.layout.partitions:
        return Personalization(tp, shared)
    return Beyond(tp, shared.committer, partial(_clear, shared, tp))


async def _clear(shared: "PersonalizeServices", tp: TP, batch: Sequence[Incoming]) -> None:
    partitions = shared.outbox.layout.partitions
    source = Source(0, tp.partition, partitions)
    effects = await shared.steps.step(batch, lambda keys: [None] * len(keys), source)
    shared.steps.done(tp.partition)
    settle(effects, shared.settings.misplaced, partitions)
    ticket = shared.outbox.ticket()
    ticket.send(effects.first)
    await ticket.delivered()
    if effects.rejected:
        await send_dead_letters(shared.outbox, effects.rejected, f"{EVENTS} {tp.partition}")
    watching.durable(batch, effects)


@dataclass(frozen=True)
class PersonalizeServices:
    """Services that all partitions of a process share."""

    settings: Settings
    steps: MicroBatcher
    follower: Follower
    outbox: Outbox
    committer: Committer
    memory: Memory
    letters: FollowedLetters
    watch: ArmWatch


class ErasureMarker(NamedTuple):
    """An erased profile that is remembered as such until ``due_s``, on the monotonic clock."""

    due_s: float
    key: bytes
    offset: int


class Personalization:
    """The work of one partition of events."""

    def __init__(self, tp: TP, shared: PersonalizeServices) -> None:
        self._tp = tp
        self._shared = shared
        self.waits = False
        self._abandoned = Event()
        self._source = Source(0, tp.partition)
        self._recovered: Recovered | None = None
        self._changelog: Changelog | None = None
        self._markers: list[ErasureMarker] = []
        self._done = 0

    async def open(self) -> int | None:
        """Recovers the store in a thread, while other partition workers go on; then waits for ``NEEDED`` and, within bounds, for the models."""
        again = await self._open_store()
        for topic in NEEDED:
            await self._shared.follower.caught_up(topic)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._shared.follower.caught_up(MODELS), MODELS_WAIT_S)
        self._owned(ours=True)
        return again

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Processes a batch; once more if the store is broken, which then is rebuilt from its changelog."""
        try:
            await self._process(batch)
        except Broken:
            if await self._open_store() is not None:
                raise Unavailable("A store is broken, and its changelog is empty.", FROM_EVENTS) from None
            await self._process(batch)
        finally:
            self._shared.steps.done(self._tp.partition)

    async def _open_store(self) -> int | None:
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
        store, again = self._recovered.store, self._recovered.again
        if self._recovered.overruled:
            end = await self._changelog.mend(sorted(self._recovered.overruled), store)
        if again is not None:
            # Committed before the store claims to fit: whoever starts next must read them again as well.
            await shared.committer.confirm(self._tp, again, at_once=True)
            store.write((), end)
            store.flush()
        return again

    async def _process(self, batch: Sequence[Incoming]) -> None:
        """Makes effects durable: examples, forwarded events and dead letters first, then the changelog, the store, the offset.

        Rankings leave with the first records, as they can be made again; they are waited for with the changelog.
        """
        store = self._store()
        first, rest = self._shared.outbox.ticket(), self._shared.outbox.ticket()
        watching.received("personalize", batch)
        stages = watching.StageRecorder("personalize")
        effects = await self._step(batch, store)
        settle(effects, self._shared.settings.misplaced, self._source.partitions)
        stages.lap("step", effects.stats.spent_s)
        await self._confirm(batch[0].offset)
        first.send(effects.first)
        rest.send(effects.then)
        if first:
            await first.delivered()
        if effects.rejected:
            self.waits = True
            await send_dead_letters(self._shared.outbox, effects.rejected, f"{EVENTS} {self._tp.partition}")
            self.waits = False
        stages.lap("examples")
        await self._confirm(batch[0].offset)
        assert self._changelog is not None
        end = await self._changelog.append(effects.state, store, rest, self._held(batch[0].offset))
        stages.lap("changelog")
        due_s = time.monotonic() + MARKER_KEPT_S
        self._markers += [ErasureMarker(due_s, key, offset) for key, offset in effects.erased]
        if effects.state:
            store.write(effects.state, end, self._held(batch[-1].offset + 1))
        stages.lap("store")
        self._note(batch[-1].offset + 1)
        watching.durable(batch, effects)

    def pass_over(self, offset: int) -> None:
        """Notes the offset for the commit, as if a batch had ended there."""
        self._note(offset)

    def due_s(self) -> float | None:
        """Seconds until the oldest erasure marker can be removed."""
        return self._markers[0].due_s - time.monotonic() if self._markers else None

    async def tick(self) -> None:
        """Removes the markers of erased profiles that have not come back: what was on its way when they were erased has arrived.

        Their erasures are committed only now. Killed before, the next owner reads them again.
        """
        now_s = time.monotonic()
        due = [marker for marker in self._markers if marker.due_s <= now_s]
        store, partition = self._store(), self._tp.partition
        keys = list({marker.key for marker in due})
        stored = zip(keys, store.read(keys), strict=True)
        left = [key for key, record in stored if record and self._is_over(record)]
        await self._confirm(due[0].offset)
        ticket = self._shared.outbox.ticket()
        ticket.send(Outgoing(RANKINGS, key, None, (), partition) for key in left)
        assert self._changelog is not None
        gone = [(key, None) for key in left]
        end = await self._changelog.append(gone, store, ticket, self._held(due[0].offset))
        if gone:
            store.write(gone, end)
            store.flush()
        self._markers = [marker for marker in self._markers if marker.due_s > now_s]
        self._note(self._done)

    def measure(self) -> None:
        """Updates the metrics of the store."""
        if self._recovered is not None:
            watching.stored(str(self._tp.partition), self._recovered.store.stats())

    async def close(self, *, finished: bool) -> None:  # noqa: ARG002 - a dropped batch has written nothing to the store
        """Closes the store, for the next owner on this machine."""
        self._owned(ours=False)
        if self._recovered is not None:
            self._recovered.store.close()

    def _owned(self, *, ours: bool) -> None:
        for watcher in (self._shared.letters, self._shared.watch):
            watcher.owned(self._tp.partition, ours=ours)

    def _recover(self) -> Recovered:
        settings = self._shared.settings
        epoch = describe(settings, EVENTS)[EVENTS].epoch
        self._source = Source(epoch, self._tp.partition, self._shared.outbox.layout.partitions)
        return recover(settings, f"{epoch:08x}", self._tp.partition, self._shared.memory, self._abandoned)

    async def _step(self, batch: Sequence[Incoming], store: Store) -> Effects:
        return await self._shared.steps.step(batch, store.read, self._source)

    async def _confirm(self, offset: int) -> None:
        """Makes sure that the partition still belongs to this worker, by a commit up to ``offset`` or the oldest erasure marker."""
        await self._shared.committer.confirm(self._tp, self._held(offset))

    def _is_over(self, stored: bytes) -> bool:
        """Whether a stored record is still the marker of an erasure done here: a former owner may have gone on."""
        return is_erasure_marker(stored) and decode(stored)[1] < self._done

    def _note(self, offset: int) -> None:
        self._done = offset
        self._shared.committer.note(self._tp, self._held(offset))

    def _held(self, offset: int) -> int:
        return min([offset, *(marker.offset for marker in self._markers)])

    def _store(self) -> Store:
        assert self._recovered is not None
        return self._recovered.store

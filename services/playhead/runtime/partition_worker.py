"""One partition's work: batches one after the other, so that partitions take turns while others wait for the broker.

A partition worker opens what belongs to its partition and takes what was fetched in the order of offsets, each range beginning where
the one before it ended, so that none is missing; an offset without a record is in a range like any other. During a
rebalance the worker rests: with its batch in hand finished if that is quick, dropped otherwise. It goes on where
the partition stays and ends where another worker has it now, which reads again what was dropped.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.commits import Lost
from playhead.runtime.fetched import Fetched
from playhead.runtime.logs import Log

log = Log(__name__)

BATCH = 1000
"""Records that are worked on together at most: what came in several polls is joined up to here."""
ROOM = 2 * BATCH
"""Waiting records from which on no more are fetched."""

Batch = list[Incoming]


class Work(Protocol):
    """The work of a role on one partition."""

    @property
    def waits(self) -> bool:
        """Whether the work stands still on purpose, and has reported it."""

    async def open(self) -> int | None:
        """Gets ready; records may wait meanwhile. Returns the offset from which committed records must be read again, or None."""

    async def process(self, batch: Batch) -> None:
        """Makes the effects of a batch durable; only then may the next one come.

        Raises:
            Lost: the partition belongs to another worker.
        """

    def pass_over(self, offset: int) -> None:
        """Counts everything before ``offset`` as done: no record stands between the last batch and it."""

    def due_s(self) -> float | None:
        """Seconds until ``tick`` wants to be called if no batch comes before, None for not at all."""

    async def tick(self) -> None:
        """Does what is due without a batch."""

    def measure(self) -> None:
        """Updates metrics, about once a second."""

    async def close(self, *, finished: bool) -> None:
        """Closes everything; ``finished``: no batch was dropped, so that what is left may be written."""


class PartitionWorker:
    """The queue of one partition and the task that empties it."""

    def __init__(
        self, tp: TP, work: Work, made_room: Callable[[], None], rewind: Callable[[int], Awaitable[None]]
    ) -> None:
        self.tp = tp
        self._work = work
        self._made_room = made_room
        self._rewind = rewind
        self._waiting: deque[Fetched] = deque()
        self._waiting_records = 0
        self._next: int | None = None
        self._finished: int | None = None
        self._back_to: int | None = None
        self._rewinding: asyncio.Task[None] | None = None
        self._behind_at: int | None = None
        self._searched: int | None = None
        self._arrived = asyncio.Event()
        self._stopping = False
        self._resting = False
        self._ours = True
        self._free = asyncio.Event()
        """Set while no batch is in hand."""
        self._opened = False
        self.task = asyncio.create_task(self._run(), name=f"partition worker {tp.topic} {tp.partition}")

    @property
    def has_room(self) -> bool:
        """Whether another batch may be fetched."""
        return self._waiting_records < ROOM and not self._stopping and not self._resting

    @property
    def is_open(self) -> bool:
        """Whether the work is ready for batches."""
        return self._opened

    @property
    def place(self) -> int | None:
        """Offset of the next record to finish; None before there is one, at rest, and while the work waits on purpose."""
        return self._finished if self._opened and not self._resting and not self._work.waits else None

    def measure(self) -> None:
        """Lets the work update its metrics, while it is open."""
        if self._opened and not self._stopping and not self.task.done():
            self._work.measure()

    def begin(self, offset: int) -> None:
        """Sets where the next batch begins; what was fetched before is not taken. A partition worker at rest goes on."""
        self._next = self._finished = offset if self._back_to is None else min(offset, self._back_to)
        self._resting = False
        self._arrived.set()

    def offer(self, fetched: Fetched) -> None:
        """Queues fetched records if they come next; if something before them is missing, has that read first."""
        if self._stopping or self._resting or not self._is_next(fetched):
            return
        self._next = fetched.end
        self._waiting.append(fetched)
        self._waiting_records += len(fetched.records)
        self._arrived.set()

    def look_for_missing(self, position: int) -> None:
        """Compares how far the partition was fetched with how far batches arrived; one that never came is read again.

        On a partition that falls quiet no later batch shows the gap. A batch counts as lost when two calls in a row
        find the same gap, as it may be on its way; each gap is read again once.
        """
        begun = (
            self._next is not None and self._rewinding is None and not self._stopping and not self._resting
        )
        if not begun or self._next in {position, self._searched}:
            self._behind_at = None
        elif self._behind_at != self._next:
            self._behind_at = self._next
        else:
            assert self._next is not None
            self._searched, self._behind_at = self._next, None
            self._rewinding = asyncio.create_task(self._read_again(self._next))

    async def rest(self, within_s: float) -> bool:
        """Takes nothing more until ``begin``; returns whether the batch in hand was finished in time.

        A worker that did not finish, or has not opened yet, must be stopped: it may write when another owns its partition.
        """
        self._resting = True
        self._next = self._behind_at = self._searched = None
        self._waiting.clear()
        self._waiting_records = 0
        if self._rewinding is not None:
            self._rewinding.cancel()
        if not self._opened or self.task.done():
            return False
        try:
            await asyncio.wait_for(self._free.wait(), within_s)
        except TimeoutError:
            return False
        return not self.task.done()

    async def stop(self, within_s: float, *, ours: bool = True) -> None:
        """Ends after the batch in hand, or without it when that takes longer than ``within_s``.

        ``ours``: nobody else has the partition yet, so that what is left may still be written.
        """
        self._stopping = True
        self._ours = ours
        self._arrived.set()
        # A partition worker that is still opening has no batch in hand to wait for.
        _, late = await asyncio.wait({self.task}, timeout=within_s if self._opened else 0)
        if late:
            log.warning(
                "partition worker cut short",
                topic=self.tp.topic,
                partition=self.tp.partition,
                opened=self._opened,
            )
            self.task.cancel()
            await asyncio.wait({self.task})

    def _is_next(self, fetched: Fetched) -> bool:
        if self._next is None or self._rewinding is not None or fetched.end <= self._next:
            return False
        if fetched.begin > self._next:
            self._rewinding = asyncio.create_task(self._read_again(self._next))
            return False
        return True

    async def _read_again(self, offset: int) -> None:
        where = {"topic": self.tp.topic, "partition": self.tp.partition, "offset": offset}
        log.warning("batch missing: reading again", **where)
        try:
            await self._rewind(offset)
        except Exception as error:  # noqa: BLE001 - the next batch is refused as well and asks again
            log.warning("can't read again", why=repr(error), **where)
        finally:
            self._rewinding = None

    async def _run(self) -> None:
        finished = False
        try:
            self._go_back(await self._work.open())
            self._opened = True
            while not self._stopping:
                await self._turn()
            finished = True
        except Lost:
            log.warning("partition lost: batch dropped", topic=self.tp.topic, partition=self.tp.partition)
        finally:
            self._free.set()
            await self._work.close(finished=finished and self._ours)

    def _go_back(self, offset: int | None) -> None:
        """Goes back to an offset, from which records are read again like missing ones; None changes nothing."""
        self._back_to = offset
        if offset is not None and self._finished is not None and offset < self._finished:
            self._waiting.clear()
            self._waiting_records = 0
            self._next = self._finished = offset
            if self._rewinding is None:
                self._rewinding = asyncio.create_task(self._read_again(offset))

    async def _turn(self) -> None:
        if self._resting:
            await self._wait(None)
            return
        if self._waiting:
            batch, end = self._take()
            if batch:
                await self._work.process(batch)
            if not batch or batch[-1].offset + 1 < end:
                self._work.pass_over(end)
            self._finished, self._back_to = end, None
        due_s = self._work.due_s()
        if due_s is not None and due_s <= 0:
            await self._work.tick()
        elif not self._waiting:
            await self._wait(due_s)

    async def _wait(self, timeout_s: float | None) -> None:
        self._arrived.clear()
        if self._stopping:
            return
        self._free.set()
        try:
            await asyncio.wait_for(self._arrived.wait(), timeout_s)
        except TimeoutError:
            return
        finally:
            self._free.clear()

    def _take(self) -> tuple[Batch, int]:
        """The records to work on next, and the offset up to which they are complete."""
        _, _, end, batch = self._waiting.popleft()
        while self._waiting and len(batch) + len(self._waiting[0].records) <= BATCH:
            _, _, end, more = self._waiting.popleft()
            batch = batch + more
        self._waiting_records -= len(batch)
        self._made_room()
        return batch, end

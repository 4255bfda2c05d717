"""Batches that come at about the same time are finished together: a ranking alone costs three times what it costs among ten.

Each partition has a partition worker of its own, and under load all of them are on their way most of the time, each with a few events. What the
partition workers still need once their events are folded, examples and rankings, is computed for all at once; each then sends and stores its own as
if it had been alone. A partition worker with a queue waits for those that are delivering, and will begin anew in a moment; one with an event or two does not.
"""

import asyncio
import time
from collections.abc import Sequence

from playhead.domain.records import Effects, Incoming, Source
from playhead.personalize.core import FoldedBatch, ReadRecords
from playhead.runtime.roles import PersonalizerRole

PATIENCE_S = 0.02
"""Longest wait for partition workers that are delivering, which takes them some 3 ms, and longer where the processor is not theirs."""
QUEUED = 4
"""Batch size from which a worker may have a queue. A smaller batch waits for no worker, and those that wait are finished with it."""
LARGE_BATCH = 200
"""Batch size from which a batch gains little by being finished with others, and would keep them waiting."""


class MicroBatcher:
    """Joins the steps of all partition workers of a process."""

    def __init__(self, personalizer: PersonalizerRole) -> None:
        self._personalizer = personalizer
        self._begun: list[tuple[FoldedBatch, asyncio.Future[None]]] = []
        self._delivering: set[int] = set()
        self._finishing: asyncio.Handle | None = None

    async def step(self, batch: Sequence[Incoming], read: ReadRecords, source: Source) -> Effects:
        """Steps a batch of events of one partition and returns its effects; the partition worker calls ``done`` after it."""
        self._delivering.discard(source.partition)  # it does its batch once more when its store was broken
        part = self._personalizer.begin(batch, read, source, time.time_ns() // 1_000_000)
        if len(batch) < LARGE_BATCH:
            await self._finish_with_others(part, patient=len(batch) >= QUEUED)
        else:
            self._personalizer.finish([part])
        self._delivering.add(source.partition)
        return part.effects

    def done(self, partition: int) -> None:
        """Notes that the partition worker has delivered its batch, or given it up."""
        self._delivering.discard(partition)
        if self._begun and not self._delivering:
            self._finish_in(0.0)

    async def _finish_with_others(self, part: FoldedBatch, *, patient: bool) -> None:
        finished = asyncio.get_running_loop().create_future()
        self._begun.append((part, finished))
        if not (patient and self._delivering):
            self._finish_in(0.0)
        elif len(self._begun) == 1:
            self._finish_in(PATIENCE_S)
        await finished

    def _finish_in(self, wait_s: float) -> None:
        """Finishes soon, but after the partition workers that have been woken already, which are about to begin."""
        loop = asyncio.get_running_loop()
        if self._finishing is not None:
            self._finishing.cancel()
        self._finishing = loop.call_later(wait_s, self._finish) if wait_s else loop.call_soon(self._finish)

    def _finish(self) -> None:
        # A worker that no longer waits has lost its partition.
        begun = [(part, finished) for part, finished in self._begun if not finished.done()]
        self._begun.clear()
        self._finishing = None
        try:
            if begun:
                self._personalizer.finish([part for part, _ in begun])
        except Exception as error:  # noqa: BLE001 - every worker that waits gets it
            for _, finished in begun:
                finished.set_exception(error)
        else:
            for _, finished in begun:
                finished.set_result(None)

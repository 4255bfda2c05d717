"""The partition workers of a process: one for each partition of the present assignment.

A rebalance takes all partitions from all workers of a group for a moment, and most come back to where
they were. Closing and opening their stores would be most of that moment.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from faust.types import TP

from playhead.observe import metrics
from playhead.runtime.fetched import Fetched
from playhead.runtime.partition_worker import PartitionWorker, Work

FINISH_S = 2.0
"""Time for the batches in hand when partitions are revoked; with the rest of a stop it stays below 5 seconds."""

Rewind = Callable[[TP, int], Awaitable[None]]


class PartitionWorkers:
    """Starts partition workers when partitions are assigned, stops them when they are revoked, and passes batches on."""

    def __init__(
        self,
        topic: str,
        make_work: Callable[[TP], Work],
        rewind: Rewind,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._topic = topic
        self._make_work = make_work
        self._rewind = rewind
        self._failed = failed
        self._workers: dict[TP, PartitionWorker] = {}
        self._room = asyncio.Event()

    async def start(self, assigned: Iterable[TP], *, stayed: bool) -> None:
        """Makes a partition worker for each assigned partition of the role's topic, and no other.

        ``stayed``: no other worker can have owned a partition that was ours before and is now, so its partition worker goes
        on as it is. Otherwise it opens anew, to read what another may have written.
        """
        wanted = {tp for tp in assigned if tp.topic == self._topic}
        ended = {tp for tp in self._workers if tp not in wanted or not stayed}
        await self._end(ended, FINISH_S, ours=False)
        for tp in wanted - self._workers.keys():
            self._workers[tp] = worker = self._make(tp)
            worker.task.add_done_callback(self._ended)
        metrics.OWNED_PARTITIONS.labels(self._topic).set(len(self._workers))

    async def rest(self) -> None:
        """Finishes batches in hand and takes no more, while partitions may be reassigned; a worker that can't finish is ended."""
        workers = dict(self._workers)
        rested = await asyncio.gather(*(worker.rest(FINISH_S) for worker in workers.values()))
        await self._end({tp for tp, rests in zip(workers, rested, strict=True) if not rests}, 0.0, ours=False)

    async def stop(self) -> None:
        """Ends all partition workers at once."""
        metrics.OWNED_PARTITIONS.labels(self._topic).set(0)
        await self._end(set(self._workers), FINISH_S, ours=True)

    async def _end(self, partitions: set[TP], within_s: float, *, ours: bool) -> None:
        workers = [self._workers.pop(tp) for tp in partitions]
        await asyncio.gather(*(worker.stop(within_s, ours=ours) for worker in workers))

    def offer(self, fetched: Fetched) -> None:
        """Hands fetched records to their partition worker; without one, the partition is no longer assigned."""
        worker = self._workers.get(fetched.tp)
        if worker is not None:
            worker.offer(fetched)

    def begin(self, offsets: Mapping[TP, int]) -> None:
        """Passes on where reading begins."""
        for tp, offset in offsets.items():
            if tp in self._workers:
                self._workers[tp].begin(offset)

    def places(self) -> dict[TP, int | None]:
        """Offset of the next record to finish in each partition worker; None where it is not at work, or stands on purpose."""
        return {tp: worker.place for tp, worker in self._workers.items()}

    @property
    def are_open(self) -> bool:
        """Whether each partition worker has its store and knows titles and models; with no partition there is nothing to open."""
        return all(worker.is_open for worker in self._workers.values())

    def measure(self) -> None:
        """Lets each partition worker update its metrics."""
        for worker in self._workers.values():
            worker.measure()

    def with_room(self, partitions: Iterable[TP]) -> set[TP]:
        """The partitions whose worker can take another batch."""
        return {tp for tp in partitions if tp in self._workers and self._workers[tp].has_room}

    def look_for_missing(self, reached: Mapping[TP, int]) -> None:
        """Lets each partition worker compare what it got with the offset up to which its partition was fetched."""
        for tp, worker in self._workers.items():
            if tp in reached:
                worker.look_for_missing(reached[tp])

    async def wait_for_room(self, timeout_s: float) -> None:
        """Returns when a partition worker took something from its queue, or the time is over."""
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), timeout_s)
        except TimeoutError:
            return

    def _make(self, tp: TP) -> PartitionWorker:
        return PartitionWorker(
            tp, self._make_work(tp), self._room.set, lambda offset: self._rewind(tp, offset)
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)

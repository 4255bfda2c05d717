"""Which lanes there are: one for each partition of the present assignment.

A group that finds a new order takes all partitions from all its workers for a moment, and most come back to where
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
    """Starts lanes when partitions are assigned, stops them when they are revoked, and passes batches on."""

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
        self._lanes: dict[TP, PartitionWorker] = {}
        self._room = asyncio.Event()

    async def start(self, assigned: Iterable[TP], *, stayed: bool) -> None:
        """Have a lane for each assigned partition of the role's topic, and no other.

        ``stayed``: nobody else can have owned what was ours before and is now, so that those lanes go on as they
        are. Otherwise they open anew, to read what another may have done.
        """
        wanted = {tp for tp in assigned if tp.topic == self._topic}
        ended = {tp for tp in self._lanes if tp not in wanted or not stayed}
        await self._end(ended, FINISH_S, ours=False)
        for tp in wanted - self._lanes.keys():
            self._lanes[tp] = lane = self._make(tp)
            lane.task.add_done_callback(self._ended)
        metrics.LANES.labels(self._topic).set(len(self._lanes))

    async def rest(self) -> None:
        """Have no batch in hand and take none, while partitions may go to other workers; what can't is ended."""
        lanes = dict(self._lanes)
        rested = await asyncio.gather(*(lane.rest(FINISH_S) for lane in lanes.values()))
        await self._end({tp for tp, rests in zip(lanes, rested, strict=True) if not rests}, 0.0, ours=False)

    async def stop(self) -> None:
        """End all lanes, together."""
        metrics.LANES.labels(self._topic).set(0)
        await self._end(set(self._lanes), FINISH_S, ours=True)

    async def _end(self, partitions: set[TP], within_s: float, *, ours: bool) -> None:
        lanes = [self._lanes.pop(tp) for tp in partitions]
        await asyncio.gather(*(lane.stop(within_s, ours=ours) for lane in lanes))

    def offer(self, fetched: Fetched) -> None:
        """Hand what was fetched to its lane; without one, the partition isn't ours and this is someone else's."""
        lane = self._lanes.get(fetched.tp)
        if lane is not None:
            lane.offer(fetched)

    def begin(self, offsets: Mapping[TP, int]) -> None:
        """Tell each lane where reading begins."""
        for tp, offset in offsets.items():
            if tp in self._lanes:
                self._lanes[tp].begin(offset)

    def places(self) -> dict[TP, int | None]:
        """Offset of the next record to finish in each lane; None where it is not at work, or stands on purpose."""
        return {tp: lane.place for tp, lane in self._lanes.items()}

    @property
    def are_open(self) -> bool:
        """Whether each lane has its store and knows titles and models; with no partition there is nothing to open."""
        return all(lane.is_open for lane in self._lanes.values())

    def measure(self) -> None:
        """Let each lane's work say how it is."""
        for lane in self._lanes.values():
            lane.measure()

    def with_room(self, partitions: Iterable[TP]) -> set[TP]:
        """Those partitions whose lane can take a batch."""
        return {tp for tp in partitions if tp in self._lanes and self._lanes[tp].has_room}

    def look_for_missing(self, reached: Mapping[TP, int]) -> None:
        """Let each lane compare what it got with the offset up to which its partition was fetched."""
        for tp, lane in self._lanes.items():
            if tp in reached:
                lane.look_for_missing(reached[tp])

    async def wait_for_room(self, timeout_s: float) -> None:
        """Return when a lane took something from its queue, or the time is over."""
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

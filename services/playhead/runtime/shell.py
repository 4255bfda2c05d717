"""A worker of one role, put together: Faust around partition workers around the core."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any

from faust.types import TP

from playhead.domain.access import topics_of
from playhead.domain.errors import Unavailable
from playhead.domain.topics import TopicLayout, layout_of, partitions
from playhead.observe import metrics
from playhead.runtime import liveness, measuring, memory, pulse
from playhead.runtime.app import make_app
from playhead.runtime.commits import Committer
from playhead.runtime.connection import producer_config
from playhead.runtime.differences import of_partitions
from playhead.runtime.fetched import Fetched
from playhead.runtime.fetching import Fetch
from playhead.runtime.logs import Log
from playhead.runtime.outbox import Outbox
from playhead.runtime.partition_worker import Work
from playhead.runtime.partition_workers import PartitionWorkers
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe

log = Log(__name__)

CRASH_LOOK_S = 0.2
READY_LOOK_S = 0.05
MISSING_LOOK_S = 1.0
"""A batch that Faust lost on a quiet partition is found and read again within two looks."""
LEAVE_S = 1.0
MakeWork = Callable[[TP], Work]


class Shell:
    """Owns the Faust app of a role and everything beside it. Make it inside a running event loop."""

    def __init__(self, role: str, topic: str, settings: Settings, fetch: Fetch) -> None:
        self.settings = settings
        self.role = role
        self.topic = topic
        self.failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        """Set once, when the process can't go on."""
        self.outbox = Outbox(producer_config(settings))
        self.committer = Committer(role, self._commit)
        self._make_work: MakeWork | None = None
        self._laid_out: Callable[[TopicLayout], None] = lambda _: None
        self._generation = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.workers = PartitionWorkers(topic, self._work, self._rewind, self.fail)
        self.app = make_app(role, topic, settings, fetch, self.workers, self._offer)
        self.app.on_partitions_assigned.connect(self._assigned)
        self.app.on_partitions_revoked.connect(self._revoked)

    def works_by(self, make_work: MakeWork) -> None:
        """Sets the work of the partition workers."""
        self._make_work = make_work

    def when_laid_out(self, callback: Callable[[TopicLayout], None]) -> None:
        """Sets a function that gets the layout of this broker's topics before there is any work."""
        self._laid_out = callback

    def beside(self, running: Coroutine[Any, Any, None]) -> None:
        """Runs a task beside the partition workers, for as long as the worker lives; its failure is the worker's."""
        task = asyncio.create_task(running)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def run(self) -> None:
        """Starts Faust; returns when it has its assignment, and all that belongs to that is open.

        Raises:
            Unavailable: the broker doesn't answer, or a topic is missing or has too few partitions.
        """
        await self._need_topics()
        await asyncio.to_thread(self.outbox.connect)
        self.beside(self.committer.run())
        self.beside(self._watch())
        self.beside(memory.give_back())
        self.beside(pulse.give_pulse(pulse.pulse_path(self.settings, self.role)))
        await self.app.start()
        self.beside(self._look_for_missing())
        self.beside(measuring.run(self.topic, self.workers, self.app.consumer))
        topics = topics_of(self.role)
        self.beside(liveness.watch(self.settings, self.topic, topics, self.workers, self._leave))
        while not self.workers.are_open:  # noqa: ASYNC110 - once a start, of tasks that come and go
            await asyncio.sleep(READY_LOOK_S)
        metrics.READY.set(1)

    async def _need_topics(self) -> None:
        topics = await asyncio.to_thread(describe, self.settings, *topics_of(self.role))
        there = {name: topic.partitions for name, topic in topics.items()}
        self.outbox.layout = layout_of(there)
        self._laid_out(self.outbox.layout)
        metrics.PARTITIONS.labels(self.topic).set(partitions(self.outbox.layout)[self.topic])
        for problem in of_partitions(there, self.outbox.layout):
            if problem.state == "broken":
                raise problem.error()
            log.warning("a topic is not as it should be", why=str(problem))

    async def stop(self) -> None:
        """Finishes batches in hand, commits them and leaves the group, so that others take over at once."""
        await self.workers.stop()
        await self.committer.flush()
        await self._leave()
        await self.app.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.outbox.close)

    async def _leave(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.app.consumer.leave(), LEAVE_S)

    def fail(self, error: BaseException) -> None:
        """Ends the process with this error; the supervisor starts it again."""
        if not self.failure.done():
            self.failure.set_result(error)

    def _work(self, tp: TP) -> Work:
        assert self._make_work is not None
        return self._make_work(tp)

    def _offer(self, fetched: Fetched) -> None:
        try:
            self.workers.offer(fetched)
        except Exception as error:
            # Faust would start the agent again and go on without it.
            self.fail(error)
            raise

    async def _assigned(self, _: Any, assigned: Iterable[TP], **__: Any) -> None:
        # The group numbers its assignments: with none in between, nobody else owned what was ours and is again.
        before, self._generation = self._generation, self.app.consumer_generation_id
        await self.workers.start(assigned, stayed=self._generation == before + 1)

    async def _revoked(self, _: Any, revoked: Iterable[TP], **__: Any) -> None:
        lost = sorted(tp.partition for tp in revoked if tp.topic == self.topic)
        if lost:
            log.info("partitions revoked", partitions=lost)
        await self.workers.rest()
        await self.committer.flush()
        self.committer.forget()

    async def _rewind(self, tp: TP, offset: int) -> None:
        await self.app.consumer.seek_wait({tp: offset})

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        consumer = self.app.consumer
        ours = {tp: offset for tp, offset in offsets.items() if tp in consumer.assignment()}
        return bool(ours) and bool(await consumer._commit(ours))  # noqa: SLF001 - past Faust's acks, on purpose

    async def _look_for_missing(self) -> None:
        while True:
            await asyncio.sleep(MISSING_LOOK_S)
            self.workers.look_for_missing(self.app.consumer.reached)

    async def _watch(self) -> None:
        # Faust marks a crash from its consumer's thread too, so no event of this loop tells of it.
        while not self.app._crashed.is_set():  # noqa: SLF001, ASYNC110 - mode has no public name for it
            await asyncio.sleep(CRASH_LOOK_S)
        raise Unavailable(f"Faust crashed: {self.app.crash_reason!r}.", "See the log before this.")

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)

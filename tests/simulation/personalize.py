"""A personalize worker whose coroutines a scheduler drives: the real core, the real order of a batch, fake ports."""

from collections.abc import Coroutine, Mapping, Sequence
from random import Random
from typing import Any, cast

from faust.types import TP
from tests.simulation.fakes import Broker, Disk, Outbox, Ticket
from tests.simulation.story import EXPERIMENT, PARTITIONS

from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects, Incoming, Source
from playhead.domain.topics import EVENTS, EXPERIMENTS, PROFILES_CHANGELOG
from playhead.personalize.core import Personalizer, ReadRecords
from playhead.personalize.recipe import Recipe
from playhead.runtime.changelog import Changelog
from playhead.runtime.commits import Committer, Lost
from playhead.runtime.personalize import Personalization, PersonalizeServices
from playhead.runtime.recovery import Recovered
from playhead.runtime.settings import Settings
from playhead.runtime.store import Position

EPOCH = 7
NOW_MS = 1_767_225_600_000


class Crashed(Exception):
    """The process ended: what it waited for will not come."""


class Alone:
    """Steps that wait for nobody: what the scheduler drives are coroutines without an event loop."""

    def __init__(self, core: Personalizer) -> None:
        self._core = core

    async def step(self, batch: Sequence[Incoming], read: ReadRecords, source: Source) -> Effects:
        return self._core.step(batch, read, source, NOW_MS)

    def done(self, partition: int) -> None:
        pass


class PartitionWorker:
    """One partition at one worker: what it reads next, and the batch or the tick in hand."""

    def __init__(self, work: Personalization, partition: int, offset: int, member: object) -> None:
        self.work = work
        self.partition = partition
        self.next = offset
        self.pass_to: int | None = None
        """Where what is in hand ends, if there is no record just before."""
        self.member = member
        """Whom the group counted as the partition's owner when this partition_worker was opened."""
        self.running: Coroutine[Any, Any, None] | None = None
        self.waits_for: Ticket | None = None

    @property
    def ready(self) -> bool:
        """Whether what is in hand can go on."""
        ticket = self.waits_for
        return self.running is not None and (ticket is None or not ticket.open or ticket.failed)

    def go_on(self) -> None:
        """Run to the next place where it waits.

        Raises:
            Crashed: a record was not delivered.
            Lost: the group has given the partition to another worker.
        """
        assert self.running is not None
        try:
            self.waits_for = self.running.send(None)
        except StopIteration:
            self.running = self.waits_for = None
            self.pass_over()
        except Unavailable as error:
            raise Crashed from error

    def pass_over(self) -> None:
        if self.pass_to is not None:
            self.work.pass_over(self.pass_to)
        self.pass_to = None

    def drop(self) -> None:
        if self.running is not None:
            self.running.close()
        self.running = self.waits_for = None


class Worker:
    """One life of a process; ``disks`` are its instance's, and outlive it."""

    def __init__(
        self, instance: str, broker: Broker, recipe: Recipe, disks: dict[int, Disk], random: Random
    ) -> None:
        self.instance = instance
        self.broker = broker
        self.disks = disks
        self.core = Personalizer(recipe)
        self.core.follow(EXPERIMENTS, *EXPERIMENT)
        self.outbox = Outbox(broker, random)
        self._random = random
        self.committer = Committer("personalize", self._commit)
        self.partition_workers: dict[int, PartitionWorker] = {}
        self.read_until = -1
        """The generation of the group that it knows of."""
        self.stopped = False
        """Whether it was sent SIGSTOP, and does nothing."""

    @property
    def is_behind(self) -> bool:
        """Whether ownership has moved since it heard of the group."""
        return self.read_until != self.broker.generation

    def open(self, partition: int) -> None:
        """Catch up with the changelog, and read on where the group's offset is."""
        disk = self.disks.setdefault(partition, Disk())
        disk.recover(self.broker.read(PROFILES_CHANGELOG, partition, disk.position().offset))
        surroundings = PersonalizeServices(
            *cast("Any", (Settings(), Alone(self.core), None, self.outbox, self.committer, None, None, None))
        )
        work = Personalization(TP(EVENTS, partition), surroundings)
        work._source = Source(EPOCH, partition, len(PARTITIONS))
        end = Position(0, self.broker.end(PROFILES_CHANGELOG, partition))
        work._recovered = Recovered(cast("Any", disk), 0, end.offset, 0)
        work._changelog = cast("Any", Changelog)(
            TP(EVENTS, partition), self.broker, self.outbox, self.committer, end
        )
        self.partition_workers[partition] = PartitionWorker(
            work, partition, self.broker.committed.get(partition, 0), self.broker.owner[partition]
        )

    def close(self, partition: int) -> None:
        """Revoked: what is in hand is dropped; what was sent is on its way all the same, and the store is closed."""
        self.partition_workers.pop(partition).drop()
        self.disks[partition].flush()

    def begin(self, partition_worker: PartitionWorker, count: int) -> None:
        """Take the next records of a partition_worker's partition in hand."""
        batch = self.broker.read(EVENTS, partition_worker.partition, partition_worker.next, count)
        partition_worker.next = min(
            partition_worker.next + count, self.broker.end(EVENTS, partition_worker.partition)
        )
        if not batch or batch[-1].offset + 1 < partition_worker.next:
            partition_worker.pass_to = partition_worker.next
        if batch:
            partition_worker.running = partition_worker.work.process(batch)
            self.go_on(partition_worker)
        else:
            partition_worker.pass_over()

    def tick(self, partition_worker: PartitionWorker) -> None:
        partition_worker.running = partition_worker.work.tick()
        self.go_on(partition_worker)

    def go_on(self, partition_worker: PartitionWorker) -> None:
        try:
            partition_worker.go_on()
        except Lost:
            self.close(partition_worker.partition)

    def commit(self) -> None:
        """What the committer does 50 times a second."""
        _finish(self.committer.flush())

    def is_lost(self, partition_worker: PartitionWorker) -> bool:
        """Whether the group has given the partition_worker's partition away, and perhaps back again."""
        return partition_worker.member is not self.broker.owner[partition_worker.partition]

    def rejoin(self) -> None:
        """Hear of what the group did meanwhile: as the shell does, end all partition_workers and open those of its partitions."""
        for partition in list(self.partition_workers):
            self.close(partition)
        self.commit()
        self.committer.forget()
        self.read_until = self.broker.generation
        for partition, member in self.broker.owner.items():
            if member.instance == self.instance:
                self.open(partition)

    def die(self) -> None:
        """Stores keep what was flushed; RocksDB may have done so by itself at any time."""
        for partition in list(self.partition_workers):
            self.partition_workers.pop(partition).drop()
            if self._random.random() < 0.5:
                self.disks[partition].crash()
        self.outbox.lose()

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        ours = {
            tp.partition: offset for tp, offset in offsets.items() if tp.partition in self.partition_workers
        }
        if not ours or any(self.is_lost(self.partition_workers[partition]) for partition in ours):
            return False
        self.broker.committed.update(ours)
        return True


def _finish(running: Coroutine[Any, Any, Any]) -> None:
    try:
        running.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited for something")

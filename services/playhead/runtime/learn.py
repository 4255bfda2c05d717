"""What the learn role does with a batch of examples, and when it publishes what it learned."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from faust.types import TP

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EXAMPLES, MODELS, TITLES
from playhead.observe import metrics, watching
from playhead.observe.quality import QUALITY
from playhead.runtime.beyond import Beyond
from playhead.runtime.commits import Committer, Lost
from playhead.runtime.dead_letters import send_dead_letters
from playhead.runtime.fetching import GATHERED
from playhead.runtime.follower import Follower
from playhead.runtime.logs import Log
from playhead.runtime.outbox import Outbox
from playhead.runtime.partition_worker import Work
from playhead.runtime.publication import Publisher
from playhead.runtime.reading import Reader
from playhead.runtime.roles import Learner, Learners
from playhead.runtime.settings import Settings
from playhead.runtime.shell import Shell
from playhead.runtime.skipped import Skipped
from playhead.runtime.slices import in_slices
from playhead.runtime.topology import describe
from playhead.runtime.worker import run

log = Log(__name__)

AGAIN, AGAIN_S = 200, 0.05
"""Examples that are learned again without a turn for others, some milliseconds; and how long so many are waited for."""


def run_learn(settings: Settings, learners: Learners) -> int:
    """Work as learn until told to stop, and return 0; a failure ends the process with 1."""
    return run("learn", settings, lambda: _app(settings, learners))


def _app(settings: Settings, learners: Learners) -> Shell:
    shell = Shell("learn", EXAMPLES, settings, GATHERED)
    follower = Follower(settings, (TITLES,), learners.follow)
    shared = SharedServices(settings, learners, follower, shell.outbox, shell.committer)
    shell.works_by(lambda tp: work_of(tp, shared))
    shell.when_laid_out(lambda layout: learners.spread(layout.shards))
    shell.beside(follower.run())
    return shell


def work_of(tp: TP, shared: "SharedServices") -> Work:
    """What is done with a partition of examples."""
    if tp.partition < shared.outbox.layout.shards:
        return Learning(tp, shared)
    return Beyond(tp, shared.committer, partial(_refuse, shared.outbox, tp))


async def _refuse(outbox: Outbox, tp: TP, batch: Sequence[Incoming]) -> None:
    """No shard learns them: what came before on a shard's own partition may be newer."""
    reason = Rejected(
        f"The example stands on partition {tp.partition} of {EXAMPLES}, and there are {outbox.layout.shards} shards.",
        "Run workers of this version only: they put no example there.",
    )
    await send_dead_letters(outbox, [(record, reason) for record in batch], f"{EXAMPLES} {tp.partition}")


@dataclass(frozen=True)
class SharedServices:
    """What all shards of a process share."""

    settings: Settings
    learners: Learners
    follower: Follower
    outbox: Outbox
    committer: Committer


class Learning:
    """The work of one partition of examples, which is one shard of the models.

    The offset is committed only up to what a publication covers, and the publication says up to where that is:
    whatever was learned and not published is learned again by the next owner, nothing is learned twice.
    """

    def __init__(self, tp: TP, shared: SharedServices) -> None:
        self.waits = False
        self._tp = tp
        self._shared = shared
        self._learner: Learner = shared.learners.learner(tp.partition)
        self._source = Source(0, tp.partition)
        self._publisher: Publisher | None = None
        self._skipped = Skipped()
        self._published_at = 0.0
        self._learned: int | None = None
        self._done: int | None = None
        """Offset of the first example that no publication of this worker covers."""
        self._oldest_ms: int | None = None
        """Broker timestamp of the oldest example that is learned and not published."""

    async def open(self) -> None:
        """Shut out the former owner, then read what it published: in this order nothing can come in between.

        The catalogue comes first: a choice is learned by what the titles are.
        """
        await self._shared.follower.caught_up(TITLES)
        settings, shard = self._shared.settings, self._tp.partition
        self._publisher = await asyncio.to_thread(Publisher, settings, shard)
        found = await asyncio.to_thread(describe, settings, EXAMPLES)
        self._source = Source(found[EXAMPLES].epoch, shard)
        await self._restore(await asyncio.to_thread(lambda: Reader(settings, MODELS, whole=True)))
        position = self._learner.position(self._source.epoch)
        if self._learner.begin():
            log.warning(
                "models partly unreadable: learned again and overwritten", shard=shard, position=position
            )
            await self._learn_again(position)
        log.info("learner restored", shard=shard, position=self._learner.position(self._source.epoch))

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Learn what is new in a batch; dead letters are on the broker before anything is committed."""
        position = self._learner.position(self._source.epoch)
        if self._done is None:
            self._done = batch[0].offset
        fresh = [record for record in batch if record.offset >= position]
        watching.received("learn", batch)
        laps = watching.StageRecorder("learn")
        rejected = self._learner.learn(fresh, self._source) if fresh else []
        laps.lap("learn")
        QUALITY.learned(self._learner.foreseen())
        if fresh and self._oldest_ms is None:
            self._oldest_ms = fresh[0].timestamp_ms
        metrics.EXAMPLES.labels(str(self._tp.partition)).inc(len(fresh) - len(rejected))
        if rejected:
            self.waits = True
            await send_dead_letters(self._shared.outbox, rejected, f"{EXAMPLES} {self._tp.partition}")
            self.waits = False
        self._learned = batch[-1].offset + 1

    def pass_over(self, offset: int) -> None:
        """Have it committed: now where all that was learned is published, with the next publication otherwise."""
        if self._learned is None:
            self._shared.committer.note(self._tp, offset)
        else:
            self._learned = offset

    def due_s(self) -> float | None:
        """Right after a batch if nothing was published lately, otherwise when the interval is over.

        Other viewers' actions arrive within two seconds: by default one here, the rest for the way.
        """
        if self._learned is None:
            return None
        return self._published_at + self._shared.settings.publish_every_s - time.monotonic()

    async def tick(self) -> None:
        """Publish what changed and commit what that covers."""
        learned, self._learned = self._learned, None
        self._published_at = time.monotonic()
        records = self._learner.publish(time.time_ns() // 1_000_000)
        oldest_ms, self._oldest_ms = self._oldest_ms, None
        if records:
            assert self._publisher is not None
            laps = watching.StageRecorder("learn")
            try:
                await asyncio.to_thread(self._publisher.publish, records)
            except Lost:
                await self._told_by_the_group()
                raise
            laps.lap("publish")
            watching.published(records, oldest_ms)
        if learned is not None:
            self._shared.committer.note(self._tp, learned)
            self._done = learned

    async def _told_by_the_group(self) -> None:
        """Who is shut out has lost its partition, unless the group says that it has not: then it would stand still for ever."""
        if self._done is not None:
            await self._shared.committer.confirm(self._tp, self._done, at_once=True)
            raise Unavailable(
                f"Something else published models of shard {self._tp.partition} under this worker's name.",
                "None after playhead models repair: the worker starts again from what is there. Otherwise look for a"
                " second group of learn workers.",
            )

    def measure(self) -> None:
        """Nothing: what there is to say is said with each batch and publication."""

    async def close(self, *, finished: bool) -> None:
        """Publish the rest if nothing is half done."""
        if finished and self._learned is not None:
            await self.tick()

    async def _restore(self, reader: Reader) -> None:
        try:
            while reader.unfinished:
                records = await asyncio.to_thread(reader.read)
                await in_slices(records, self._take)
        finally:
            await asyncio.to_thread(reader.close)

    def _take(self, record: Incoming) -> None:
        error = self._learner.restore(record.key or b"", record.value)
        if error is not None:
            self._skipped.skip(record, error)

    async def _learn_again(self, position: int) -> None:
        """What was learned by versions that can't be read: the group has committed it, so it does not come by itself."""
        shard = self._tp.partition
        reader = await asyncio.to_thread(
            Reader, self._shared.settings, EXAMPLES, partition=shard, offset=position
        )
        try:
            while reader.unfinished:
                if batch := await asyncio.to_thread(reader.read, AGAIN, AGAIN_S):
                    await self.process(batch)
                if (due_s := self.due_s()) is not None and due_s <= 0:
                    await self.tick()
        finally:
            await asyncio.to_thread(reader.close)
        await self.tick()

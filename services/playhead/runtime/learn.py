"""The work of the learn role: what it does with a batch of examples, and when it publishes the models."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from faust.types import TP

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EXAMPLES, MODELS, TAGS, TITLES
from playhead.models.head_drift import WATCH_OF_CLICKS
from playhead.models.river.state import ACTS
from playhead.observe import artworks, metrics, watching
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
from playhead.runtime.roles import LearnerRole, LearnersRole
from playhead.runtime.settings import Settings
from playhead.runtime.shell import Shell
from playhead.runtime.skipped import Skipped
from playhead.runtime.slices import in_slices
from playhead.runtime.topology import describe
from playhead.runtime.worker import run

log = Log(__name__)

AGAIN, AGAIN_S = 200, 0.05
"""Examples that are learned again at once, which takes some milliseconds; and the longest wait for so many."""


def run_learn(settings: Settings, learners: LearnersRole) -> int:
    """Runs the learn role until it is stopped, and returns 0; a failure ends the process with 1."""
    return run("learn", settings, lambda: _app(settings, learners))


def _app(settings: Settings, learners: LearnersRole) -> Shell:
    shell = Shell("learn", EXAMPLES, settings, GATHERED)
    follower = Follower(settings, (TITLES, TAGS), learners.follow)
    shared = LearnServices(settings, learners, follower, shell.outbox, shell.committer)
    shell.works_by(lambda tp: work_of(tp, shared))
    shell.when_laid_out(lambda layout: learners.spread(layout.shards))
    shell.beside(follower.run())
    for model, act in (*product(learners.river_models(), ACTS), (WATCH_OF_CLICKS, "begun_anew")):
        metrics.RIVER_ACTS.labels(
            model, act
        )  # a counter that begins with its first act has no increase to show
    return shell


def work_of(tp: TP, shared: "LearnServices") -> Work:
    """The work of one partition of examples."""
    if tp.partition < shared.outbox.layout.shards:
        return ShardWork(tp, shared)
    return Beyond(tp, shared.committer, partial(_refuse, shared.outbox, tp))


async def _refuse(outbox: Outbox, tp: TP, batch: Sequence[Incoming]) -> None:
    """Rejects examples on a partition that no shard reads: its own partition's examples may be newer."""
    reason = Rejected(
        f"The example stands on partition {tp.partition} of {EXAMPLES}, and there are {outbox.layout.shards} shards.",
        "Run workers of this version only: they put no example there.",
    )
    await send_dead_letters(outbox, [(record, reason) for record in batch], f"{EXAMPLES} {tp.partition}")


@dataclass(frozen=True)
class LearnServices:
    """Services that all shards of a process share."""

    settings: Settings
    learners: LearnersRole
    follower: Follower
    outbox: Outbox
    committer: Committer


class ShardWork:
    """The work of one partition of examples, which is one shard of the models.

    The offset is committed only up to what a publication covers, and the publication says up to where that is:
    whatever was learned and not published is learned again by the next owner, nothing is learned twice.
    """

    def __init__(self, tp: TP, shared: LearnServices) -> None:
        self.waits = False
        self._tp = tp
        self._shared = shared
        self._learner: LearnerRole = shared.learners.learner(tp.partition)
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
        """Fences the former owner, then reads what it published: in this order nothing can come in between.

        The catalogue and its tags come first: a choice is learned by what its titles are about.
        """
        await self._shared.follower.caught_up(TITLES)
        await self._shared.follower.caught_up(TAGS)
        settings, shard = self._shared.settings, self._tp.partition
        self._publisher = await asyncio.to_thread(Publisher, settings, shard)
        topics = await asyncio.to_thread(describe, settings, EXAMPLES)
        self._source = Source(topics[EXAMPLES].epoch, shard)
        await self._restore(await asyncio.to_thread(lambda: Reader(settings, MODELS, whole=True)))
        position = self._learner.position(self._source.epoch)
        if self._learner.begin():
            log.warning(
                "models partly unreadable: learned again and overwritten", shard=shard, position=position
            )
            await self._learn_again(position)
        self._report_acts()
        log.info("learner restored", shard=shard, position=self._learner.position(self._source.epoch))

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Learns what is new in a batch; dead letters are on the broker before anything is committed."""
        position = self._learner.position(self._source.epoch)
        if self._done is None:
            self._done = batch[0].offset
        fresh = [record for record in batch if record.offset >= position]
        watching.received("learn", batch)
        stages = watching.StageRecorder("learn")
        rejected = self._learner.learn(fresh, self._source) if fresh else []
        stages.lap("learn")
        QUALITY.learned(self._learner.predicted())
        metrics.OTHER_FEATURES.labels(str(self._tp.partition)).inc(self._learner.other_features())
        metrics.WIDENING.labels(str(self._tp.partition)).set(self._learner.widening())
        artworks.SHARED.learned(self._learner.takes())
        self._report_acts()
        if fresh and self._oldest_ms is None:
            self._oldest_ms = fresh[0].timestamp_ms
        metrics.EXAMPLES.labels(str(self._tp.partition)).inc(len(fresh) - len(rejected))
        if rejected:
            self.waits = True
            await send_dead_letters(self._shared.outbox, rejected, f"{EXAMPLES} {self._tp.partition}")
            self.waits = False
        self._learned = batch[-1].offset + 1

    def _report_acts(self) -> None:
        for act in self._learner.acts():
            metrics.RIVER_ACTS.labels(act.model, act.act).inc()
            log.warning("river model", model=act.model, act=act.act, why=act.why, shard=self._tp.partition)

    def pass_over(self, offset: int) -> None:
        """Notes the offset for the commit: now if all that was learned is published, else with the next publication."""
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
        """Publishes what changed and commits what that covers."""
        learned, self._learned = self._learned, None
        self._published_at = time.monotonic()
        records = self._learner.publish(time.time_ns() // 1_000_000)
        oldest_ms, self._oldest_ms = self._oldest_ms, None
        if records:
            assert self._publisher is not None
            stages = watching.StageRecorder("learn")
            try:
                await asyncio.to_thread(self._publisher.publish, records)
            except Lost:
                await self._check_ownership()
                raise
            stages.lap("publish")
            watching.published(records, oldest_ms)
        if learned is not None:
            self._shared.committer.note(self._tp, learned)
            self._done = learned

    async def _check_ownership(self) -> None:
        """Asks the group whether this fenced worker still owns its partition: it could never publish again.

        Raises:
            Lost: another worker owns it.
            Unavailable: this worker does.
        """
        if self._done is not None:
            await self._shared.committer.confirm(self._tp, self._done, at_once=True)
            raise Unavailable(
                f"Something else published models of shard {self._tp.partition} under this worker's name.",
                "None after playhead models repair: the worker starts again from what is there. Otherwise look for a"
                " second group of learn workers.",
            )

    def measure(self) -> None:
        """Does nothing: each batch and publication reports its metrics."""

    async def close(self, *, finished: bool) -> None:
        """Publishes the rest if nothing is half done."""
        metrics.WIDENING.remove(str(self._tp.partition))  # the next owner reports it
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
        """Learns again the examples behind versions that can't be read: they are committed, so they do not come by themselves."""
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

"""Which workers wait for which others when they begin their batches."""

import asyncio
from collections.abc import Sequence

from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.personalize.core import FoldedBatch, ReadRecords
from playhead.runtime.micro_batcher import LARGE_BATCH, PATIENCE_S, QUEUED, MicroBatcher


class Says:
    """A personalizer that notes how many parts were finished together."""

    def __init__(self) -> None:
        self.finished: list[list[int]] = []
        self.broken = False

    def spread(self, shards: int) -> None:
        pass

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        pass

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:  # noqa: ARG002
        return FoldedBatch(source, now_ms, Effects())

    def finish(self, parts: Sequence[FoldedBatch]) -> None:
        self.finished.append([part.source.partition for part in parts])
        if self.broken:
            raise ValueError("a bug")
        for part in parts:
            part.effects.then.append(Outgoing("said", b"", str(len(parts)).encode()))


CORE_READ: ReadRecords = lambda keys: [None] * len(keys)


def batch(size: int) -> list[Incoming]:
    return [Incoming("events", 0, offset, 0, b"ada", b"") for offset in range(size)]


async def worker(
    steps: MicroBatcher, woken: asyncio.Event, partition: int, size: int = 1
) -> list[bytes | None]:
    await woken.wait()
    effects = await steps.step(batch(size), CORE_READ, Source(0, partition))
    steps.done(partition)
    return [record.value for record in effects.then]


async def workers(core: Says, *sizes: int) -> list[list[bytes | None] | BaseException]:
    steps, woken = MicroBatcher(core), asyncio.Event()
    tasks = [asyncio.create_task(worker(steps, woken, place, size)) for place, size in enumerate(sizes)]
    await asyncio.sleep(0)
    woken.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_batches_of_one_round_are_finished_together_and_a_large_one_alone() -> None:
    core = Says()
    outcomes = asyncio.run(workers(core, 1, 2, LARGE_BATCH, 3))
    assert core.finished == [[2], [0, 1, 3]]
    assert outcomes == [[b"3"], [b"3"], [b"1"], [b"3"]]


def test_who_is_idle_is_not_waited_for() -> None:
    core = Says()

    async def twice() -> None:
        steps = MicroBatcher(core)
        for place in (0, 1):
            await steps.step(batch(1), CORE_READ, Source(0, place))
            steps.done(place)

    asyncio.run(twice())
    assert core.finished == [[0], [1]]


async def _after_another(core: Says, delivery_s: float, size: int) -> None:
    """Worker 0 has a batch to deliver when worker 1 begins; then it begins its next."""
    steps = MicroBatcher(core)
    await steps.step(batch(1), CORE_READ, Source(0, 0))
    other = asyncio.create_task(steps.step(batch(size), CORE_READ, Source(0, 1)))
    await asyncio.sleep(delivery_s)
    steps.done(0)
    await steps.step(batch(1), CORE_READ, Source(0, 0))
    await other


def test_a_queue_waits_for_who_delivers_but_not_for_long() -> None:
    quick, slow = Says(), Says()
    asyncio.run(_after_another(quick, PATIENCE_S / 4, QUEUED))
    assert quick.finished == [[0], [1, 0]]
    asyncio.run(_after_another(slow, 5 * PATIENCE_S, QUEUED))
    assert slow.finished == [[0], [1], [0]]


def test_a_few_events_wait_for_nobody_and_take_along_who_waits() -> None:
    core = Says()
    asyncio.run(_after_another(core, PATIENCE_S / 4, QUEUED - 1))
    assert core.finished == [[0], [1], [0]]
    core.finished.clear()

    async def third() -> None:
        steps = MicroBatcher(core)
        await steps.step(batch(1), CORE_READ, Source(0, 0))
        waiting = asyncio.create_task(steps.step(batch(QUEUED), CORE_READ, Source(0, 1)))
        await asyncio.sleep(0)
        await steps.step(batch(1), CORE_READ, Source(0, 2))
        await waiting

    asyncio.run(third())
    assert core.finished == [[0], [1, 2]]


def test_a_worker_that_was_ended_is_left_out() -> None:
    core = Says()

    async def ended() -> list[bytes | None]:
        steps, woken = MicroBatcher(core), asyncio.Event()
        woken.set()
        gone, left = (asyncio.create_task(worker(steps, woken, place)) for place in (0, 1))
        await asyncio.sleep(0)  # both have begun
        gone.cancel()
        return await left

    assert asyncio.run(ended()) == [b"1"]
    assert core.finished == [[1]]


def test_a_bug_is_each_workers() -> None:
    core = Says()
    core.broken = True
    outcomes = asyncio.run(workers(core, 1, 1))
    assert [str(outcome) for outcome in outcomes] == ["a bug", "a bug"]

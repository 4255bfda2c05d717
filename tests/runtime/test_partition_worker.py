import asyncio
from collections.abc import Mapping

import pytest
from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.commits import Committer, Lost
from playhead.runtime.fetched import Fetched
from playhead.runtime.partition_worker import ROOM, Batch, PartitionWorker
from playhead.runtime.partition_workers import PartitionWorkers

PART = TP("events", 0)


def batch(first: int, last: int) -> Fetched:
    return fetched(first, last + 1, *range(first, last + 1))


def fetched(begin: int, end: int, *offsets: int) -> Fetched:
    """What was read from ``begin`` to ``end``, where only these offsets have a record."""
    return Fetched(PART, begin, end, [Incoming("events", 0, offset, 0, b"", b"") for offset in offsets])


class Recorder:
    """Work that remembers what it was given."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.passed: list[int] = []
        self.waits = False
        self.fail: Exception | None = None
        self.finished: bool | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.again: int | None = None

    async def open(self) -> int | None:
        return self.again

    async def process(self, batch: Batch) -> None:
        await self.go_on.wait()
        if self.fail is not None:
            raise self.fail
        self.offsets += [record.offset for record in batch]

    def pass_over(self, offset: int) -> None:
        self.passed.append(offset)

    def due_s(self) -> float | None:
        return None

    async def tick(self) -> None: ...

    def measure(self) -> None:
        """Does nothing."""

    async def close(self, *, finished: bool) -> None:
        self.finished = finished


class Rewinds(list[int]):
    async def __call__(self, offset: int) -> None:
        self.append(offset)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def make(work: Recorder, rewinds: Rewinds) -> PartitionWorker:
    return PartitionWorker(PART, work, lambda: None, rewinds)


def test_a_missing_batch_is_read_again() -> None:
    # delivered: 0-4, (5-9 lost in a rebalance), 10-14 ──▶ rewind to 5 ──▶ 5-9, 10-14
    async def story() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.begin(0)
        for each in (batch(0, 4), batch(10, 14)):
            worker.offer(each)
        worker.offer(batch(15, 19))
        await settle()
        assert rewinds == [5]
        worker.offer(batch(5, 9))
        worker.offer(batch(10, 14))
        await settle()
        assert work.offsets == list(range(15))
        await worker.stop(1)
        assert work.finished

    asyncio.run(story())


def test_who_opens_on_less_than_is_committed_has_it_read_again() -> None:
    # committed: 10, what the store holds: up to 4 ──▶ rewind to 4 ──▶ 4-9, 10-14; told to begin late: the same
    async def story(*, told_first: bool) -> None:
        work, rewinds = Recorder(), Rewinds()
        work.again = 4
        worker = make(work, rewinds)
        if told_first:
            worker.begin(10)
            worker.offer(batch(10, 14))
        await settle()
        if not told_first:
            worker.begin(10)
        worker.offer(batch(10, 14))
        await settle()
        assert set(rewinds) == {4}
        worker.offer(batch(4, 9))
        worker.offer(batch(10, 14))
        await settle()
        assert work.offsets == list(range(4, 15))
        await worker.stop(1)

    asyncio.run(story(told_first=True))
    asyncio.run(story(told_first=False))


def test_a_batch_missing_at_the_end_of_a_quiet_partition_is_read_again() -> None:
    # delivered: 0-4, (5-9 fetched and lost), then nothing ── two looks ──▶ rewind to 5, once
    async def story() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.begin(0)
        worker.offer(batch(0, 4))
        await settle()
        worker.look_for_missing(5)
        worker.look_for_missing(5)
        worker.look_for_missing(10)
        await settle()
        assert rewinds == []  # it may be on its way
        for _ in range(4):
            worker.look_for_missing(10)
            await settle()
        assert rewinds == [5]
        worker.offer(batch(5, 9))
        await settle()
        assert work.offsets == list(range(10))
        await worker.stop(1)

    asyncio.run(story())


def test_a_refused_commit_is_tried_again_until_the_partition_is_gone() -> None:
    async def story() -> None:
        answers, asked = [False, True], list[dict[TP, int]]()

        async def commit(offsets: Mapping[TP, int]) -> bool:
            asked.append(dict(offsets))
            return answers.pop(0) if answers else False

        committer = Committer("personalize", commit)
        committer.note(PART, 7)
        assert not await committer.flush()
        assert await committer.flush()
        assert asked == [{PART: 7}, {PART: 7}]
        committer.note(PART, 8)
        assert not await committer.flush()
        committer.forget()
        assert await committer.flush()
        assert len(asked) == 3

    asyncio.run(story())


def test_offsets_without_a_record_are_passed_over() -> None:
    # . . . 3 4 . │ . . . │ 9 10 ▪ │ 12     ▪ the end of a transaction, . aborted: nothing is read again
    async def story() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.begin(0)
        for each, place in [
            (fetched(0, 6, 3, 4), 6),
            (fetched(6, 9), 9),
            (fetched(9, 12, 9, 10), 12),
            (fetched(12, 13, 12), 13),
        ]:
            worker.offer(each)
            for _ in range(3):
                worker.look_for_missing(each.end)
            await settle()
            assert worker.place == place
        assert (rewinds, work.offsets, work.passed) == ([], [3, 4, 9, 10, 12], [6, 9, 12])
        await worker.stop(1)

    asyncio.run(story())


def test_offsets_without_a_record_do_not_hide_a_missing_batch() -> None:
    # 0 1 ▪ │ (3 . .) lost │ . 7 8 ──▶ rewind to 3
    async def story() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.begin(0)
        worker.offer(fetched(0, 3, 0, 1))
        for _ in range(2):
            worker.offer(fetched(6, 9, 7, 8))
            await settle()
        assert rewinds == [3, 3]
        worker.offer(fetched(3, 9, 3, 7, 8))
        await settle()
        assert work.offsets == [0, 1, 3, 7, 8]
        await worker.stop(1)

    asyncio.run(story())


def test_what_was_fetched_before_the_lane_began_is_not_taken() -> None:
    async def story() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.offer(batch(50, 59))
        worker.begin(20)
        worker.offer(batch(10, 19))
        worker.offer(batch(18, 22))
        await settle()
        assert (rewinds, work.offsets) == ([], [18, 19, 20, 21, 22])
        await worker.stop(1)

    asyncio.run(story())


def test_a_full_lane_asks_for_no_more() -> None:
    async def story() -> None:
        work = Recorder()
        work.go_on.clear()
        worker = make(work, Rewinds())
        worker.begin(0)
        worker.offer(batch(0, 0))
        await settle()
        worker.offer(batch(1, ROOM))
        assert not worker.has_room
        work.go_on.set()
        await settle()
        assert worker.has_room
        await worker.stop(1)

    asyncio.run(story())


def test_a_lane_that_lost_its_partition_ends_quietly_and_one_that_fails_does_not() -> None:
    async def story(error: Exception) -> BaseException | None:
        work = Recorder()
        work.fail = error
        worker = make(work, Rewinds())
        worker.begin(0)
        worker.offer(batch(0, 0))
        await asyncio.wait({worker.task})
        assert work.finished is False
        return worker.task.exception()

    assert asyncio.run(story(Lost())) is None
    assert isinstance(asyncio.run(story(ValueError())), ValueError)


def test_a_batch_that_takes_too_long_is_dropped_at_the_stop() -> None:
    async def story() -> None:
        work = Recorder()
        work.go_on.clear()
        worker = make(work, Rewinds())
        worker.begin(0)
        worker.offer(batch(0, 0))
        await settle()
        await worker.stop(0.01)
        assert (work.offsets, work.finished) == ([], False)

    asyncio.run(story())


def test_a_member_that_the_group_forgot_loses_its_partition() -> None:
    async def story() -> None:
        async def refuse(_: object) -> bool:
            return False

        with pytest.raises(Lost):
            await Committer("personalize", refuse).confirm(PART, 5)

    asyncio.run(story())


def test_a_lane_at_rest_takes_nothing_and_goes_on_where_it_is_told() -> None:
    # [0..9] in hand ─▶ rest: waits for it, drops [10..19] ─▶ [20..29] not taken ─▶ begin at 10 ─▶ [10..12]
    async def run() -> None:
        work, rewinds = Recorder(), Rewinds()
        worker = make(work, rewinds)
        worker.begin(0)
        work.go_on.clear()
        worker.offer(batch(0, 9))
        await settle()
        worker.offer(batch(10, 19))
        resting = asyncio.create_task(worker.rest(5))
        await settle()
        assert not resting.done()
        work.go_on.set()
        assert await resting
        worker.offer(batch(20, 29))
        await settle()
        assert work.offsets == list(range(10))
        assert not worker.has_room
        assert worker.place is None
        worker.begin(10)
        worker.offer(batch(10, 12))
        await settle()
        assert work.offsets == list(range(13))
        assert worker.place == 13
        assert work.finished is None
        await worker.stop(1)
        assert work.finished

    asyncio.run(run())


def test_a_lane_that_cannot_rest_says_so() -> None:
    async def run() -> None:
        work = Recorder()
        worker = make(work, Rewinds())
        worker.begin(0)
        work.go_on.clear()
        worker.offer(batch(0, 9))
        await settle()
        assert not await worker.rest(0.01)
        await worker.stop(0, ours=False)
        assert work.offsets == []
        assert work.finished is False

    asyncio.run(run())


def test_lanes_whose_partitions_stay_are_not_opened_again() -> None:
    # ours: 0 1 ─▶ rest ─▶ stayed: 1 2 ─▶ rest ─▶ another was in between: 1 2
    async def run() -> None:
        made: list[tuple[int, Recorder]] = []

        def make_work(tp: TP) -> Recorder:
            made.append((tp.partition, Recorder()))
            return made[-1][1]

        async def rewind(tp: TP, offset: int) -> None: ...

        workers = PartitionWorkers("events", make_work, rewind, lambda _: None)
        await workers.start([TP("events", 0), TP("events", 1), TP("other", 0)], stayed=False)
        await settle()
        await workers.rest()
        await workers.start([TP("events", 1), TP("events", 2)], stayed=True)
        await settle()
        assert sorted(partition for partition, _ in made[:2]) == [0, 1]
        assert [partition for partition, _ in made[2:]] == [2]
        assert {partition: work.finished for partition, work in made} == {0: False, 1: None, 2: None}
        await workers.rest()
        await workers.start([TP("events", 1), TP("events", 2)], stayed=False)
        await settle()
        assert sorted(partition for partition, _ in made[3:]) == [1, 2]
        await workers.stop()
        assert [work.finished for _, work in made] == [False, False, False, True, True]

    asyncio.run(run())

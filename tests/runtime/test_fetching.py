"""The range of offsets that a fetch covers, whichever of them have a record."""

from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.fetching import BatchThread

PART = TP("events", 0)


def record(offset: int) -> Incoming:
    return Incoming("events", 0, offset, 0, b"", b"")


def test_a_fetch_reaches_from_the_one_before_it_over_all_that_was_skipped() -> None:
    # begun at 5:  . 6 7 ▪ │ . . │ 11 12 (nobody waits for it any more) │ 13
    thread = BatchThread.__new__(BatchThread)
    thread.reached = {PART: 5}
    fetches = [
        thread._account(PART, [record(offset) for offset in offsets], end)
        for offsets, end in [((6, 7), 9), ((), 11), ((11, 12), 13), ((13,), 14)]
    ]
    assert [(each.begin, each.end, [record.offset for record in each.records]) for each in fetches] == [
        (5, 9, [6, 7]),
        (9, 11, []),
        (11, 13, [11, 12]),
        (13, 14, [13]),  # and not from 11: who got no batch before it must notice
    ]


def test_who_was_sent_back_begins_there_at_the_latest() -> None:
    thread = BatchThread.__new__(BatchThread)
    thread.reached = {PART: 100}
    assert thread._account(PART, [record(40)], 41).begin == 40
    assert thread.reached == {PART: 41}

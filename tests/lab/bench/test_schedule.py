"""Arrivals on a schedule: never early, none left out, counted from when they were due."""

import time
from itertools import pairwise

from playhead.lab.bench.openloop import on_schedule


def test_arrivals_come_at_their_time_and_not_before() -> None:
    late: list[float] = []
    due: list[float] = []

    def send(_: int, due_s: float) -> None:
        late.append(time.monotonic() - due_s)
        due.append(due_s)

    on_schedule(20, 500.0, send)
    assert min(late) >= 0.0
    steps = [after - before for before, after in pairwise(due)]
    assert all(abs(step - 0.002) < 1e-6 for step in steps)


def test_a_sender_that_is_held_up_counts_the_time_it_was() -> None:
    #  due      0   10   20   30 ms
    #  sent     0                 50, 50, 50: nothing is left out, the wait is in each latency
    sent: list[tuple[int, float]] = []

    def send(number: int, due_s: float) -> None:
        sent.append((number, time.monotonic() - due_s))
        if number == 0:
            time.sleep(0.05)

    on_schedule(4, 100.0, send)
    assert [number for number, _ in sent] == [0, 1, 2, 3]
    assert sent[1][1] >= 0.035
    assert sent[3][1] >= 0.015

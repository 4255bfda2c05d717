"""How fast processes work through a backlog: from the moment it is there to the moment the last event is done."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from playhead.domain.errors import Unavailable
from playhead.lab.bench.cluster import BenchCluster, Progress, must_run, used_s
from playhead.lab.demo.load import Act
from playhead.process.children import Child

LOOK_S = 0.05
REPORT_EVERY_S = 10.0
STALL_S = 60.0
"""Without any progress for so long, something is broken, not slow."""


class Look(NamedTuple):
    """One observation: events done by then, and seconds of processor time used."""

    at_s: float
    done: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """A measured speed: events a second, and events a second of processor time."""

    per_s: float
    per_cpu_s: float
    seconds: float


def speed(looks: Sequence[Look], *, from_first: bool = False) -> Speed:
    """The speed over all observations; ``from_first``: from the first that saw something done, for those that commit in large pieces.

    When that look saw everything done at once, the one before it is the beginning.

    >>> speed([Look(0.0, 0, 0.0), Look(1.0, 10, 1.0), Look(3.0, 50, 2.0)], from_first=True)
    Speed(per_s=20.0, per_cpu_s=40.0, seconds=2.0)
    """
    begun = next(index for index, look in enumerate(looks) if look.done) if from_first else 0
    first, last = looks[min(begun, len(looks) - 2)], looks[-1]
    done, seconds = last.done - first.done, last.at_s - first.at_s
    # Processor time comes in ticks of 10 ms.
    return Speed(done / seconds, done / max(0.01, last.cpu_s - first.cpu_s), seconds)


def drain(
    cluster: BenchCluster,
    workers: Sequence[Child],
    topic: str,
    acts: Sequence[Act],
    done: Callable[[], int],
    progress: Progress,
) -> Speed:
    """Produce a backlog to workers that wait for it, and watch until all of it is ``done``.

    Producing takes about a tenth of the time and is part of it: who works meanwhile may show it.
    """
    before = done()
    begun = Look(time.monotonic(), 0, used_s(workers))
    cluster.publish(topic, acts)
    return speed([begun, *watch(lambda: done() - before, workers, len(acts), progress)])


def watch(
    done: Callable[[], int], workers: Sequence[Child], count: int, progress: Progress
) -> Sequence[Look]:
    """Observes until so many events are done.

    Raises:
        Unavailable: a process ended, or nothing goes on.
    """
    looks = [Look(time.monotonic(), done(), used_s(workers))]
    reported_s = moved_s = looks[0].at_s
    while looks[-1].done < count:
        time.sleep(LOOK_S)
        look = Look(time.monotonic(), done(), used_s(workers))
        moved_s = look.at_s if look.done > looks[-1].done else moved_s
        looks.append(look)
        must_run(workers)
        if look.at_s - moved_s > STALL_S:
            name = workers[0].name
            raise Unavailable(
                f"The {name} stopped at {look.done:,} of {count:,}.\n{workers[0].tail()}\n",
                f"Read {workers[0].log}.",
            )
        if look.at_s - reported_s > REPORT_EVERY_S:
            reported_s = look.at_s
            progress(f"    {workers[0].name}: {look.done:,} of {count:,}")
    return looks

"""How fast a process works through a backlog: from the first event that it is seen to have done to the last."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from playhead.bench.machine import cpu_s
from playhead.bench.topics import FORWARDED, OFFERED
from playhead.bench.world import Progress, World
from playhead.demo.children import Child
from playhead.demo.load import Act
from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, EXAMPLES, RANKINGS
from playhead.runtime.lane import BATCH

LOOK_S = 0.05
TOLD_S = 5.0
STALL_S = 60.0
"""Without any progress for so long, something is broken, not slow."""
LEARN_S = 20.0
PERSONALIZE = "playhead-personalize"
LEARN = "playhead-learn"


class Look(NamedTuple):
    """What was done by when, and for how many seconds of processor time."""

    at_s: float
    done: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast it went."""

    per_s: float
    per_cpu_s: float
    seconds: float


def speed(looks: Sequence[Look]) -> Speed:
    """From the first look that saw something done; the start of the process is not counted, nor its first batch.

    When that look saw everything done at once, the one before it is the beginning.

    >>> speed([Look(0.0, 0, 0.0), Look(1.0, 10, 1.0), Look(3.0, 50, 2.0)])
    Speed(per_s=20.0, per_cpu_s=40.0, seconds=2.0)
    """
    begun = next(index for index, look in enumerate(looks) if look.done)
    first, last = looks[min(begun, len(looks) - 2)], looks[-1]
    done, seconds = last.done - first.done, last.at_s - first.at_s
    # Processor time comes in ticks of 10 ms.
    return Speed(done / seconds, done / max(0.01, last.cpu_s - first.cpu_s), seconds)


def personalize_backlog(world: World, worker: Child, count: int, progress: Progress) -> tuple[Speed, float]:
    """A personalize worker, until the last of ``count`` events is committed; and its rankings a second."""
    end = world.total(EVENTS)
    ranked, shown = world.total(RANKINGS), world.total(EXAMPLES)

    def done() -> int:
        committed = world.committed(PERSONALIZE, EVENTS) - (end - count)
        if committed > 0:
            return committed
        # Lanes work on their first batches one after the other, and commit when all are done: by then time has
        # passed that must be counted. So the first batch counts as done when its first record has left.
        begun = world.total(EXAMPLES) > shown or world.total(RANKINGS) > ranked
        return min(BATCH, count // 2) if begun else 0

    worked = speed(_watch(done, worker, count, progress, "personalize worker"))
    # Rankings leave before the commit that is counted: those of the whole backlog at the whole backlog's speed.
    return worked, (world.total(RANKINGS) - ranked) / count * worked.per_s


def bare_backlog(world: World, acts: Sequence[Act], number: int, progress: Progress) -> Speed:
    """A bare Faust agent over the same events, until all are on its output topic."""
    # A group of its own each time: a member of an old one would be waited for.
    group = f"bench-bare-{number}"
    world.begin_at_end(group, OFFERED)
    world.publish(OFFERED, acts)
    before = world.total(FORWARDED)
    with world.bare_agent(group) as agent:
        return speed(
            _watch(lambda: world.total(FORWARDED) - before, agent, len(acts), progress, "bare Faust agent")
        )


def learned(world: World, worker: Child, progress: Progress) -> None:
    """Wait until the learn worker has learned all examples, so that it does not disturb what follows."""
    end = world.total(EXAMPLES)
    until_s = time.monotonic() + LEARN_S
    while (done := world.committed(LEARN, EXAMPLES)) < end and time.monotonic() < until_s:
        worker_must_run(worker)
        time.sleep(LOOK_S)
    if done < end:
        progress(f"  the learn worker has committed only {done:,} of {end:,} examples after {LEARN_S:g} s")


def worker_must_run(child: Child) -> None:
    """Make sure of it.

    Raises:
        Unavailable: it has ended; the message has the end of its log.
    """
    if child.ended:
        raise Unavailable(f"The {child.name} process ended.\n{child.tail()}\n", f"Read {child.log}.")


def _watch(
    done: Callable[[], int], child: Child, count: int, progress: Progress, name: str
) -> Sequence[Look]:
    looks = [Look(time.monotonic(), 0, cpu_s(child.process.pid))]
    told_s = moved_s = looks[0].at_s
    while looks[-1].done < count:
        time.sleep(LOOK_S)
        look = Look(time.monotonic(), done(), cpu_s(child.process.pid))
        moved_s = look.at_s if look.done > looks[-1].done else moved_s
        looks.append(look)
        worker_must_run(child)
        if look.at_s - moved_s > STALL_S:
            raise Unavailable(
                f"The {name} stopped at {look.done:,} of {count:,}.\n{child.tail()}\n", f"Read {child.log}."
            )
        if look.at_s - told_s > TOLD_S:
            told_s = look.at_s
            progress(f"  {name}: {look.done:,} of {count:,}")
    return looks

"""Where the time of a loaded personalize worker goes: py-spy samples it while it works through a backlog."""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from playhead.domain.errors import Unavailable
from playhead.lab.bench.cluster import Progress, cluster
from playhead.lab.bench.drain import Speed
from playhead.lab.bench.machine import Machine, this_machine
from playhead.lab.bench.measure import Bench, BenchOptions, Requirement
from playhead.lab.bench.references import peers
from playhead.lab.bench.run import prepared, selected, settle
from playhead.lab.bench.serving import backlog

MARK = "profile"
RATE = 100
"""Samples a second. The worker is not stopped for them: on a busy machine it would stand still too long, and end itself."""
BACKLOG = 4
"""Times the events of a backlog, so that there is enough to see."""
LINES = 25
REPAIR = "Run scripts/bench-peers, and this as a user who may look at processes (ptrace)."

WAITING = (
    "select (selectors.py",
    "_worker (concurrent/futures/thread.py",
    "wait (threading.py",
    "_poll (playhead/runtime/outbox.py",
)
"""Innermost functions in which a thread waits, and py-spy may take it for one that works."""

STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("send: hand records to the producer, and its reports", ("runtime/outbox.py",)),
    ("store: read profiles, write profiles", ("runtime/store.py",)),
    ("rank: candidates, filters, scores", ("rank (playhead/ranking/pipeline.py",)),
    ("page: rankings as records", ("playhead/page/", "_answer (playhead/personalize/core.py")),
    ("examples: what events teach, and its features", ("write_examples (playhead/learn/examples.py",)),
    ("examples: labels, as events are folded", ("pending_examples (playhead/learn/examples.py",)),
    ("fold: signals", ("fold (playhead/signals/record.py", "is_repeated (playhead/signals/record.py")),
    (
        "state: decode profiles",
        ("decode (playhead/signals/record.py", "__init__ (playhead/personalize/profile_update.py"),
    ),
    ("state: encode profiles", ("encode (playhead/signals/record.py",)),
    ("events: decode", ("decode_event (playhead/domain/decoding.py",)),
    ("models: follow", ("runtime/follower.py", "runtime/reading.py")),
    ("core: the rest", ("playhead/personalize/",)),
    ("changelog", ("runtime/changelog.py",)),
    ("receive: fetch, batches, Faust", ("runtime/delivery.py", "aiokafka/", "faust/", "mode/")),
    ("partition workers, commits, metrics", ("runtime/", "prometheus_client/", "observe/")),
    ("event loop", ("asyncio/", "selectors.py", "threading.py")),
)
"""A sample belongs to the first stage one of whose places is on its stack."""


@dataclass(frozen=True, slots=True)
class Profiled:
    """Shares of all samples, by stage and by function; what an event cost in processor time, in microseconds."""

    options: BenchOptions
    machine: Machine
    speed: Speed
    stages: Mapping[str, float]
    functions: Mapping[str, float]

    @property
    def event_us(self) -> float:
        """Processor time of the worker for an event, all threads."""
        return 1e6 / self.speed.per_cpu_s


def profiled(options: BenchOptions, progress: Progress) -> Profiled:
    """Samples a worker under a backlog, everything on, models followed from a learn worker.

    Raises:
        Unavailable: there is no py-spy, or it may not look.
    """
    spy = peers(options.home) / "bin" / "py-spy"
    if not spy.exists():
        raise Unavailable("py-spy is not installed.", REPAIR)
    machine, measures = this_machine(), BACKLOG * selected(("throughput",))
    bench = prepared(options, [measure._replace(once=True) for measure in measures], progress)
    with cluster(options.home, progress) as there:
        bench.there = there
        settle(bench, Requirement.SERVED)
        speed, stacks = _looked_at(bench, spy)
    counted = stacks
    return Profiled(options, machine, speed, shares(by_stage(counted)), shares(by_function(counted)))


def _looked_at(bench: Bench, spy: Path) -> tuple[Speed, dict[str, int]]:
    cluster, options = bench.cluster, bench.options
    acts = bench.log.take(BACKLOG * options.events)
    worker, _ = cluster.have(personalize=1, learn=1)
    out = cluster.stores / "stacks.txt"
    command = [str(spy), "record", "--pid", str(worker.process.pid), "--rate", str(RATE)]
    command += ["--format", "raw", "--output", str(out), "--threads", "--nonblocking"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as looking:  # noqa: S603
        time.sleep(1.0)
        speed = backlog(bench, [worker], acts)
        looking.send_signal(2)
        _, errors = looking.communicate(timeout=60)
    if not out.exists():
        raise Unavailable(f"py-spy saw nothing: {errors.decode(errors='replace')[-500:]}", REPAIR)
    return speed, parsed(out.read_text())


def parsed(text: str) -> dict[str, int]:
    r"""Stacks as py-spy writes them, outermost first, with how often each was seen.

    >>> parsed("a (x.py:1);b (y.py:2) 3")
    {'a (x.py:1);b (y.py:2)': 3}
    """
    samples: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        innermost = stack.rpartition(";")[2]
        if not any(waiting in innermost for waiting in WAITING):
            samples[stack] += int(count)
    return dict(samples)


def stage_of(stack: str) -> str:
    """The stage of a stack.

    >>> stage_of("run (asyncio/x.py:1);step (playhead/step.py:9);decode_event (playhead/domain/decoding.py:7)")
    'events: decode'
    """
    return next((name for name, places in STAGES if any(place in stack for place in places)), "other")


def by_stage(stacks: Mapping[str, int]) -> Counter[str]:
    """Samples by stage."""
    samples: Counter[str] = Counter()
    for stack, count in stacks.items():
        samples[stage_of(stack)] += count
    return samples


def by_function(stacks: Mapping[str, int]) -> Counter[str]:
    """Samples by innermost function, its lines counted together."""
    samples: Counter[str] = Counter()
    for stack, count in stacks.items():
        samples[re.sub(r":\d+\)", ")", stack.rpartition(";")[2])] += count
    return samples


def shares(counted: Mapping[str, int]) -> dict[str, float]:
    """The share of each in all samples, the largest first."""
    total = sum(counted.values()) or 1
    return {name: count / total for name, count in sorted(counted.items(), key=lambda pair: -pair[1])}


def table(profile: Profiled) -> Table:
    """The profile as a table for a terminal."""
    shown = Table(title="Where the time goes", caption=_summary(profile))
    for head in ("stage or function", "share", "µs an event"):
        shown.add_column(head, justify="left" if head.startswith("stage") else "right")
    for name, share in profile.stages.items():
        shown.add_row(name, f"{share:.1%}", f"{share * profile.event_us:.1f}")
    shown.add_section()
    for name, share in _most(profile.functions):
        shown.add_row(name, f"{share:.1%}", f"{share * profile.event_us:.1f}")
    return shown


def markdown(profile: Profiled) -> str:
    """The profile as Markdown for the documentation."""
    lines = ["| stage | share | µs an event |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {share:.1%} | {share * profile.event_us:.1f} |" for name, share in profile.stages.items()
    ]
    lines += ["", "| function, without what it calls | share | µs an event |", "| --- | ---: | ---: |"]
    lines += [
        f"| `{name}` | {share:.1%} | {share * profile.event_us:.1f} |"
        for name, share in _most(profile.functions)
    ]
    return "\n".join([*lines, "", _summary(profile)])


def _most(functions: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    return list(functions.items())[:LINES]


def _summary(profile: Profiled) -> str:
    return (
        f"{profile.event_us:.0f} µs of processor time an event, {profile.speed.per_s:,.0f} events/s while looked at; "
        f"{profile.options.profiles:,} profiles, {profile.options.titles:,} titles. On: {profile.machine}."
    )

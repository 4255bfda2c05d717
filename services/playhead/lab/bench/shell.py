"""The delivery layer alone, beside a Quix Streams application and a bare Faust agent, over the same events."""

from collections.abc import Callable, Sequence

from playhead.domain.topics import EVENTS
from playhead.lab.bench.cluster import PERSONALIZE
from playhead.lab.bench.drain import Speed, drain
from playhead.lab.bench.log import profile_id
from playhead.lab.bench.measure import Bench, Sample
from playhead.lab.bench.references import WARM_EVENTS, bare, quix
from playhead.lab.demo.load import Act

PROFILES = 5_000
"""Viewers of these events: few enough that nearly all have a record after the first pieces."""
TIMES = 2
"""Factor on the events of other backlogs: the shell is quick."""


def shell_alone(bench: Bench) -> Sample:
    """Measures the three in turn: the first of one round is the last of the next."""
    acts = [_renamed(act) for act in bench.log.take(TIMES * bench.options.events)]
    speeds: dict[str, float] = {}
    measured: list[tuple[str, Callable[[Bench, Sequence[Act]], Speed | None]]] = [
        ("quix", quix),
        ("shell", _shell),
        ("bare", bare),
    ]
    for name, measure in measured if bench.number % 2 else reversed(measured):
        speed = measure(bench, acts)
        if speed is not None:
            speeds |= {f"{name}_per_s": speed.per_s, f"{name}_per_cpu_s": speed.per_cpu_s}
    bench.say(", ".join(f"{name} {value:,.0f}" for name, value in speeds.items() if "cpu" not in name))
    return speeds


def _shell(bench: Bench, acts: Sequence[Act]) -> Speed:
    cluster = bench.cluster
    with cluster.program("playhead.lab.bench.alone", f"bench-alone-{bench.number}") as worker:

        def done() -> int:
            return cluster.committed(PERSONALIZE, EVENTS)

        # Also the wait until it is ready: an event of each partition is among them.
        drain(cluster, [worker], EVENTS, acts[:WARM_EVENTS], done, bench.progress)
        return drain(cluster, [worker], EVENTS, acts, done, bench.progress)


def _renamed(act: Act) -> Act:
    return act._replace(profile_id=profile_id(int(act.profile_id[7:]) % PROFILES))

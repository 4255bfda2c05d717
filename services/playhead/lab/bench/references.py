"""What Playhead is compared with, each measured over the same events in the same round."""

import sys
from collections.abc import Sequence
from pathlib import Path

from playhead.lab.bench.drain import Speed, drain
from playhead.lab.bench.measure import Bench
from playhead.lab.bench.topics import FORWARDED, OFFERED
from playhead.lab.demo.load import Act

WARM_EVENTS = 500
BARE_EVENTS = 15_000
"""Events for the bare agent, the first of the same ones: it is slow, and its speed does not change."""
PEERS = "peers"
"""The environment of ``scripts/bench-peers``, in the folder of the bench."""


def bare(bench: Bench, acts: Sequence[Act]) -> Speed:
    """A bare Faust agent, until all events are on its output topic."""
    return _forwarding(bench, acts[:BARE_EVENTS], "playhead.lab.bench.bare", "bare")


def quix(bench: Bench, acts: Sequence[Act]) -> Speed | None:
    """A Quix Streams application, until all events are on its output topic; None where it is not installed."""
    python = peers(bench.options.home) / "bin" / "python"
    if not python.exists():
        bench.say("Quix Streams is not installed, so it is not measured: scripts/bench-peers installs it.")
        return None
    script = str(Path(__file__).with_name("quix.py"))
    return _forwarding(bench, acts, script, "quix", python=str(python))


def plain(bench: Bench, acts: Sequence[Act]) -> Speed:
    """The plain loop around our core, until all events are committed."""
    cluster, group = bench.cluster, f"bench-plain-{bench.number}"
    cluster.begin_at_end(group, OFFERED)
    with cluster.program("playhead.lab.bench.plain", group) as loop:
        cluster.publish(OFFERED, acts[:WARM_EVENTS])
        cluster.until_done(group, OFFERED, [loop])
        return drain(
            cluster, [loop], OFFERED, acts, lambda: cluster.committed(group, OFFERED), bench.progress
        )


def peers(home: Path) -> Path:
    """Where others' programs are, when they are."""
    return (home / "bench" / PEERS).absolute()


def _forwarding(
    bench: Bench, acts: Sequence[Act], module: str, name: str, *, python: str = sys.executable
) -> Speed:
    # A group of its own each time: a member of an old one would be waited for.
    cluster, group = bench.cluster, f"bench-{name}-{bench.number}"
    cluster.begin_at_end(group, OFFERED)
    with cluster.program(module, group, python=python) as agent:
        drain(cluster, [agent], OFFERED, acts[:WARM_EVENTS], lambda: cluster.total(FORWARDED), bench.progress)
        return drain(cluster, [agent], OFFERED, acts, lambda: cluster.total(FORWARDED), bench.progress)

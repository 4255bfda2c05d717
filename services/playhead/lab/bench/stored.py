"""What profiles cost where they are kept: memory, disk, changelog, and the time until they are there again."""

import time

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, PROFILES_CHANGELOG, RANKINGS
from playhead.lab.bench.cluster import START_S, must_run
from playhead.lab.bench.drain import LOOK_S
from playhead.lab.bench.machine import resident_bytes
from playhead.lab.bench.measure import Bench, Sample
from playhead.lab.bench.seeds import FULL, plant, records
from playhead.lab.bench.serving import backlog
from playhead.lab.demo.load import Act

MILLION = 1_000_000
GIB = 2**30


def stored(bench: Bench) -> Sample:
    """Profiles with full histories, some, then more; a worker recovers them from nothing, and with its store kept."""
    cluster, (some, more) = bench.cluster, bench.options.stored
    acts = bench.log.take(bench.options.events // 2)
    cluster.renew(bench.titles)
    made = records(bench.options.seed, bench.titles, least=FULL)
    plant(cluster.publisher, made, range(some))
    changelog = cluster.topic_bytes(PROFILES_CHANGELOG)
    first = _grown(bench, acts)
    disk = sum(path.stat().st_size for path in cluster.stores.glob("personalize-0/**/*.sst"))
    kept_s = _first_ranking(bench)
    cluster.have()
    cluster.wipe()
    plant(cluster.publisher, made, range(some, more))
    second = _grown(bench, acts)
    recovery = cluster.recovery()
    bench.say(
        f"{first / 2**20:,.0f} MiB with {some:,}, {second / 2**20:,.0f} with {more:,}; "
        f"{recovery.records:,} records in {recovery.seconds:.2f} s; store kept: first ranking after {kept_s:.2f} s"
    )
    cluster.have()
    return {
        "gib_a_million": (second - first) / (more - some) * MILLION / GIB,
        "record": sum(map(len, made)) / len(made),
        "disk": disk / some,
        "changelog": changelog / some,
        "records_per_s": recovery.records / recovery.seconds,
        "first_ranking_s": kept_s,
    }


def _grown(bench: Bench, acts: list[Act]) -> float:
    """Resident bytes of a worker that has recovered all profiles and served some events."""
    workers = bench.cluster.have(personalize=1)
    backlog(bench, workers, acts)
    resident = float(resident_bytes(workers[0].process.pid))
    bench.cluster.have()
    return resident


def _first_ranking(bench: Bench) -> float:
    """Seconds from the start of a worker that has its store to the first ranking; the event waits for it."""
    cluster = bench.cluster
    act = next(act for act in bench.log.take(200) if act.asks)
    before = cluster.total(RANKINGS)
    cluster.publish(EVENTS, [act])
    begin_s = time.monotonic()
    with cluster.starting() as worker:
        while cluster.total(RANKINGS) == before:
            must_run([worker])
            if time.monotonic() - begin_s > START_S:
                raise Unavailable("A worker gave no ranking.", f"Read {worker.log}.")
            time.sleep(LOOK_S / 5)
        return time.monotonic() - begin_s

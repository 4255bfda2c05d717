"""How fast workers serve with all their work on, beside references that do less."""

import time

from playhead.domain.topics import EVENTS, EXAMPLES, RANKINGS
from playhead.lab.bench.cluster import LEARN, PERSONALIZE
from playhead.lab.bench.core import Core, batches, like_a_worker
from playhead.lab.bench.drain import Speed, drain, speed, watch
from playhead.lab.bench.log import page, profile_id
from playhead.lab.bench.measure import Bench, Sample
from playhead.lab.bench.references import bare, plain
from playhead.lab.demo.load import Act
from playhead.process.children import Child

LEARN_S = 300.0


def backlog(bench: Bench, workers: list[Child], acts: list[Act]) -> Speed:
    """The speed of personalize workers until the last event is committed."""
    cluster = bench.cluster
    return drain(
        cluster, workers, EVENTS, acts, lambda: cluster.committed(PERSONALIZE, EVENTS), bench.progress
    )


def learned(bench: Bench, learn: Child) -> None:
    """Wait until the learn worker has learned all examples, so that it does not disturb what follows."""
    bench.cluster.until_done(LEARN, EXAMPLES, [learn], LEARN_S)


def throughput(bench: Bench) -> Sample:
    """One personalize worker with a learn worker beside it; a bare Faust agent over the same events."""
    acts = bench.log.take(bench.options.events)
    cluster = bench.cluster
    worker, learn = cluster.have(personalize=1, learn=1)
    ranked = cluster.total(RANKINGS)
    ours = backlog(bench, [worker], acts)
    rankings = cluster.total(RANKINGS) - ranked
    learned(bench, learn)
    bench.say(
        f"personalize worker: {ours.per_s:,.0f} events/s, {ours.per_cpu_s:,.0f} a second of its processor time"
    )
    cluster.have()
    other = bare(bench, acts)
    bench.say(f"bare Faust agent: {other.per_s:,.0f} events/s")
    return {
        "per_s": ours.per_s,
        "per_cpu_s": ours.per_cpu_s,
        "rankings": rankings / ours.seconds,
        "bare_per_s": other.per_s,
        "bare_per_cpu_s": other.per_cpu_s,
    }


def shell_cost(bench: Bench) -> Sample:
    """The same events through the same core from the same state: a worker, a plain loop, and no Kafka at all."""
    acts = bench.log.take(bench.options.events)
    cluster = bench.cluster
    cluster.have()
    like_a_worker()
    core = Core.from_broker(cluster.settings)
    work = list(batches(acts))
    begin_s = time.perf_counter()
    for batch in work:
        core.step(batch)
    alone = len(acts) / (time.perf_counter() - begin_s)
    del core
    loop = plain(bench, acts)
    [worker] = cluster.have(personalize=1)
    ours = backlog(bench, [worker], acts)
    bench.say(f"worker {ours.per_s:,.0f}, plain loop {loop.per_s:,.0f}, core {alone:,.0f} events/s")
    return {
        "per_s": ours.per_s,
        "per_cpu_s": ours.per_cpu_s,
        "core": alone,
        "plain": loop.per_s,
        "plain_per_cpu_s": loop.per_cpu_s,
    }


def every_event(bench: Bench) -> Sample:
    """Pages opened by as many profiles as there are events: every one is answered with a ranking of its own."""
    options, cluster = bench.options, bench.cluster
    count = min(options.events // 2, options.profiles)
    acts = [page(f"page-{bench.number}-{number}", profile_id(number)) for number in range(count)]
    [worker] = cluster.have(personalize=1)
    ranked = cluster.total(RANKINGS)
    ours = backlog(bench, [worker], acts)
    rankings = cluster.total(RANKINGS) - ranked
    bench.say(f"{rankings:,} rankings for {count:,} pages, {ours.per_s:,.0f} a second")
    return {"per_s": rankings / ours.seconds, "per_cpu_s": ours.per_cpu_s * rankings / count}


def learning(bench: Bench) -> Sample:
    """One learn worker behind, with nothing else to do; beside what personalize workers emit meanwhile."""
    cluster = bench.cluster
    acts = bench.log.take(bench.options.events)
    [worker] = cluster.have(personalize=1)
    before = cluster.total(EXAMPLES)
    ours = backlog(bench, [worker], acts)
    emitted = cluster.total(EXAMPLES) - before
    cluster.have()
    done = cluster.committed(LEARN, EXAMPLES)
    behind = cluster.total(EXAMPLES) - done
    [learn] = cluster.have(learn=1)
    looks = watch(lambda: cluster.committed(LEARN, EXAMPLES) - done, [learn], behind, bench.progress)
    # Each commit covers what a publication does, a second of work: the first of them tells when it begins.
    learned = speed(looks, from_first=True)
    bench.say(f"learn worker: {learned.per_s:,.0f} examples/s of {behind:,}")
    return {
        "per_s": learned.per_s,
        "per_cpu_s": learned.per_cpu_s,
        "emitted_by_two": 2 * emitted / ours.seconds,
        "emitted_by_two_per_cpu_s": 2 * emitted / len(acts) * ours.per_cpu_s,
    }


def two_workers(bench: Bench) -> Sample:
    """The same number of events by one worker, then by two; only the processor time of workers is counted."""
    cluster, events = bench.cluster, bench.options.events
    single = backlog(bench, cluster.have(personalize=1), bench.log.take(events))
    two = backlog(bench, cluster.have(personalize=2), bench.log.take(events))
    cluster.have()
    bench.say(f"one {single.per_s:,.0f}, two {two.per_s:,.0f} events/s")
    return {
        "one": single.per_s,
        "two": two.per_s,
        "one_per_cpu_s": single.per_cpu_s,
        # Each of two processors gives a second of it a second.
        "two_per_cpu_s": 2 * two.per_cpu_s,
    }

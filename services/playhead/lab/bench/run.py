"""Measure after measure, each with its references in the same round, on the same machine in the same minutes."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS
from playhead.lab.bench.cluster import PERSONALIZE, Progress, cluster
from playhead.lab.bench.figures import BenchRow
from playhead.lab.bench.log import Spec, opened, titles
from playhead.lab.bench.machine import Machine, this_machine
from playhead.lab.bench.measure import Bench, BenchOptions, Measure, Requirement, Sample
from playhead.lab.bench.registry import MEASURES
from playhead.lab.bench.seeds import plant, records
from playhead.lab.bench.serving import learned

WARM_S = 600.0


@dataclass(frozen=True, slots=True)
class BenchReport:
    """The results of a run."""

    options: BenchOptions
    machine: Machine
    samples: dict[str, list[Sample]]
    curves: dict[str, list[float]]
    rows: list[BenchRow]
    failed: Sequence[str] = ()
    """The measures that failed, with the reason."""


def selected(only: Sequence[str]) -> list[Measure]:
    """The measures of those names, all for none, in the order in which they are taken.

    Raises:
        Unavailable: there is no measure of that name.
    """
    known = {measure.name: measure for measure in MEASURES}
    if unknown := [name for name in only if name not in known]:
        raise Unavailable(f"There is no measure {', '.join(unknown)}.", f"Name some of {', '.join(known)}.")
    return [known[name] for name in known if not only or name in only]


def run(options: BenchOptions, progress: Progress) -> BenchReport:
    """Takes the measures that are asked for; one that fails does not discard the others.

    Raises:
        Unavailable: Kafka, or a worker that the measures need, did not start.
    """
    machine, measures = this_machine(), selected(options.only)
    progress(str(machine))
    if not machine.quiet:
        progress("Others are at work on this machine: figures will be worse than they are.")
    bench = prepared(options, measures, progress)
    (options.home / "run").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for place, some in groupby(measures, key=lambda measure: measure.place):
            if place > Requirement.NOWHERE and bench.there is None:
                bench.there = stack.enter_context(cluster(options.home, progress))
            settle(bench, place)
            for measure in some:
                take(bench, measure)
    table = rows(measures, options, bench.samples)
    return BenchReport(options, machine, bench.samples, bench.curves, table, bench.failed)


def prepared(options: BenchOptions, measures: Sequence[Measure], progress: Progress) -> Bench:
    """The log with all that these measures take of it, and the catalogue."""
    rounds = {measure.name: 1 if measure.once else options.rounds for measure in measures}
    events = options.warm + sum(rounds[measure.name] * measure.events(options) for measure in measures)
    spec = Spec(events, options.profiles, options.titles, options.seed)
    log = opened(options.home / "bench", spec, progress)
    return Bench(options, progress, log, titles(spec), log.take(options.warm))


def settle(bench: Bench, place: Requirement) -> None:
    """Make ready what the measures of a place need."""
    if place in {Requirement.EMPTY, Requirement.SERVED}:
        bench.cluster.renew(bench.titles)
    if place == Requirement.SERVED:
        options = bench.options
        bench.progress(f"Warm-up: {options.profiles:,} profiles with a past, {len(bench.warm):,} events")
        made = records(options.seed, bench.titles)
        plant(bench.cluster.publisher, made, range(options.profiles))
        workers = bench.cluster.have(personalize=1, learn=1)
        bench.cluster.publish(EVENTS, bench.warm)
        bench.cluster.until_done(PERSONALIZE, EVENTS, workers, WARM_S)
        learned(bench, workers[1])


def rows(
    measures: Sequence[Measure], options: BenchOptions, samples: dict[str, list[Sample]]
) -> list[BenchRow]:
    """The rows of the table."""
    lines = [(line, samples.get(measure.name, [])) for measure in measures for line in measure.lines(options)]
    made = [line.row(some) for line, some in lines]
    return [row for row in made if row is not None]


def take(bench: Bench, measure: Measure) -> None:
    """Takes all rounds of a measure; one that fails does not discard the others."""
    for number in range(1 if measure.once else bench.options.rounds):
        bench.number = number
        begin_s = time.monotonic()
        bench.progress(f"{measure.name}: {measure.about} (round {number + 1})")
        try:
            sample = measure.take(bench)
        except Unavailable as error:
            bench.failed.append(f"{measure.name}, round {number + 1}: {error}")
            bench.say(f"failed: {error}")
            continue
        bench.samples.setdefault(measure.name, []).append(sample)
        bench.say(f"took {time.monotonic() - begin_s:.0f} s")

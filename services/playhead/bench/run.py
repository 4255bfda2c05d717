"""The rounds: in each of them Playhead and what it is compared with, in turn, on the same machine in the same minutes."""

from dataclasses import dataclass, field
from pathlib import Path

from playhead.bench.drain import Speed, bare_backlog, learned, personalize_backlog
from playhead.bench.figures import Bar, Row, quantile, row
from playhead.bench.log import Log, Spec, opened
from playhead.bench.machine import Machine, this_machine
from playhead.bench.offline import replayed
from playhead.bench.openloop import WARM_S, own_acts, round_trips
from playhead.bench.world import Progress, World, world
from playhead.demo.load import Act
from playhead.domain.topics import EVENTS

BARE_EVENTS = 20_000
"""As many of the same events for the bare agent: it is slow, and its speed does not change."""
REPLAY_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured; ``seconds`` is for each latency in each round, ``events`` the backlog of each round."""

    home: Path = Path(".playhead")
    rounds: int = 3
    seconds: float = 20.0
    events: int = 40_000
    rate: float = 200.0
    titles: int = 2_000
    profiles: int = 5_000
    seed: int = 1

    @property
    def warm(self) -> int:
        """Events before the first round, so that profiles and models are not empty."""
        return self.events // 2

    @property
    def paced(self) -> int:
        """Events on a schedule, a round."""
        return int(self.rate * (WARM_S + self.seconds))

    @property
    def spec(self) -> Spec:
        """The log that this needs."""
        total = self.warm + self.rounds * (self.events + self.paced)
        return Spec(total, self.profiles, self.titles, self.seed)


@dataclass(slots=True)
class Samples:
    """What the rounds gave, one entry a round; latencies in seconds, all of them."""

    playhead: list[Speed] = field(default_factory=list)
    rankings: list[float] = field(default_factory=list)
    bare: list[Speed] = field(default_factory=list)
    own_s: list[list[float]] = field(default_factory=list)
    trips_s: list[list[float]] = field(default_factory=list)
    replayed: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told afterwards."""

    options: Options
    machine: Machine
    samples: Samples
    rows: list[Row]


def run(options: Options, progress: Progress) -> Report:
    """Measure everything.

    Raises:
        Unavailable: something did not start, or stopped.
    """
    machine = this_machine()
    progress(str(machine))
    if not machine.quiet:
        progress("Others are at work on this machine: figures will be worse than they are.")
    log = opened(options.home / "bench", options.spec, progress)
    samples = Samples()
    with world(options.home, log.titles, progress) as there:
        first = log.take(options.warm)
        warm_up(there, first, progress)
        for number in range(1, options.rounds + 1):
            progress(f"Round {number} of {options.rounds}")
            acts, paced = log.take(options.events), log.take(options.paced)
            # Whoever comes first meets a machine that is cooler, or a broker that is colder: they take turns.
            if number % 2:
                _playhead(there, acts, paced, options, samples, progress)
                _references(there, log, acts, first, number, samples, progress)
            else:
                _references(there, log, acts, first, number, samples, progress)
                _playhead(there, acts, paced, options, samples, progress)
    return Report(options, machine, samples, rows(samples, options.rate))


def warm_up(there: World, acts: list[Act], progress: Progress) -> None:
    """Profiles and models get a past, as they have in a running system."""
    progress(f"Warm-up: {len(acts):,} events")
    there.publish(EVENTS, acts)
    with there.learning() as learn, there.worker("personalize") as worker:
        personalize_backlog(there, worker, len(acts), progress)
        learned(there, learn, progress)


def _playhead(
    there: World, acts: list[Act], paced: list[Act], options: Options, samples: Samples, progress: Progress
) -> None:
    there.publish(EVENTS, acts)
    with there.learning() as learn, there.worker("personalize") as worker:
        speed, rankings = personalize_backlog(there, worker, len(acts), progress)
        samples.playhead.append(speed)
        samples.rankings.append(rankings)
        progress(f"  personalize worker: {speed.per_s:,.0f} events/s, {rankings:,.0f} rankings/s")
        learned(there, learn, progress)
        samples.trips_s.append(round_trips(there, paced, options.rate))
        samples.own_s.append(own_acts(there, paced, options.rate))
    for name, seconds in (("round trip", samples.trips_s[-1]), ("own act to ranking", samples.own_s[-1])):
        p50, p99 = (1_000 * quantile(seconds, share) for share in (0.5, 0.99))
        progress(f"  {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def _references(
    there: World,
    log: Log,
    acts: list[Act],
    first: list[Act],
    number: int,
    samples: Samples,
    progress: Progress,
) -> None:
    samples.bare.append(bare_backlog(there, acts[:BARE_EVENTS], number, progress))
    progress(f"  bare Faust agent: {samples.bare[-1].per_s:,.0f} events/s")
    samples.replayed.append(replayed(log.titles, first[:REPLAY_EVENTS]))
    progress(f"  replay without Kafka: {samples.replayed[-1]:,.0f} events/s")


def rows(samples: Samples, rate: float) -> list[Row]:
    """The table."""
    bare, trip = "bare Faust agent", "bare round trip"
    p50, p99 = (
        [[1_000 * quantile(seconds, share) for seconds in side] for side in (samples.own_s, samples.trips_s)]
        for share in (0.5, 0.99)
    )
    at = f"own act to ranking at {rate:g} events/s"
    return [
        row(
            "one personalize worker, everything on",
            "events/s",
            [each.per_s for each in samples.playhead],
            references=[each.per_s for each in samples.bare],
            reference_name=bare,
            bar=Bar("ratio", ">", 1.0),
        ),
        row(
            "… a second of its processor time",
            "events/CPU s",
            [each.per_cpu_s for each in samples.playhead],
            references=[each.per_cpu_s for each in samples.bare],
            reference_name=bare,
        ),
        row("… its rankings", "rankings/s", samples.rankings),
        row(
            f"{at}, p50",
            "ms",
            p50[0],
            references=p50[1],
            reference_name=trip,
            bar=Bar("value", "<", 15.0),
        ),
        row(
            f"{at}, p99",
            "ms",
            p99[0],
            references=p99[1],
            reference_name=trip,
            bar=Bar("value", "<", 60.0),
        ),
        row("replay: core without Kafka, an event at a time, learning", "events/s", samples.replayed),
    ]

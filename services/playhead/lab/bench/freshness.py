"""How fresh rankings are: a viewer's own act, and another's."""

from playhead.lab.bench.cluster import used_s
from playhead.lab.bench.figures import quantile
from playhead.lab.bench.measure import Bench, BenchOptions, Sample
from playhead.lab.bench.openloop import WARM_S, own_acts, round_trips
from playhead.lab.bench.others import others
from playhead.lab.bench.serving import learned, throughput

FULL = "throughput"
HALF_AT_MOST = 6_000.0
"""Events a second; a faster worker is measured for a shorter time."""
OWN, TRIP, HALF, OTHERS = (
    "own act to ranking",
    "bare round trip",
    "own act, half of full load",
    "another's act",
)


def paced(options: BenchOptions) -> int:
    """Events on the schedule of ``rate``, a round."""
    return int(options.rate * (WARM_S + options.seconds))


def at_rate(bench: Bench) -> Sample:
    """Own act to ranking on a quiet system, and the bare round trip right before, with both workers idle."""
    options, cluster = bench.options, bench.cluster
    acts = bench.log.take(paced(options))
    worker, learn = cluster.have(personalize=1, learn=1)
    learned(bench, learn)
    trips_s = round_trips(cluster, acts, options.rate)
    began_s = used_s([worker])
    own_s = own_acts(cluster, acts, options.rate)
    spent_s = used_s([worker]) - began_s
    bench.curves.setdefault(TRIP, []).extend(trips_s)
    bench.curves.setdefault(OWN, []).extend(own_s)
    return {"cpu_us": 1e6 * spent_s / len(acts), **_quantiles("own", own_s), **_quantiles("trip", trips_s)}


def at_half(bench: Bench) -> Sample:
    """Own act to ranking at half of the throughput of this run; without such a figure, it is taken first."""
    cluster = bench.cluster
    if FULL not in bench.samples:
        bench.samples[FULL] = [throughput(bench)]
    rate = bench.samples[FULL][-1]["per_s"] / 2
    acts = bench.log.take(_at_most(bench.options, rate))
    worker, learn = cluster.have(personalize=1, learn=1)
    learned(bench, learn)
    began_s = used_s([worker])
    own_s = own_acts(cluster, acts, rate)
    spent_s = used_s([worker]) - began_s
    learned(bench, learn)
    bench.say(f"at {rate:,.0f} events/s")
    bench.curves.setdefault(HALF, []).extend(own_s)
    return {"rate": rate, "cpu_us": 1e6 * spent_s / len(acts), **_quantiles("own", own_s)}


def of_others(bench: Bench) -> Sample:
    """Others choose a title: until the models bring it into the ranking of someone who did nothing."""
    _, learn = bench.cluster.have(personalize=1, learn=1)
    learned(bench, learn)
    other_s = others(bench)
    bench.curves.setdefault(OTHERS, []).extend(other_s)
    return _quantiles("other", other_s)


def half_events(options: BenchOptions) -> int:
    """What ``at_half`` may take, the throughput before it included."""
    return options.events + int(HALF_AT_MOST * (WARM_S + options.seconds))


def _at_most(options: BenchOptions, rate: float) -> int:
    left = half_events(options) - options.events
    return min(left, int(rate * (WARM_S + options.seconds)))


def _quantiles(name: str, samples_s: list[float]) -> dict[str, float]:
    return {f"{name}_{share:.0%}": 1_000 * quantile(samples_s, share) for share in (0.5, 0.99)}

"""The list of measures. To add one: write its function, name it here with its rows."""

from playhead.lab.bench.catalogue import described_titles, large_catalogue
from playhead.lab.bench.figures import Bar
from playhead.lab.bench.freshness import at_half, at_rate, half_events, of_others, paced
from playhead.lab.bench.measure import BenchOptions, Measure, Requirement, TableLine
from playhead.lab.bench.offline import GROWTH_BATCH, STEPS, growth, ranked_titles, ranking, replay
from playhead.lab.bench.serving import every_event, learning, shell_cost, throughput, two_workers
from playhead.lab.bench.shell import TIMES, shell_alone
from playhead.lab.bench.stored import stored

BARE, QUIX, PLAIN = "bare Faust agent", "Quix Streams", "plain confluent-kafka loop"
TRIP, NUMPY = "bare round trip", "numpy"
FLAT = 1.5
"""A cost that grows by less while what it is measured against grows tenfold and more."""


def _ratio(than: str, limit: float) -> Bar:
    return Bar("ratio", than, limit)  # type: ignore[arg-type]


def _value(than: str, limit: float) -> Bar:
    return Bar("value", than, limit)  # type: ignore[arg-type]


def _shell(_: BenchOptions) -> tuple[TableLine, ...]:
    name = "the shell alone: read, change, write, forward"
    return (
        TableLine(f"{name}, over Quix", "events/s", "shell_per_s", "quix_per_s", QUIX, _ratio("≥", 1.3)),
        TableLine(f"{name}, over Faust", "events/s", "shell_per_s", "bare_per_s", BARE, _ratio("≥", 10.0)),
        TableLine(
            "… a second of its processor time", "events/CPU s", "shell_per_cpu_s", "quix_per_cpu_s", QUIX
        ),
    )


def _throughput(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine(
            "one personalize worker, everything on", "events/s", "per_s", "bare_per_s", BARE, _ratio("≥", 2.5)
        ),
        TableLine("… a second of its processor time", "events/CPU s", "per_cpu_s", "bare_per_cpu_s", BARE),
        TableLine("… its rankings", "rankings/s", "rankings"),
    )


def _shell_cost(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine(
            "what the shell costs: worker over core",
            "events/s",
            "per_s",
            "core",
            "the core without Kafka",
            _ratio("≥", 0.75),
        ),
        TableLine("worker over a plain loop, nothing recoverable", "events/s", "per_s", "plain", PLAIN),
        TableLine("… a second of its processor time", "events/CPU s", "per_cpu_s", "plain_per_cpu_s", PLAIN),
    )


def _learning(_: BenchOptions) -> tuple[TableLine, ...]:
    name = "one learn worker"
    emitted = "2 personalize workers emit"
    return (
        TableLine(name, "examples/s", "per_s", "emitted_by_two", emitted, _ratio("≥", 1.0)),
        TableLine(
            "… a second of its processor time",
            "examples/CPU s",
            "per_cpu_s",
            "emitted_by_two_per_cpu_s",
            emitted,
        ),
    )


def _fresh(options: BenchOptions) -> tuple[TableLine, ...]:
    name = f"own act to ranking at {options.rate:g} events/s"
    return (
        TableLine(f"{name}, p50", "ms", "own_50%", "trip_50%", TRIP, _value("<", 15.0)),
        TableLine(f"{name}, p99", "ms", "own_99%", "trip_99%", TRIP, _value("<", 50.0)),
        TableLine(f"{name}, p50 over the trip", "ms", "own_50%", "trip_50%", TRIP, _ratio("≤", 4.0)),
        TableLine(f"{name}, p99 over the trip", "ms", "own_99%", "trip_99%", TRIP, _ratio("≤", 4.0)),
        TableLine("… processor time of the worker an event", "µs", "cpu_us"),
    )


def _half(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine("own act to ranking at half of full load, p50", "ms", "own_50%", bar=_value("<", 50.0)),
        TableLine("own act to ranking at half of full load, p99", "ms", "own_99%", bar=_value("<", 200.0)),
        TableLine("… at", "events/s", "rate"),
        TableLine("… processor time of the worker an event", "µs", "cpu_us"),
    )


def _others(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine("another's act to my ranking, p50", "ms", "other_50%"),
        TableLine("another's act to my ranking, p99", "ms", "other_99%", bar=_value("<", 1_500.0)),
    )


def _ranking(options: BenchOptions) -> tuple[TableLine, ...]:
    return tuple(
        TableLine(
            f"ranking one profile of a batch, {count:,} titles",
            "µs",
            f"us_{count}",
            f"numpy_{count}",
            NUMPY,
            _ratio("≤", 1.5),
        )
        for count in ranked_titles(options)
    )


def _catalogue(options: BenchOptions) -> tuple[TableLine, ...]:
    name = f"{described_titles(options):,} titles with synopses"
    return (
        TableLine(f"{name}: loaded, tagged and ranked", "s", "ranked_s", bar=_value("<", 60.0)),
        TableLine("… seconds of the processor", "s", "cpu_s"),
        TableLine("… loaded alone", "s", "loaded_s"),
        TableLine("… then a page, one at a time, learning", "µs", "page_us"),
    )


def _every(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine("every event asks for a ranking", "rankings/s", "per_s", bar=_value("≥", 2_500.0)),
        TableLine("… a second of its processor time", "rankings/CPU s", "per_cpu_s"),
    )


def _two(_: BenchOptions) -> tuple[TableLine, ...]:
    return (
        TableLine("two personalize workers", "events/s", "two", "one", "one", _ratio("≥", 1.4)),
        TableLine(
            "… a second of their processor time, twice",
            "events/CPU s",
            "two_per_cpu_s",
            "one_per_cpu_s",
            "one",
            _ratio("≥", 1.7),
        ),
    )


def _stored(options: BenchOptions) -> tuple[TableLine, ...]:
    some, more = options.stored
    return (
        TableLine(
            f"memory a million profiles, from {some:,} to {more:,}",
            "GiB",
            "gib_a_million",
            bar=_value("≤", 0.6),
        ),
        TableLine("disk a profile, full history", "B", "disk", bar=_value("≤", 2_048.0)),
        TableLine(
            "changelog a profile, full history, compressed", "B", "changelog", bar=_value("≤", 2_048.0)
        ),
        TableLine("… its record", "B", "record"),
        TableLine(
            f"recovery of {more:,} profiles from nothing",
            "records/s",
            "records_per_s",
            bar=_value("≥", 100_000.0),
        ),
        TableLine(
            f"start to first ranking, store of {some:,} kept", "s", "first_ranking_s", bar=_value("≤", 3.0)
        ),
    )


def _replay(_: BenchOptions) -> tuple[TableLine, ...]:
    return (TableLine("replay: core without Kafka, an event at a time, learning", "events/s", "per_s"),)


def _growth(options: BenchOptions) -> tuple[TableLine, ...]:
    lines = []
    for dimension, sizes, most in (
        ("profiles", options.growing_profiles, FLAT),
        ("titles", options.growing_titles, 0.0),
        ("titles of history", (10, 100), FLAT),
    ):
        least, key = sizes[0], "history" if "history" in dimension else dimension
        lines += [
            TableLine(
                f"cost of an event, {size:,} {dimension}",
                "µs",
                f"{key}_{size}",
                f"{key}_{least}",
                f"at {least:,}",
                _ratio("≤", most or size / least),
            )
            for size in sizes[1:]
        ]
    lines += [
        TableLine(
            f"cost of an event, {size:,} in a step",
            "µs",
            f"together_{size}",
            f"together_{GROWTH_BATCH}",
            f"at {GROWTH_BATCH:,}",
        )
        for size in STEPS
    ]
    return tuple(lines)


MEASURES: tuple[Measure, ...] = (
    Measure("ranking", "ranking one profile of a batch, over numpy", Requirement.NOWHERE, ranking, _ranking),
    Measure(
        "catalogue",
        "a large catalogue with synopses: loaded, tagged, ranked",
        Requirement.NOWHERE,
        large_catalogue,
        _catalogue,
        once=True,
    ),
    Measure("replay", "the core without Kafka, an event at a time", Requirement.NOWHERE, replay, _replay),
    Measure(
        "growth",
        "cost of an event along profiles, titles, history, events at once",
        Requirement.NOWHERE,
        growth,
        _growth,
        once=True,
    ),
    Measure(
        "shell",
        "the shell alone, over Quix Streams and bare Faust",
        Requirement.EMPTY,
        shell_alone,
        _shell,
        lambda options: TIMES * options.events,
    ),
    Measure(
        "throughput",
        "one personalize worker, everything on, over bare Faust",
        Requirement.SERVED,
        throughput,
        _throughput,
        lambda options: options.events,
    ),
    Measure(
        "shell-cost",
        "a worker over the same core without Kafka, and over a plain loop",
        Requirement.SERVED,
        shell_cost,
        _shell_cost,
        lambda options: options.events,
    ),
    Measure(
        "two",
        "two personalize workers over one",
        Requirement.SERVED,
        two_workers,
        _two,
        lambda options: 2 * options.events,
    ),
    Measure(
        "learning",
        "one learn worker over what two personalize workers emit",
        Requirement.SERVED,
        learning,
        _learning,
        lambda options: options.events,
    ),
    Measure("every-event", "rankings/s, every event asking for one", Requirement.SERVED, every_event, _every),
    Measure(
        "freshness",
        "own act to ranking, over the bare round trip",
        Requirement.SERVED,
        at_rate,
        _fresh,
        paced,
    ),
    Measure(
        "half-load",
        "own act to ranking at half of full load",
        Requirement.SERVED,
        at_half,
        _half,
        half_events,
    ),
    Measure("others", "another's act to my ranking", Requirement.SERVED, of_others, _others),
    Measure(
        "stored",
        "memory, disk, changelog, recovery",
        Requirement.STORED,
        stored,
        _stored,
        lambda options: options.events // 2 + 200,
        once=True,
    ),
)

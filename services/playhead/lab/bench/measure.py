"""What a measure is: a function that is called once a round and returns named values, and the table rows made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from playhead.domain.titles import Title
from playhead.lab.bench.cluster import BenchCluster, Progress
from playhead.lab.bench.figures import Bar, BenchRow, row
from playhead.lab.bench.log import Spec, SyntheticLog
from playhead.lab.demo.load import Act

Sample = Mapping[str, float]
"""Values of one round by name; one that could not be taken is left out."""


class Requirement(IntEnum):
    """What a measure needs to be running; measures are taken in this order."""

    NOWHERE = 0
    """No Kafka."""
    EMPTY = 1
    """Kafka, and nobody has watched anything."""
    SERVED = 2
    """A catalogue, profiles with a past, models that have learned."""
    STORED = 3
    """A catalogue, and profiles that the measure puts there by itself."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """How much is measured.

    ``events`` is a backlog, ``seconds`` a latency, each once a round; ``stored`` are the two numbers of profiles
    between which memory is measured, ``growing`` those of profiles and titles along which the cost of an event is.
    """

    home: Path = Path(".playhead")
    rounds: int = 3
    seconds: float = 20.0
    events: int = 40_000
    rate: float = 200.0
    titles: int = 10_000
    profiles: int = 100_000
    seed: int = 1
    stored: tuple[int, int] = (200_000, 400_000)
    growing_profiles: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    growing_titles: tuple[int, ...] = (1_000, 10_000, 100_000)
    acts_of_others: int = 25
    only: tuple[str, ...] = ()

    @property
    def warm(self) -> int:
        """How many events are processed first, so that models are not empty."""
        return 2 * self.events

    @property
    def catalogue(self) -> Spec:
        """The catalogue alone."""
        return Spec(1, 1, self.titles, self.seed)


@dataclass(slots=True)
class Bench:
    """The environment of a measure, with the results of those before it in this run."""

    options: BenchOptions
    progress: Progress
    log: SyntheticLog
    titles: Sequence[Title]
    warm: list[Act]
    number: int = 0
    there: BenchCluster | None = None
    curves: dict[str, list[float]] = field(default_factory=dict)
    """Latencies in seconds by what they are of, of all rounds."""
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    """The samples of each measure, one a round."""
    kept: dict[str, object] = field(default_factory=dict)
    """Values that are computed once a run."""
    failed: list[str] = field(default_factory=list)
    """Rounds of measures that failed, with the reason."""

    @property
    def cluster(self) -> BenchCluster:
        """Kafka, for a measure whose place has one."""
        assert self.there is not None
        return self.there

    def say(self, text: str) -> None:
        """Reports progress within a measure."""
        self.progress(f"    {text}")


class TableLine(NamedTuple):
    """A row of the table: the names of the sample values that are its value and its reference."""

    measure: str
    unit: str
    value: str
    reference: str = ""
    reference_name: str = ""
    bar: Bar | None = None

    def row(self, samples: Sequence[Sample]) -> BenchRow | None:
        """The row of these samples, None where the value, or a reference that was wanted, was never taken."""
        wanted = {self.value, self.reference} - {""}
        taken = [sample for sample in samples if wanted <= sample.keys()]
        if not taken:
            return None
        return row(
            self.measure,
            self.unit,
            [sample[self.value] for sample in taken],
            references=[sample[self.reference] for sample in taken] if self.reference else (),
            reference_name=self.reference_name or None,
            bar=self.bar,
        )


class Measure(NamedTuple):
    """An entry of the registry. ``events``: how many events of the log a round takes; ``once``: in the first round only."""

    name: str
    about: str
    place: Requirement
    take: Callable[[Bench], Sample]
    lines: Callable[[BenchOptions], tuple[TableLine, ...]]
    events: Callable[[BenchOptions], int] = lambda _: 0
    once: bool = False

"""Statistics for metrics: counts and measures that no result depends on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

Clock = Callable[[], float]
"""A clock in seconds from any start; only differences are used, for the time of stages."""


class SlateStats(NamedTuple):
    """Quality measures of the first titles of one ranking.

    ``titles``: their numbers in this process, of ``known`` titles; ``novelty_bits``: the mean of -log2 P(next
    choice); ``diversity``: the probability that two of them differ in their first label; ``repeated``: how many were on screen
    before and not played since; ``tagged``: how many have tags; ``sources``: how many of them each candidate source had proposed; several sources may propose one title.
    """

    titles: tuple[int, ...]
    known: int
    novelty_bits: float
    diversity: float
    repeated: int
    tagged: int
    sources: dict[str, int]


@dataclass(slots=True)
class Stats:
    """Statistics of one batch of events.

    ``folded``: events that changed a profile; ``duplicates``: events whose id was among the last; ``replayed``: events at or below the
    watermark; ``late``: events that were folded, but older than earlier ones; ``ahead``: events whose clock was ahead of the broker's, counted each time they
    are read; ``erased_ms``: broker timestamps of the erasures that
    got a receipt; ``rankings``: by market; ``items``: titles in rankings, of which ``explored`` with a propensity below 1; ``removed``:
    candidates removed, by filter; ``backfilled``: titles of the backfill source; ``moods``: moods observed, by source and quadrant; ``slates``: a sample; ``spent_s``: time by stage, if the core was given a clock.
    """

    folded: int = 0
    duplicates: int = 0
    replayed: int = 0
    late: int = 0
    erased_ms: list[int] = field(default_factory=list)
    rankings: Counter[str] = field(default_factory=Counter)
    items: int = 0
    explored: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    slates: list[SlateStats] = field(default_factory=list)
    spent_s: dict[str, float] = field(default_factory=dict)
    ahead: int = 0
    backfilled: int = 0
    moods: Counter[tuple[str, str]] = field(default_factory=Counter)


class StageTimer:
    """Sums the time of each stage; does nothing without a clock."""

    def __init__(self, clock: Clock | None, spent_s: dict[str, float]) -> None:
        self._clock = clock
        self._spent_s = spent_s
        self._since_s = clock() if clock else 0.0

    def lap(self, stage: str) -> None:
        """Adds the time since the last call to ``stage``."""
        if self._clock is not None:
            now_s = self._clock()
            self._spent_s[stage] = self._spent_s.get(stage, 0.0) + now_s - self._since_s
            self._since_s = now_s


class StoreStats(NamedTuple):
    """The size of a store: bytes on disk, bytes of writes in memory, records (an estimate).

    ``reads``: number of reads since the last call, by where they were served: records in ``memory`` (writes that are
    not on disk yet), blocks in the ``cache``, blocks on ``disk``.
    """

    disk_bytes: int
    memory_bytes: int
    records: int
    reads: dict[str, int]


class PrequentialPrediction(NamedTuple):
    """A head's prediction of an outcome before it learned it."""

    head: str
    market: str
    probability: float
    label: int


class ArtworkTake(NamedTuple):
    """A picture that was shown, and whether its title was clicked."""

    artwork_id: str
    taken: bool

"""The events of a measurement: what an audience does in front of invented rankings, made once and kept in a file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import accumulate, islice
from pathlib import Path
from random import Random

import msgspec

from playhead.demo.audience import Audience
from playhead.demo.catalogue import NEWEST_MS, catalogue
from playhead.demo.load import Act
from playhead.domain.events import Event, PageViewed
from playhead.domain.rankings import Cause, RankedItem, Ranking
from playhead.domain.titles import Title
from playhead.evaluate.recorded import Recording
from playhead.runtime.embedded.folders import filled

EVERY_MS = 5
"""Between two events, so that a log reads like 200 events a second, whatever the speed it is played at."""
LENGTH = 50
"""Titles of an invented ranking, as many as a real one has."""
TOLD_EVERY = 5_000
EVENTS = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a log is made from; the same values give the same bytes."""

    events: int
    profiles: int = 5_000
    titles: int = 2_000
    seed: int = 1


class Log:
    """A catalogue, and events that are taken from the front, a slice for each thing that is measured."""

    def __init__(self, titles: Sequence[Title], acts: Iterator[Act]) -> None:
        self.titles = titles
        self._acts = acts

    def take(self, count: int) -> list[Act]:
        """The next events, in their order."""
        return list(islice(self._acts, count))


def opened(folder: Path, spec: Spec, progress: Callable[[str], None]) -> Log:
    """The log of that description from ``folder``, made first when it is not there."""
    place = folder / _fingerprint(spec)
    if not place.is_dir():
        with filled(place) as making, (making / EVENTS).open("wb") as out:
            for number, event in enumerate(generated(spec), 1):
                out.write(msgspec.json.encode(event) + b"\n")
                if not number % TOLD_EVERY:
                    progress(f"making the event log: {number:,} of {spec.events:,}")
    return Log(catalogue(spec.seed, spec.titles), _read(place / EVENTS))


def generated(spec: Spec) -> Iterator[Event]:
    """The events themselves: every page that is opened shows a ranking that nobody computed."""
    titles = catalogue(spec.seed, spec.titles)
    audience = Audience(spec.seed, spec.profiles, titles)
    shelf = Shelf(spec.seed, titles)
    made = 0
    while made < spec.events:
        for event in audience.act(NEWEST_MS + EVERY_MS * made, 1):
            if isinstance(event, PageViewed):
                audience.see(shelf.ranking(event))
            made += 1
            if made <= spec.events:
                yield event


class Shelf:
    """Rankings without an engine: titles drawn by their place in the catalogue, the first the most popular (Zipf)."""

    def __init__(self, seed: int, titles: Sequence[Title]) -> None:
        self._rng = Random(f"shelf-{seed}")  # noqa: S311  a simulation, not a secret
        self._ids = [title.title_id for title in titles]
        self._weights = list(accumulate(1.0 / place for place in range(1, len(titles) + 1)))
        self._version = 0

    def ranking(self, event: Event) -> Ranking:
        """A page for whoever opened it."""
        self._version += 1
        drawn = dict.fromkeys(self._rng.choices(self._ids, cum_weights=self._weights, k=2 * LENGTH))
        items = tuple(
            RankedItem(title_id=title_id, score=1.0 / place, propensity=1.0, reasons=())
            for place, title_id in enumerate(islice(drawn, LENGTH), 1)
        )
        cause = Cause(event_id=event.event_id, partition=0, offset=0, occurred_at=event.occurred_at)
        return Ranking(
            ranking_id=f"shelf-{self._version}",
            profile_id=event.profile_id,
            surface="home",
            version=self._version,
            computed_at=event.occurred_at,
            market=event.market or "",
            caused_by=cause,
            model_versions={},
            experiments={},
            items=items,
            rows=(),
        )


def _read(path: Path) -> Iterator[Act]:
    with Recording(path) as recording:
        for line in recording.lines("events", validate=False):
            yield Act(line.key, line.type, line.title_id, line.value)


def _fingerprint(spec: Spec) -> str:
    """Other numbers or another simulation make another log."""
    digest = hashlib.sha256(repr(astuple(spec)).encode())
    here = Path(__file__)
    for source in sorted((here, *(here.parents[1] / "demo").glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]

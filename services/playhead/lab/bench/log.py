"""The events of a measurement: what an audience does in front of invented rankings, for as many viewers as wanted.

A few thousand lives are simulated once and kept in a file. Each is then lived by many profiles: at another time of the
day, and among other editions of the same titles. That is quick, and neighbouring events are of different viewers, as
they are where a hundred thousand watch at once.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, islice
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from playhead.domain.events import Event, PageViewed
from playhead.domain.partitioning import partition_of
from playhead.domain.rankings import Cause, RankedItem, Ranking
from playhead.domain.titles import Title
from playhead.domain.topics import PROFILE_PARTITIONS
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import NEWEST_MS, catalogue
from playhead.lab.demo.load import Act
from playhead.lab.kafka.folders import filled

EVERY_MS = 5
"""Between two events, so that a log reads like 200 events a second, whatever the speed it is played at."""
LENGTH = 50
"""Titles of an invented ranking, as many as a real one has."""
LIVES = 2_000
BASE = 1_000
"""Titles that are simulated; a larger catalogue has several editions of each, the earlier ones the more popular."""
BEGIN_S = 4 * 3_600.0
"""Seconds after which everybody has opened the app once (``lab.demo.sessions``)."""
SPAN_S = 4 * 3_600.0
EVENTS_A_LIFE = 64
"""Least number of events of a life, in a day; about two sessions."""
REPORT_EVERY = 50_000
TEMPLATE = "lives.jsonl"
_TITLE = re.compile(rb"title-(\d{5})")


@dataclass(frozen=True, slots=True)
class Spec:
    """What a log is made from; the same values give the same bytes."""

    events: int
    profiles: int = 5_000
    titles: int = 2_000
    seed: int = 1

    @property
    def lives(self) -> int:
        """How many viewers are simulated."""
        return min(self.profiles, LIVES)

    @property
    def base(self) -> int:
        """How many titles are simulated."""
        return min(self.titles, BASE)

    @property
    def simulated(self) -> int:
        """Events of the lives, of few different numbers, so that one file serves many logs."""
        simulated = EVENTS_A_LIFE * self.lives
        while simulated * max(1, self.profiles // self.lives) < self.events:
            simulated *= 2
        return simulated


class SyntheticMoment(msgspec.Struct, array_like=True):
    """A simulated event: when, in seconds since the beginning, whose, what kind, and its bytes."""

    at_s: float
    life: int
    kind: str
    id: str
    occurred_at: int
    value: str


class SyntheticLog:
    """A catalogue, and events that are taken from the front, a slice for each thing that is measured."""

    def __init__(self, titles: Sequence[Title], acts: Iterator[Act]) -> None:
        self.titles = titles
        self._acts = acts

    def take(self, count: int) -> list[Act]:
        """The next events, in their order.

        Raises:
            ValueError: there are not so many left.
        """
        taken = list(islice(self._acts, count))
        if len(taken) < count:
            raise ValueError(f"the log has {count - len(taken)} events too few")
        return taken


def opened(folder: Path, spec: Spec, progress: Callable[[str], None]) -> SyntheticLog:
    """The log of that description; the lives it is made of come from ``folder``, or are simulated first."""
    place = folder / _fingerprint(spec)
    if not place.is_dir():
        with filled(place) as making, (making / TEMPLATE).open("wb") as out:
            for number, event in enumerate(_lived(spec), 1):
                out.write(msgspec.json.encode(event) + b"\n")
                if not number % REPORT_EVERY:
                    progress(f"simulating viewers: {number:,} events")
    decoder = msgspec.json.Decoder(SyntheticMoment)
    with (place / TEMPLATE).open("rb") as lines:
        return SyntheticLog(titles(spec), expanded(spec, [decoder.decode(line) for line in lines]))


def titles(spec: Spec) -> list[Title]:
    """The catalogue: editions of a smaller one, that one first."""
    base = catalogue(spec.seed, spec.base)
    editions = -(-spec.titles // len(base))
    several = (
        replace_title(title, edition * len(base) + number, edition)
        for edition in range(editions)
        for number, title in enumerate(base)
    )
    return list(islice(several, spec.titles))


def replace_title(title: Title, number: int, edition: int) -> Title:
    """A title in another edition."""
    series = title.series_id and f"{title.series_id}-{edition}"
    named = f"{title.name}, edition {edition}" if edition else title.name
    return msgspec.structs.replace(title, title_id=f"title-{number:05}", name=named, series_id=series)


def profile_id(number: int) -> str:
    """The id of the profile with that number."""
    return f"viewer-{number:05}"


def page(event_id: str, profile: str) -> Act:
    """The event of a viewer who opens a page."""
    event = PageViewed(event_id=event_id, occurred_at=NEWEST_MS, profile_id=profile)
    return Act(profile, "page_viewed", None, msgspec.json.encode(event))


def one_a_partition() -> list[str]:
    """One profile id for each partition of the events topic."""
    profiles: dict[int, str] = {}
    for name in map(profile_id, count()):
        profiles.setdefault(partition_of(name.encode(), PROFILE_PARTITIONS), name)
        if len(profiles) == PROFILE_PARTITIONS:
            break
    return list(profiles.values())


def expanded(spec: Spec, lives: Sequence[SyntheticMoment]) -> Iterator[Act]:
    """The lives, each lived by several profiles at a time of its own; the day begins again when it is over."""
    rng = np.random.default_rng(spec.seed)
    copies = max(1, spec.profiles // spec.lives)
    editions = max(1, spec.titles // spec.base)
    span_s = max(event.at_s for event in lives) + 1.0
    offset_s = rng.uniform(0.0, span_s, (spec.lives, copies))
    worth = 1.0 / np.arange(1, editions + 1)
    edition = rng.choice(editions, (spec.lives, copies), p=worth / worth.sum())
    life = np.array([event.life for event in lives])
    at_s = np.array([event.at_s for event in lives])
    when = (at_s[:, None] + offset_s[life]) % span_s
    # Only the beginning is wanted: sorting all would take longer than everything else.
    soon = np.flatnonzero(when.ravel() <= _until(when, spec.events))
    for number, place in enumerate(soon[np.argsort(when.ravel()[soon], kind="stable")][: spec.events]):
        at, copy = divmod(int(place), copies)
        event = lives[at]
        yield _act(event, copy * spec.lives + event.life, int(edition[event.life, copy]) * spec.base, number)


def _until(when: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", events: int) -> float:
    if events >= when.size:
        return float("inf")
    return float(np.partition(when.ravel(), events)[events])


def _act(event: SyntheticMoment, profile: int, first_title: int, number: int) -> Act:
    named = profile_id(profile)
    value = (
        event.value.replace(event.id, f"{number:036x}", 1)
        .replace(str(event.occurred_at), str(NEWEST_MS + EVERY_MS * number), 1)
        .replace(profile_id(event.life), named)
        .encode()
    )
    if first_title:
        value = _TITLE.sub(lambda match: b"title-%05d" % (int(match[1]) + first_title), value)
    title = _TITLE.search(value)
    return Act(named, event.kind, title[0].decode() if title else None, value)


def _lived(spec: Spec) -> Iterator[SyntheticMoment]:
    """What the simulated viewers do, once all have begun: every page that is opened shows an invented ranking."""
    shown = catalogue(spec.seed, spec.base)
    audience = Audience(spec.seed, spec.lives, shown)
    rankings = SyntheticList(spec.seed, shown)
    made = kept = 0
    over = False
    while not over:
        for event in audience.act(NEWEST_MS + EVERY_MS * made, 1):
            made += 1
            if isinstance(event, PageViewed):
                audience.see(rankings.ranking(event))
            viewer = audience.viewer(event.profile_id)
            assert viewer is not None
            at_s = viewer.clock_s - NEWEST_MS / 1_000.0 - BEGIN_S
            if at_s < 0.0:
                continue
            kept += 1
            over = kept >= spec.simulated and at_s >= SPAN_S
            value = msgspec.json.encode(event).decode()
            kind = str(event.__struct_config__.tag)
            yield SyntheticMoment(
                at_s, int(event.profile_id[7:]), kind, event.event_id, event.occurred_at, value
            )


class SyntheticList:
    """Invented rankings: titles drawn by their place in the catalogue, the first the most popular (Zipf)."""

    def __init__(self, seed: int, titles: Sequence[Title]) -> None:
        self._rng = Random(f"shelf-{seed}")  # noqa: S311  a simulation, not a secret
        self._ids = [title.title_id for title in titles]
        self._pictures = {
            title.title_id: [artwork.artwork_id for artwork in title.artworks] for title in titles
        }
        self._weights = list(accumulate(1.0 / place for place in range(1, len(titles) + 1)))
        self._version = 0

    def ranking(self, event: Event) -> Ranking:
        """An invented ranking for the viewer who opened a page."""
        self._version += 1
        drawn = dict.fromkeys(self._rng.choices(self._ids, cum_weights=self._weights, k=2 * LENGTH))
        items = tuple(
            RankedItem(
                title_id=title_id,
                score=1.0 / place,
                artwork_id=self._picture(title_id),
                propensity=1.0,
                reasons=(),
            )
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

    def _picture(self, title_id: str) -> str | None:
        pictures = self._pictures[title_id]
        return pictures[self._version % len(pictures)] if pictures else None


def _fingerprint(spec: Spec) -> str:
    """A digest of what the simulated events depend on, as the name of their file."""
    digest = hashlib.sha256(repr((spec.lives, spec.base, spec.seed, spec.simulated)).encode())
    here = Path(__file__)
    for source in sorted((here, *(here.parents[1] / "demo").glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]

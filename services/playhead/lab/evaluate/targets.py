"""The targets of an evaluation: each consumption of a log, with the page view whose ranking is judged by it.

They are collected in one pass before anything is ranked; rankers learn when and for whom, never the target.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from playhead.arrays.vocabulary import Vocabulary
from playhead.domain.titles import Title
from playhead.lab.evaluate.choices import KINDS, Kind, Outline, kinds_of
from playhead.lab.evaluate.reading import distinct
from playhead.replay.recorded import Recording

WARM_UP = 0.2
"""Share of a log's consumptions that are learned and not scored."""
Progress = Callable[[int, int], None]
_title = msgspec.json.Decoder(Title)


class PageView(NamedTuple):
    """A page view: its line in the log, and how many titles had been named before it.

    ``acts``: what the profile had done with titles since its session began (what it was shown is no act).
    """

    line: int
    at_ms: int
    surface: str
    known: int
    acts: int


ALONE = PageView(0, 0, "home", 0, 0)
"""Where households are evaluated, the page of a profile that shares none: it is not scored."""


class Consumption(NamedTuple):
    """A consumption, by numbers of profile and title; ``surface`` is that of the page before it."""

    profile: int
    title: int
    at_ms: int
    surface: str


class Target(NamedTuple):
    """A consumption that is scored.

    ``profile_evidence`` and ``title_evidence``: how many consumptions the profile, and the title, had before.
    """

    line: int
    page: PageView
    profile: int
    title: int
    profile_evidence: int
    title_evidence: int


@dataclass
class Task:
    """All targets of one kind of consumption."""

    kind: Kind
    choices: dict[int, Consumption] = field(default_factory=dict)
    """Every consumption by its line, scored or not: what is learned from."""
    targets: list[Target] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Consumptions after the warm-up that are not scored, by reason."""


@dataclass
class Plan:
    """The targets of a log, collected in one pass."""

    titles: Vocabulary = field(default_factory=Vocabulary)
    profiles: Vocabulary = field(default_factory=Vocabulary)
    durations_s: dict[int, float] = field(default_factory=dict)
    repeatable: set[int] = field(default_factory=set)
    tasks: list[Task] = field(default_factory=list)
    events: int = 0
    first_ms: int = 0
    last_ms: int = 0
    households: Mapping[str, str] = field(default_factory=dict)
    """The household of each profile that shares one, where households are evaluated."""

    def profile(self, profile_id: str) -> int:
        """The number of a profile, or of its household."""
        return self.profiles.add(self.households.get(profile_id, profile_id))

    def at(self) -> dict[int, list[tuple[int, int]]]:
        """The (task, target) pairs by which the ranking of a page view is judged, by the line of the view."""
        by_line: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, task in enumerate(self.tasks):
            for place, target in enumerate(task.targets):
                by_line[target.page.line].append((number, place))
        return dict(by_line)


def plan(
    events: Path,
    titles: Path | None,
    limit: int | None = None,
    progress: Progress | None = None,
    households: Mapping[str, str] | None = None,
) -> Plan:
    """Reads a log and collects the targets of its first ``limit`` events.

    Args:
        events: The log.
        titles: Its catalogue.
        limit: Only so many of its lines.
        progress: Called with the bytes that are read, and with all of them.
        households: Profiles that share one; only what they consume is scored, and counts for the household.

    Raises:
        Unavailable: a file can't be read, or nothing is consumed in it.
    """
    made = Plan(households=households or {})
    if titles is not None:
        _name_titles(made, titles)
    candidates = {kind.name: _Candidates(Task(kind)) for kind in KINDS}
    types: set[str] = set()
    pages: dict[str, PageView] = {}
    acts: Counter[int] = Counter()
    with Recording(events) as log:
        for line, event in distinct(log, limit):
            made.events = line
            made.first_ms = made.first_ms or event.occurred_at
            made.last_ms = event.occurred_at
            types.add(event.type)
            profile = made.profile(event.profile_id)
            alone = households is not None and event.profile_id not in households
            if event.type == "session_started":
                acts[profile] = 0
            elif event.type == "page_viewed":
                known = len(made.titles)
                pages[event.profile_id] = PageView(
                    line, event.occurred_at, event.surface, known, acts[profile]
                )
            acts[profile] += bool(event.title_id)
            title = made.titles.add(event.title_id) if event.title_id else -1
            for title_id in event.named():
                made.titles.add(title_id)
            duration_s = event.duration_s or made.durations_s.get(title, 0.0)
            for kind in KINDS:
                if event.type in kind.types and title >= 0 and kind.holds(event, duration_s):
                    page = ALONE if alone else pages.get(event.profile_id)
                    candidates[kind.name].add(line, event, profile, title, page)
            if progress and not line % 5_000:
                progress(log.read_bytes, log.size_bytes)
    made.tasks = [candidates[kind.name].task() for kind in kinds_of(types)]
    return made


def _name_titles(made: Plan, path: Path) -> None:
    with Recording(path) as catalogue:
        for line in catalogue.lines("titles", validate=True):
            title = _title.decode(line.value)
            number = made.titles.add(title.title_id)
            made.durations_s[number] = title.duration_s or 0.0
            if title.repeatable:
                made.repeatable.add(number)


class _Candidates:
    """Consumptions of one kind, before it is known how many there are."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._judgements: list[Target | str] = []
        self._profile_evidence: Counter[int] = Counter()
        self._title_evidence: Counter[int] = Counter()
        self._done: set[tuple[int, int]] = set()

    def add(self, line: int, event: Outline, profile: int, title: int, page: PageView | None) -> None:
        surface = page.surface if page else "home"
        self._task.choices[line] = Consumption(profile, title, event.occurred_at, surface)
        self._judgements.append(self._judged(line, profile, title, page))
        self._profile_evidence[profile] += 1
        self._title_evidence[title] += 1
        self._done.add((profile, title))

    def _judged(self, line: int, profile: int, title: int, page: PageView | None) -> Target | str:
        if page is None:
            return "no page was viewed before"
        if page is ALONE:
            return "profile of one person"
        if title >= page.known:
            return "title not named before"
        if (profile, title) in self._done:
            return "consumed before by the profile"
        return Target(
            line, page, profile, title, self._profile_evidence[profile], self._title_evidence[title]
        )

    def task(self) -> Task:
        """The targets after the warm-up."""
        for each in self._judgements[int(WARM_UP * len(self._judgements)) :]:
            if isinstance(each, str):
                self._task.left_out[each] += 1
            else:
                self._task.targets.append(each)
        return self._task

"""What becomes of titles that are put into a living catalogue: in whose lists they stand, how soon, and what that costs.

The log is learned up to its middle without some titles that no event had named by then. They are added there; the page views after
that are ranked, and the other titles chosen next are looked up in the lists. Then the same without exploration. The choices of
other titles, up to the end of the log, say what it costs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from playhead.arrays.hashing import digest
from playhead.arrays.types import Floats
from playhead.domain.errors import Unavailable
from playhead.domain.titles import Title
from playhead.lab.evaluate.choices import Kind, Outline, kinds_of
from playhead.lab.evaluate.engines import listed
from playhead.lab.evaluate.metrics import METRICS, MetricEstimate, estimates, gains
from playhead.lab.evaluate.reading import outlines
from playhead.personalize.recipe import Recipe
from playhead.ranking.explore import NOTHING_NEW
from playhead.recipe import RECIPE
from playhead.replay.core import Replay
from playhead.replay.recorded import Recording

PAGES = 1_000
"""Page views after the titles were added in which they are looked for."""
LIKED_KINDS, LEAST_HISTORY = 3, 3
"""A viewer likes titles whose first genre is one of the three most chosen by the viewer, who has chosen three times at least."""
FIRST = 10
_title = msgspec.json.Decoder(Title)


@dataclass(frozen=True, slots=True)
class Launch:
    """Titles that are added, and when: before the line of the log, at the time of its event."""

    line: int
    at_ms: int
    titles: tuple[str, ...]


@dataclass
class LaunchExposure:
    """In how many lists of viewers who like its genre a title stood, and how soon."""

    pages: int = 0
    lists: int = 0
    tens: int = 0
    impressions: int = 0
    pages_to_ten: int | None = None
    """Page views until ten lists, of any viewers, had shown it among their first ten."""


@dataclass
class Launched:
    """What one recipe made of a launch; chosen: each later choice of another title, by whom, and its place in the last list, 0 for none."""

    titles: dict[str, LaunchExposure] = field(default_factory=dict)
    pages: int = 0
    chosen: list[tuple[str, int]] = field(default_factory=list)

    def statistics(self) -> dict[str, Any]:
        """The figures of tables and files."""
        liked = [title for title in self.titles.values() if title.pages]
        shares = [title.lists / title.pages for title in liked]
        tens = [title.tens / title.pages for title in liked]
        reached = [title.pages_to_ten for title in self.titles.values() if title.pages_to_ten is not None]
        return {
            "titles": len(self.titles),
            "titles of a liked kind": len(liked),
            "of these in 1 % of the lists": sum(share >= 0.01 for share in shares),
            "share of lists": _mean(shares),
            "share of first tens": _mean(tens),
            "titles with ten places in first tens": len(reached),
            "page views until then": _mean(reached),
            "choices of other titles": len(self.chosen),
            "their ndcg@10": float(self.ndcg.mean()) if self.chosen else 0.0,
        }

    @property
    def ndcg(self) -> Floats:
        """NDCG@10 of each choice of another title."""
        return gains([place for _, place in self.chosen])[:, METRICS.index("ndcg@10")]


def difference(first: Launched, second: Launched) -> MetricEstimate:
    """How much more NDCG@10 one recipe has than another in the same choices of other titles, with an interval over profiles."""
    profiles = np.array([digest(profile_id) for profile_id, _ in first.chosen], dtype=np.int64)
    return estimates(profiles, (first.ndcg - second.ndcg)[:, None])[0]


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def launch_of(events: Path, titles: Path, count: int, limit: int | None) -> Launch:
    """Titles for a launch in the middle of a log: not named before, the most chosen afterwards first.

    Raises:
        Unavailable: there is no such title, or the log is too short.
    """
    with Recording(events) as log:
        lines = [(line, event) for line, _, event in outlines(log, limit) if event is not None]
    if len(lines) < 2:
        raise Unavailable("The log has no middle.", "Name a longer one.")
    middle, middle_event = lines[len(lines) // 2]
    early: set[str] = set()
    later: Counter[str] = Counter()
    for line, event in lines:
        if line < middle:
            early.update(event.named())
        elif event.title_id:
            later[event.title_id] += 1
    with Recording(titles) as catalogue:
        known = {_title.decode(line.value).title_id for line in catalogue.lines("titles", validate=False)}
    new = sorted(known - early, key=lambda title_id: (-later[title_id], digest(title_id), title_id))[:count]
    if not new:
        raise Unavailable("Every title is named in the first half of the log.", "Name a larger catalogue.")
    return Launch(middle, middle_event.occurred_at, tuple(new))


def run_launch(recipe: Recipe, launch: Launch, events: Path, titles: Path, limit: int | None) -> Launched:
    """Replays a log around a launch, and looks at the lists after it."""
    core, added = Replay(recipe), []
    genre: dict[str, str] = {}
    with Recording(titles) as catalogue:
        for line in catalogue.lines("titles", validate=False):
            title = _title.decode(line.value)
            genre[title.title_id] = next(iter(title.genres), "")
            if title.title_id in launch.titles:
                added.append(msgspec.json.encode(msgspec.structs.replace(title, added_at=launch.at_ms)))
            else:
                core.put_title(line.value)
    launched = Launched({title: LaunchExposure() for title in launch.titles})
    with Recording(events) as log:
        watching = Watching(launched, genre, _kind(events, limit))
        for number, value, event in outlines(log, limit):
            if number == launch.line:
                for record in added:
                    core.put_title(record)
            is_page = number >= launch.line and event is not None and event.type == "page_viewed"
            effects = core.take(value, number, ranked=is_page)
            if event is not None:
                watching.take(event, listed(effects) if is_page else None)
    return launched


def _kind(events: Path, limit: int | None) -> Kind:
    with Recording(events) as log:
        types = {event.type for _, _, event in outlines(log, limit) if event is not None}
    return kinds_of(types)[0]


class Watching:
    """Looks at lists, and at what was chosen from them."""

    def __init__(self, launched: Launched, genre: dict[str, str], kind: Kind) -> None:
        self._launched, self._genre, self._kind = launched, genre, kind
        self._tastes: dict[str, Counter[str]] = defaultdict(Counter)
        self._pages: dict[str, list[str]] = {}

    def take(self, event: Outline, page: list[str] | None) -> None:
        """Takes in the next event, and the list that it caused, if that is judged."""
        if page is not None:
            self._look(event.profile_id, page)
        if event.type not in self._kind.types or not self._kind.holds(event, 0.0):
            return
        if genre := self._genre.get(event.title_id):
            self._tastes[event.profile_id][genre] += 1
        last = self._pages.pop(event.profile_id, None)
        if last is not None and event.title_id not in self._launched.titles:
            place = last.index(event.title_id) + 1 if event.title_id in last else 0
            self._launched.chosen.append((event.profile_id, place))

    def _look(self, profile_id: str, page: list[str]) -> None:
        self._launched.pages += 1
        self._pages[profile_id] = page
        if self._launched.pages > PAGES:
            return
        liked = set(self._liked(profile_id))
        for title_id, shown in self._launched.titles.items():
            if self._genre.get(title_id) in liked:
                shown.pages += 1
                shown.lists += title_id in page
                shown.tens += title_id in page[:FIRST]
            shown.impressions += title_id in page[:FIRST]
            if shown.impressions >= FIRST and shown.pages_to_ten is None:
                shown.pages_to_ten = self._launched.pages

    def _liked(self, profile_id: str) -> Iterator[str]:
        tastes = self._tastes[profile_id]
        if tastes.total() >= LEAST_HISTORY:
            yield from (genre for genre, _ in tastes.most_common(LIKED_KINDS))


def evaluate_new_titles(
    events: Path, titles: Path, count: int, limit: int | None = None
) -> tuple[dict[str, dict[str, Any]], MetricEstimate]:
    """The figures of a launch with exploration and without, and what it changes in NDCG@10 of the choices of other titles.

    Raises:
        Unavailable: a file can't be read, or there is nothing to add.
    """
    launch = launch_of(events, titles, count, limit)
    without = replace(RECIPE, pipeline=replace(RECIPE.pipeline, explore=NOTHING_NEW))
    ours, others = (run_launch(recipe, launch, events, titles, limit) for recipe in (RECIPE, without))
    figures = {"playhead": ours.statistics(), "without exploration": others.statistics()}
    return figures, difference(ours, others)

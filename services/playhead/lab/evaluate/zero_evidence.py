"""How well titles that nobody has chosen are put in order: each first choice of one, among all others of them.

At each choice of such a title all known titles that nobody had chosen by the page before it are scored for that page, none sampled,
by the core that serves (``ranking.score``), with what titles are about and without, and are put in order by references. What ties is in a
random order: a target counts what it would in the mean.

In logs whose catalogues were matched by fame, titles with fuller entries are chosen more. So the same is measured once more among
titles with a synopsis alone, targets and others: there nothing is gained by seeing that there is one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Bools, Floats, Ints
from playhead.candidates import filters
from playhead.candidates.pool import CandidatePool
from playhead.domain.errors import Unavailable
from playhead.features.content import LATELY
from playhead.features.context import ContextBatch
from playhead.features.request import request_of
from playhead.lab.evaluate.compare import MetricDifference
from playhead.lab.evaluate.engines import CORE
from playhead.lab.evaluate.metrics import METRICS, MetricEstimate, estimates
from playhead.lab.evaluate.reading import outlines
from playhead.lab.evaluate.targets import Plan, Target, plan
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.tallies import group_of
from playhead.personalize.recipe import Recipe
from playhead.ranking.score import ShardRows, score
from playhead.recipe import RECIPE
from playhead.replay.core import Replay
from playhead.replay.recorded import Recording
from playhead.signals.record import decode

ABOUT = ("content", "tags", "age", "language", "year", "mood", "household")
"""Features of what titles are about, for all of a profile's past and for the person who seems to be there, and of dates. Features of genres stay: they know these by name alone."""
RECIPES: Mapping[str, Recipe] = {
    CORE: RECIPE,
    "without content": RECIPE.without(*ABOUT),
}
POPULARITY, COSINE, RANDOM = "popularity", "cosine with what was chosen lately", "random"
ALL, WITH_SYNOPSIS = "all titles", "titles with a synopsis"
FIRST, LISTED = 10, 50


class JudgedOrder(NamedTuple):
    """The metrics of the target of a page in one order, a row of ``METRICS``; ``profile``: whose page it is."""

    profile: int
    gains: Floats


@dataclass
class Orders:
    """The metrics of all targets, by the set of titles that is put in order and by the system that does it."""

    judged: dict[tuple[str, str], list[JudgedOrder]] = field(default_factory=dict)
    dated_later: int = 0
    """Targets that by their dates were not there yet, which are left out."""

    def add(self, among: str, by: str, judged_order: JudgedOrder) -> None:
        """Notes a target."""
        self.judged.setdefault((among, by), []).append(judged_order)

    def sets(self) -> list[str]:
        """The sets of titles that were put in order."""
        return list(dict.fromkeys(among for among, _ in self.judged))

    def systems(self, among: str) -> list[str]:
        """The systems that put a set in order."""
        return [by for listed, by in self.judged if listed == among]

    def columns(self, among: str, by: str) -> tuple[Ints, Floats]:
        """Profiles, and a row of ``METRICS`` each."""
        rows = self.judged[among, by]
        return np.array([row.profile for row in rows]), np.stack([row.gains for row in rows])

    def measured(self, among: str, by: str) -> list[MetricEstimate]:
        """The means of ``METRICS``, with intervals over profiles."""
        return estimates(*self.columns(among, by))

    def differences(self, among: str) -> Iterator[MetricDifference]:
        """The core against each other system, paired."""
        profiles, ours = self.columns(among, CORE)
        for by in self.systems(among):
            if by == CORE:
                continue
            _, theirs = self.columns(among, by)
            for metric, before, each in zip(
                METRICS, theirs.mean(axis=0), estimates(profiles, ours - theirs), strict=True
            ):
                yield MetricDifference(among, CORE, by, metric, float(before), *each)


def evaluate_zero_evidence(events: Path, titles: Path, limit: int | None = None) -> Orders:
    """Puts titles that nobody has chosen in order by all recipes and references.

    Raises:
        Unavailable: a file can't be read, or no choice of such a title can be judged.
    """
    made, orders = plan(events, titles, limit), Orders()
    for name, recipe in RECIPES.items():
        run_zero_evidence(name, recipe, made, events, titles, orders, limit)
    if not orders.judged:
        raise Unavailable(
            "After the log's first fifth no title is chosen for the first time.", "Name a longer log."
        )
    return orders


def run_zero_evidence(
    name: str,
    recipe: Recipe,
    made: Plan,
    events: Path,
    titles: Path,
    orders: Orders,
    limit: int | None = None,
) -> None:
    """Replays a log by a recipe, and adds its orders; those of references, too, beside the core's."""
    core = Replay(recipe)
    with Recording(titles) as catalogue:
        for entry in catalogue.lines("titles", validate=False):
            core.put_title(entry.value)
    task = made.tasks[0]
    due = {each.page.line: each for each in task.targets if not each.title_evidence}
    untried = UnchosenTitles(core, recipe)
    with Recording(events) as log:
        for line, value, event in outlines(log, limit):
            core.take(value, line, ranked=False)
            target = due.get(line)
            if target is not None and event is not None:
                untried.judge(name, made.titles.name(target.title), target, event.profile_id, orders)
            if choice := task.choices.get(line):
                untried.choose(made.titles.name(choice.title))


class UnchosenTitles:
    """The titles that nobody has chosen, and how a core puts them in order."""

    def __init__(self, core: Replay, recipe: Recipe) -> None:
        self._core, self._recipe = core, recipe
        self._catalogue = core.personalizer.followed.catalogue
        self._views = MarketSnapshotCache(core.personalizer.followed)
        self._chosen: set[int] = set()
        self._has_synopsis = np.zeros(len(self._catalogue.titles), dtype=np.bool_)
        self._has_synopsis[[title for title, entry in self._catalogue.entries.items() if entry.synopsis]] = (
            True
        )

    def choose(self, title_id: str) -> None:
        """Notes that a title was chosen: from now on it is none of them."""
        self._chosen.add(self._catalogue.know(title_id))

    def judge(self, name: str, title_id: str, target: Target, profile_id: str, orders: Orders) -> None:
        """Puts the titles in order for the page that a profile has just opened, and adds the target's metrics to ``orders``."""
        catalogue, key = self._catalogue, profile_id.encode()
        request = request_of(key, decode(self._core.stored[key])[2], target.page.at_ms)
        there = catalogue.listed[: len(catalogue.titles)].copy()
        there[list(self._chosen)] = False
        there &= catalogue.added_at[: len(there)] <= target.page.at_ms
        chosen = catalogue.titles.get(title_id)
        if not there[chosen]:
            orders.dated_later += name == CORE
            return
        view = self._views.of(request.identity.market, request.identity.kind)
        columns = ContextBatch([request.snapshot()], [view])
        number = np.flatnonzero(there)
        pool = CandidatePool.unlinked(np.zeros_like(number), number, max(view.size, 1), 1)
        pool, _ = filters.apply(self._recipe.pipeline.filters, catalogue, [request], pool)
        scores = {
            name: score([self._recipe.pipeline.weights], [ShardRows(columns, 0, 1)], pool).score,
            **(_references(columns, pool) if name == CORE else {}),
        }
        has_synopsis = self._has_synopsis[pool.title]
        at = int(pool.place(np.array([0]), np.array([chosen]))[0])
        for among, kept in ((ALL, np.ones_like(has_synopsis)), (WITH_SYNOPSIS, has_synopsis)):
            if at >= 0 and kept[at]:
                for by, values in scores.items():
                    orders.add(among, by, JudgedOrder(target.profile, gains_among(values, at, kept)))


def _references(columns: ContextBatch, pool: CandidatePool) -> dict[str, Floats]:
    """Scores of candidates by the references, each from what is known at the page."""
    view = columns.view(0)
    tally = view.models.tallies.get(group_of(view.audience, "shown"))
    shown = np.zeros(len(pool.title)) if tally is None else tally.of(pool.title, view.now_ms)[:, -1].round(6)
    taste = columns.content.vectors[0, LATELY]
    return {
        COSINE: np.round(view.catalogue.tags.embedding[pool.title].astype(np.float64) @ taste, 6),
        POPULARITY: shown,
        RANDOM: np.zeros(len(pool.title)),
    }


def gains_among(scores: Floats, at: int, kept: Bools) -> Floats:
    """``METRICS`` of the title at a place among those that are kept, in the mean over the orders of ties.

    >>> gains_among(np.array([3.0, 2.0, 1.0]), 1, np.ones(3, dtype=bool)).round(4).tolist()
    [1.0, 0.6309, 0.5, 1.0]
    >>> gains_among(np.zeros(20), 4, np.ones(20, dtype=bool)).round(4).tolist()
    [0.5, 0.2272, 0.1799, 1.0]
    """
    own = scores[at]
    before = int(np.count_nonzero(kept & (scores > own)))
    ties = int(np.count_nonzero(kept & (scores == own)))
    rank = np.arange(before + 1, before + ties + 1, dtype=np.float64)
    ten = rank <= FIRST
    return np.array(
        [ten.mean(), (ten / np.log2(rank + 1.0)).mean(), (1.0 / rank).mean(), (rank <= LISTED).mean()]
    )

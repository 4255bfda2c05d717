"""Runs the references through a log: they score where a target is due, and learn every choice."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import KEPT, Baseline, Query
from playhead.lab.evaluate.metrics import gains
from playhead.lab.evaluate.ranks import masked, ranks
from playhead.lab.evaluate.targets import Consumption, Target, Task

BEST_BY = 1
"""The column of the metrics by which a setting is called the best: NDCG@10."""


class Reference:
    """One baseline with the ranks that each of its settings gave."""

    def __init__(self, baseline: Baseline, targets: int, seed: int) -> None:
        self.baseline = baseline
        self.ranks: NDArray[np.uint8] = np.zeros((targets, len(baseline.settings)), dtype=np.uint8)
        self._rng = np.random.default_rng(seed)

    def score(self, query: Query, due: list[tuple[int, Target]], gone: list[int]) -> None:
        """Records the ranks of the targets of one page."""
        try:
            scores = masked(self.baseline.scores(query), gone)
        except FloatingPointError as error:
            raise FloatingPointError(f"{self.baseline.name}: {error}") from error
        for place, target in due:
            self.ranks[place] = ranks(scores, target.title, self._rng)

    def best(self) -> int:
        """The setting that was best in hindsight."""
        return int(np.argmax(self.each()[:, BEST_BY]))

    def each(self) -> NDArray[np.float64]:
        """Mean metrics of each setting, [settings × metrics]."""
        if not len(self.ranks):
            return np.zeros((len(self.baseline.settings), 4))
        return np.stack([gains(column).mean(axis=0) for column in self.ranks.T])


class References:
    """All baselines on one task, with the histories that they share."""

    def __init__(self, task: Task, baselines: list[Baseline]) -> None:
        self._task = task
        self.each = [
            Reference(baseline, len(task.targets), seed) for seed, baseline in enumerate(baselines, 1)
        ]
        self._recent: dict[int, list[Consumption]] = defaultdict(list)
        self._gone: dict[int, list[int]] = defaultdict(list)

    def score(self, places: list[int]) -> None:
        """Ranks the targets of one page with every reference."""
        if not self.each:
            return
        due = [(place, self._task.targets[place]) for place in places]
        profile, page = due[0][1].profile, due[0][1].page
        query = Query(profile, page.at_ms, page.surface, page.known, self._recent[profile])
        gone = [title for title in self._gone[profile] if title < page.known]
        for reference in self.each:
            reference.score(query, due, gone)

    def learn(self, line: int) -> None:
        """Learns the choice that was made in a line, if any was."""
        choice = self._task.choices.get(line)
        if choice is None or not self.each:
            return
        for reference in self.each:
            reference.baseline.learn_one(choice)
        recent = self._recent[choice.profile]
        recent.insert(0, choice)
        del recent[KEPT:]
        self._gone[choice.profile].append(choice.title)

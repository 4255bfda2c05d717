"""Prequential evaluation: every page is ranked before anything is learned of what was chosen there.

The engine is the core that serves (``Replay``); the references go along in the same pass, on the same targets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import Baseline
from playhead.lab.evaluate.choices import Outline
from playhead.lab.evaluate.engines import Contender
from playhead.lab.evaluate.list_statistics import ListStatistics
from playhead.lab.evaluate.ranks import place
from playhead.lab.evaluate.reading import outlines
from playhead.lab.evaluate.references import References
from playhead.lab.evaluate.settled import SettledPredictions
from playhead.lab.evaluate.targets import Plan, Progress
from playhead.replay.recorded import Recording


@dataclass
class TaskOutcome:
    """The result of one task: a rank a target for each contender, and the references with all their settings."""

    ranks: dict[str, NDArray[np.uint8]]
    references: References
    lists: ListStatistics


class Course:
    """One pass over a log."""

    def __init__(
        self,
        plan: Plan,
        contenders: list[Contender],
        baselines: Callable[[int, int], list[Baseline]] = lambda _choices, _titles: [],
        head_references: Sequence[str] = (),
    ) -> None:
        self._plan = plan
        self._contenders = contenders
        self._due = plan.at()
        self.settled = SettledPredictions(contenders[0].core if contenders else None, head_references)
        self.outcomes = [
            TaskOutcome(
                {
                    name: np.zeros(len(task.targets), dtype=np.uint8)
                    for each in contenders
                    for name in each.names
                },
                References(task, baselines(len(task.choices), len(plan.titles))),
                ListStatistics(plan),
            )
            for task in plan.tasks
        ]

    def run(
        self, events: Path, titles: Path | None, limit: int | None = None, progress: Progress | None = None
    ) -> list[TaskOutcome]:
        """Takes the whole log through; the outcomes are in the order of the plan's tasks."""
        if titles is not None:
            with Recording(titles) as catalogue:
                for entry in catalogue.lines("titles", validate=False):
                    for each in self._contenders:
                        each.core.put_title(entry.value)
        with Recording(events) as log:
            for line, value, event in outlines(log, limit):
                self._take(line, value, event)
                self.settled.collect()
                if progress and not line % 500:
                    progress(line, self._plan.events)
        self.settled.close()
        return self.outcomes

    def _take(self, line: int, value: bytes, event: Outline | None) -> None:
        due = self._due.get(line, [])
        for number, outcome in enumerate(self.outcomes):
            if places := [at for task, at in due if task == number]:
                outcome.references.score(places)
        for nth, contender in enumerate(self._contenders):
            if not due:
                contender.take(line, value, event)
                continue
            lists = contender.lists(line, value)
            for name, served in zip(contender.names, lists, strict=True):
                self._note(name, served, due)
            if nth == 0:
                self._show(lists[0], due)
        if event is not None:
            self._learn(line, event)

    def _note(self, name: str, served: list[str], due: list[tuple[int, int]]) -> None:
        for task, at in due:
            target, left = self._plan.tasks[task].targets[at], served
            if self._plan.households:
                # What another of the household has finished is no target: to list it must not cost anybody a place.
                over = self.outcomes[task].lists.over(target.profile)
                left = [title_id for title_id in served if self._plan.titles.get(title_id) not in over]
            self.outcomes[task].ranks[name][at] = place(left, self._plan.titles.name(target.title))

    def _show(self, served: list[str], due: list[tuple[int, int]]) -> None:
        numbers = [self._plan.titles.get(title_id) for title_id in served]
        for task, at in due:
            target = self._plan.tasks[task].targets[at]
            self.outcomes[task].lists.show(target.profile, numbers, target.page.known)

    def _learn(self, line: int, event: Outline) -> None:
        profile = self._plan.profile(event.profile_id)
        for task, outcome in zip(self._plan.tasks, self.outcomes, strict=True):
            outcome.references.learn(line)
            outcome.lists.watch(profile, event)
            choice = task.choices.get(line)
            if choice is not None:
                outcome.lists.choose(choice)

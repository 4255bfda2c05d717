"""The experiments that run, as followed from their topic: which arms a ranking is made with, and by which pipeline."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from playhead.domain.decoding import decode_experiment
from playhead.domain.experiments import HOLDOUT, Experiment
from playhead.experiments.assignment import Assigner, Assignment, settings_of
from playhead.experiments.validation import validate
from playhead.personalize.arms import Ranked, of_arm
from playhead.ranking.pipeline import Pipeline

MOST_KEPT = 256
"""Pipelines of combinations of arms that are kept; made anew, one costs some 50 µs."""


class Treatment(NamedTuple):
    """How a ranking is to be made: the arm by experiment, as rankings and decisions log it, and the pipeline of these arms."""

    arms: Mapping[str, str]
    pipeline: Pipeline


class Trials:
    """The experiments, changed only by the records it is given, in their order: the same records assign the same arms."""

    def __init__(self, recipe: Ranked) -> None:
        self.known: dict[str, Experiment] = {}
        self._recipe = recipe
        self._untreated = Treatment({}, recipe.pipeline)
        self._assigner = Assigner()
        self._pipelines: dict[tuple[tuple[str, str], ...], Pipeline] = {}

    def follow(self, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the experiments topic; None takes the experiment out.

        Raises:
            Rejected: it can't run beside the others; nothing has changed.
        """
        if value is None:
            self.known.pop(key.decode(errors="replace"), None)
        else:
            experiment = decode_experiment(key, value)
            validate(experiment, self.known.values(), partial(of_arm, self._recipe))
            self.known[experiment.experiment_id] = experiment
        self._assigner = Assigner.of(self.known.values())
        self._pipelines.clear()

    def treatment(self, profile_id: str, surface: str, market: str) -> Treatment:
        """How a profile's ranking is to be made on this surface, in this market."""
        if self._assigner.is_idle:
            return self._untreated
        arms = self._assigner.exposures(profile_id, surface, market)
        return Treatment(arms, self.pipeline(arms)) if arms else self._untreated

    def pipeline(self, arms: Mapping[str, str]) -> Pipeline:
        """The pipeline of arms, by experiment; of experiments and arms that are not known, and of holdouts, nothing is changed."""
        key = tuple(arms.items())
        found = self._pipelines.get(key)
        if found is None:
            if len(self._pipelines) >= MOST_KEPT:
                self._pipelines.clear()
            found = self._pipelines[key] = self._made(arms)
        return found

    def _made(self, arms: Mapping[str, str]) -> Pipeline:
        placed = [
            Assignment(experiment, arm)
            for experiment_id, name in arms.items()
            if name != HOLDOUT and (experiment := self.known.get(experiment_id)) is not None
            for arm in experiment.arms
            if arm.name == name
        ]
        changes = settings_of(placed)
        return of_arm(self._recipe, changes).pipeline if changes else self._recipe.pipeline

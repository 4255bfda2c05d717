"""The running experiments, as followed from their topic, and the treatment of rankings: arms, pipeline and page layout."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from playhead.domain.decoding import decode_experiment
from playhead.domain.errors import Rejected
from playhead.domain.experiments import HOLDOUT, Experiment
from playhead.experiments.assignment import Assigner, Assignment, settings_of
from playhead.experiments.validation import validate
from playhead.page.kinds import Page
from playhead.personalize.arms import Ranked, of_arm
from playhead.ranking.pipeline import Pipeline
from playhead.ranking.score import Weights

MOST_ARMS = 256
"""Most arms of all known experiments, stopped ones included, as their sums are one record, of up to 1.5 kB an arm."""
MOST_KEPT = 256
"""Most combinations of arms whose treatment is cached."""
MOST_RECENT = 4_096
"""Most triples of profile, surface and market whose treatment is cached, as it is looked up with every event of a visit."""


class Treatment(NamedTuple):
    """The treatment of a ranking: the arm by experiment, as logged in rankings and decisions, and the configuration of these arms.

    ``pipeline`` has the recipe's own weights, and ``weights`` those of the arms, so that rankings that differ only in weights
    are computed together.
    """

    arms: Mapping[str, str]
    pipeline: Pipeline
    weights: Weights
    page: Page


class Trials:
    """The known experiments, changed only by records, in order (``follow``), so that the same records assign the same arms."""

    def __init__(self, recipe: Ranked) -> None:
        self.known: dict[str, Experiment] = {}
        self._recipe = recipe
        self._untreated = Treatment({}, recipe.pipeline, recipe.pipeline.weights, recipe.page)
        self._assigner = Assigner()
        self._treatments: dict[tuple[tuple[str, str], ...], Treatment] = {}
        self._recent: dict[tuple[str, str, str], Treatment] = {}

    def follow(self, key: bytes, value: bytes | None) -> None:
        """Applies a record of the experiments topic; a value of None removes the experiment.

        Raises:
            Rejected: the experiment can't run beside the others; nothing has changed.
        """
        if value is None:
            self.known.pop(key.decode(errors="replace"), None)
        else:
            experiment = decode_experiment(key, value)
            others = [
                other for other in self.known.values() if other.experiment_id != experiment.experiment_id
            ]
            _room(experiment, others)
            validate(experiment, others, partial(of_arm, self._recipe))
            self.known[experiment.experiment_id] = experiment
        self._assigner = Assigner.of(self.known.values())
        self._treatments.clear()
        self._recent.clear()

    def counts(self, experiment_id: str) -> bool:
        """Whether the usage of an experiment's profiles is still counted, which is as long as it runs."""
        experiment = self.known.get(experiment_id)
        return experiment is not None and experiment.status == "running"

    def treatment(self, profile_id: str, surface: str, market: str) -> Treatment:
        """The treatment of a profile's rankings on a surface, in a market."""
        if self._assigner.is_idle:
            return self._untreated
        asked = profile_id, surface, market
        treatment = self._recent.get(asked)
        if treatment is None:
            if len(self._recent) >= MOST_RECENT:
                self._recent.clear()
            arms = self._assigner.exposures(*asked)
            treatment = self._recent[asked] = self._treatment(arms) if arms else self._untreated
        return treatment

    def pipeline(self, arms: Mapping[str, str]) -> Pipeline:
        """The pipeline of arms (by experiment); unknown experiments and arms, and holdouts, change nothing."""
        treatment = self._treatment(arms)
        return replace(treatment.pipeline, weights=treatment.weights)

    def page(self, arms: Mapping[str, str]) -> Page:
        """The page layout of arms, likewise."""
        return self._treatment(arms).page

    def _treatment(self, arms: Mapping[str, str]) -> Treatment:
        key = tuple(arms.items())
        treatment = self._treatments.get(key)
        if treatment is None:
            if len(self._treatments) >= MOST_KEPT:
                self._treatments.clear()
            made, own = self._made(arms), self._recipe.pipeline.weights
            pipeline, page = made.pipeline, made.page
            treatment = Treatment(arms, replace(pipeline, weights=own), pipeline.weights, page)
            self._treatments[key] = treatment
        return treatment

    def _made(self, arms: Mapping[str, str]) -> Ranked:
        placed = [
            Assignment(experiment, arm)
            for experiment_id, name in arms.items()
            if name != HOLDOUT and (experiment := self.known.get(experiment_id)) is not None
            for arm in experiment.arms
            if arm.name == name
        ]
        changes = settings_of(placed)
        return of_arm(self._recipe, changes) if changes else self._recipe


def _room(experiment: Experiment, others: Iterable[Experiment]) -> None:
    arms = len(experiment.arms) + sum(len(other.arms) for other in others)
    if arms > MOST_ARMS:
        raise Rejected(
            f"With {experiment.experiment_id} there would be {arms} arms, of {MOST_ARMS} at most.",
            "Withdraw experiments that are over: playhead experiments withdraw.",
        )

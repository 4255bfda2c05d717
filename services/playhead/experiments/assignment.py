"""Which arm a profile is in: a hash of profile and experiment, so that nothing is stored and every worker agrees.

Overlapping layers as in Tang et al., "Overlapping Experiment Infrastructure" (KDD 2010): a profile has one place in each
layer, the same for as long as the layer's name is, and another one within each experiment, which chooses the arm. An
experiment that grows keeps its profiles, in their arms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from playhead.domain.experiments import HOLDOUT, Arm, Experiment, Setting

_UNIT = 2.0**-64


class Assignment(NamedTuple):
    """A profile's place in an experiment: what its ranking is to be made with."""

    experiment: Experiment
    arm: Arm


@dataclass(frozen=True, slots=True)
class Assigner:
    """Assigns profiles to the running experiments of a valid set (``experiments.validation``)."""

    holdouts: tuple[Experiment, ...] = ()
    running: tuple[Experiment, ...] = ()

    @classmethod
    def of(cls, experiments: Iterable[Experiment]) -> "Assigner":
        """The assigner for all known experiments, in any order."""
        running = sorted(
            (experiment for experiment in experiments if experiment.status == "running"),
            key=lambda experiment: experiment.experiment_id,
        )
        return cls(
            tuple(experiment for experiment in running if experiment.holdout),
            tuple(experiment for experiment in running if not experiment.holdout),
        )

    @property
    def is_idle(self) -> bool:
        """Whether no experiment and no holdout runs."""
        return not (self.holdouts or self.running)

    def assign(self, profile_id: str, surface: str, market: str) -> list[Assignment]:
        """The arms that the profile is in and that matter on this surface, in this market."""
        if any(_inside(holdout, profile_id) for holdout in self.holdouts):
            return []
        return [
            Assignment(experiment, arm)
            for experiment in self.running
            if matters(experiment, surface, market) and _inside(experiment, profile_id)
            for arm in [arm_of(experiment, profile_id)]
            if arm is not None
        ]

    def exposures(self, profile_id: str, surface: str, market: str) -> dict[str, str]:
        """What rankings and decisions log: the arm by experiment, ``holdout`` for those held out.

        Only an experiment whose arms could change this ranking is logged: others would dilute what is measured.
        """
        held = {holdout.experiment_id: HOLDOUT for holdout in self.holdouts if _inside(holdout, profile_id)}
        if held:
            return held
        assigned = self.assign(profile_id, surface, market)
        return {assignment.experiment.experiment_id: assignment.arm.name for assignment in assigned}


def matters(experiment: Experiment, surface: str, market: str) -> bool:
    """Whether a ranking on this surface, in this market could differ between the arms."""
    return (
        (not experiment.surfaces or surface in experiment.surfaces)
        and (not experiment.markets or market in experiment.markets)
        and any(arm.settings for arm in experiment.arms)
    )


def arm_of(experiment: Experiment, profile_id: str) -> Arm | None:
    """The arm of a profile of the experiment; None where the shares of the arms leave it out."""
    place = point(f"arm/{experiment.experiment_id}", profile_id)
    for arm in experiment.arms:
        place -= arm.share
        if place < 0.0:
            return arm
    # Shares such as three thirds sum to a little less than 1.
    full = sum(arm.share for arm in experiment.arms) > 1.0 - 1e-9
    return experiment.arms[-1] if full and experiment.arms else None


def settings_of(assignments: Iterable[Assignment]) -> dict[str, Setting]:
    """What the arms change together; no two layers change the same setting."""
    return {name: value for assignment in assignments for name, value in assignment.arm.settings.items()}


def point(salt: str, profile_id: str) -> float:
    """A number in [0, 1), uniform over profiles, independent between salts, the same everywhere and always.

    >>> round(point("main", "p-1"), 6) == round(point("main", "p-1"), 6) != round(point("other", "p-1"), 6)
    True
    """
    # The salt has its own length before it, so that ("a", "b/c") and ("a/b", "c") differ.
    named = f"{len(salt)}/{salt}/{profile_id}".encode()
    return int.from_bytes(blake2b(named, digest_size=8).digest()) * _UNIT


def _inside(experiment: Experiment, profile_id: str) -> bool:
    place = point(f"layer/{experiment.layer}", profile_id)
    return experiment.begin <= place < experiment.begin + experiment.share

"""Whether a set of experiments may run: each for itself, and beside the others. What is refused changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

from playhead.domain.errors import Rejected
from playhead.domain.experiments import CONTROL, Experiment, Setting

Build = Callable[[Mapping[str, Setting]], object]
"""Builds the recipe of an arm from what it changes, or raises ``Rejected``."""
TOLERANCE = 1e-9
"""Three thirds may sum to a little more than 1."""


def validate(experiment: Experiment, others: Iterable[Experiment], build: Build) -> None:
    """Checks an experiment beside the ``others`` that are known; a stopped one has only to be sound in itself.

    Raises:
        Rejected: it can't run; says what would make it run.
    """
    _shares(experiment)
    _arms(experiment, build)
    if experiment.status == "running":
        for other in others:
            if other.status == "running" and other.experiment_id != experiment.experiment_id:
                _beside(experiment, other, build)


def validate_all(experiments: Iterable[Experiment], build: Build) -> None:
    """Checks a whole set.

    Raises:
        Rejected: one of them can't run, or two can't run together.
    """
    every = [*experiments]
    for experiment in every:
        validate(experiment, (), build)
    for experiment, other in combinations(every, 2):
        if experiment.status == other.status == "running":
            _beside(experiment, other, build)


def _shares(experiment: Experiment) -> None:
    name, end = experiment.experiment_id, experiment.begin + experiment.share
    if end > 1.0 + TOLERANCE:
        raise Rejected(
            f"{name} reaches from {experiment.begin:g} to {end:g} of its layer, which ends at 1.",
            f"Lower share to {1.0 - experiment.begin:g}, or begin earlier.",
        )
    total = sum(arm.share for arm in experiment.arms)
    if total > 1.0 + TOLERANCE:
        raise Rejected(
            f"The arms of {name} share {total:g} of its profiles.",
            "Lower their shares to a sum of at most 1.",
        )


def _arms(experiment: Experiment, build: Build) -> None:
    name, names = experiment.experiment_id, [arm.name for arm in experiment.arms]
    if experiment.holdout:
        if names:
            raise Rejected(f"{name} is a holdout and has arms.", "Leave out arms, or holdout.")
        return
    if len({*names}) < len(names) or len(names) < 2 or CONTROL not in names:
        raise Rejected(
            f"The arms of {name} are {', '.join(names) or 'none'}.",
            f"Give at least two arms with different names, one of them named {CONTROL}.",
        )
    for arm in experiment.arms:
        if arm.name == CONTROL and arm.settings:
            raise Rejected(
                f"{CONTROL} of {name} changes {', '.join(arm.settings)}.",
                "Leave out its settings: it is what is served without the experiment.",
            )
        try:
            build(arm.settings)
        except Rejected as error:
            raise Rejected(
                f"Arm {arm.name} of {name} does not build: {error.reason}", error.repair
            ) from error


def _beside(experiment: Experiment, other: Experiment, build: Build) -> None:
    names = f"{experiment.experiment_id} and {other.experiment_id}"
    if experiment.layer == other.layer:
        first, last = (
            max(experiment.begin, other.begin),
            min(experiment.begin + experiment.share, other.begin + other.share),
        )
        if last - first > TOLERANCE:
            raise Rejected(
                f"{names} overlap in layer {experiment.layer}, from {first:g} to {last:g}.",
                f"Begin {experiment.experiment_id} at {other.begin + other.share:g} or later, lower a share, stop one of them, "
                "or give it a layer of its own.",
            )
        return
    both = {name for arm in experiment.arms for name in arm.settings} & {
        name for arm in other.arms for name in arm.settings
    }
    if both:
        raise Rejected(
            f"{names} are in different layers and both change {', '.join(sorted(both))}.",
            "Put them into one layer, side by side: a profile could be in both.",
        )
    _together(experiment, other, build)


def _together(experiment: Experiment, other: Experiment, build: Build) -> None:
    """A profile in both is served with an arm of each: such a recipe must build as well."""
    for mine in experiment.arms:
        for theirs in other.arms:
            if not (mine.settings and theirs.settings):
                continue
            try:
                build({**mine.settings, **theirs.settings})
            except Rejected as error:
                raise Rejected(
                    f"Arm {mine.name} of {experiment.experiment_id} and arm {theirs.name} of {other.experiment_id} do not build "
                    f"together: {error.reason}",
                    "Put the experiments into one layer, side by side: a profile could be in both.",
                ) from error

"""What an experiment's totals say: the lift of each arm, whether it is known, and which guardrail stops it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from playhead.domain.experiments import CONTROL, Arm, Experiment
from playhead.experiments.confidence import ALPHA, LEAST_PROFILES, Interval, planned, watched
from playhead.experiments.sample_ratio import mismatched
from playhead.experiments.totals import WIDTH, Floats, lift

Totals = Mapping[tuple[str, str], Floats]
"""The sums (``experiments.totals``) by arm and metric."""


class ArmVerdict(NamedTuple):
    """What is known of an arm against control; ``stop``: why it must not go on, None where it may."""

    arm: str
    low: float
    lift: float
    high: float
    known: bool
    stop: str | None


def verdicts(experiment: Experiment, totals: Totals) -> list[ArmVerdict]:
    """The verdicts on all arms but control, by the experiment's metric and its guardrails.

    Alpha is divided among the arms that are compared, so that any of them errs as seldom as a single one would.
    """
    others = [arm for arm in experiment.arms if arm.name != CONTROL]
    return [_verdict(experiment, totals, arm, ALPHA / len(others)) for arm in others]


def sample_ratio_mismatch(experiment: Experiment, totals: Totals) -> bool:
    """Whether the exposed profiles of the arms contradict their shares: then no result is to be trusted."""
    counts = np.array([float(_sums(totals, arm.name, experiment.metric)[0]) for arm in experiment.arms])
    return mismatched(counts, np.array([arm.share for arm in experiment.arms]))


def _verdict(experiment: Experiment, totals: Totals, arm: Arm, alpha: float) -> ArmVerdict:
    control, treated = (_sums(totals, name, experiment.metric) for name in (CONTROL, arm.name))
    low, middle, high = (float(bound) for bound in compare(control, treated, experiment.lift, alpha))
    stops = (
        _broken(guardrail.metric, guardrail.worst, totals, arm.name, experiment.lift, alpha)
        for guardrail in experiment.guardrails
    )
    return ArmVerdict(arm.name, low, middle, high, low > 0.0 or high < 0.0, next(filter(None, stops), None))


def _broken(metric: str, worst: float, totals: Totals, arm: str, effect: float, alpha: float) -> str | None:
    control, treated = (_sums(totals, name, metric) for name in (CONTROL, arm))
    low, _, high = (float(bound) for bound in compare(control, treated, effect, alpha, at_once=True))
    # Of what should be rare, more is worse.
    if metric == "gave_up":
        low, high = -high, -low
    if high >= worst:
        return None
    return f"{metric} is worse by {-100 * high:.1f} % at least; {-100 * worst:.1f} % are borne."


def compare(
    control: Floats, arm: Floats, effect: float, alpha: float = ALPHA, *, at_once: bool = False
) -> Interval:
    """The interval of an arm's lift from sums [... × WIDTH], at all times at once.

    ``effect``: the relative lift that was planned for; ``at_once``: from the first look on, wider, instead of from when
    the planned effect could first be known.
    """
    estimate = lift(control, arm)
    few = np.minimum(control[..., 0], arm[..., 0]) < LEAST_PROFILES
    estimate = estimate._replace(variance=np.where(few, np.inf, estimate.variance))
    return (watched if at_once else planned)(estimate, effect, alpha)


def _sums(totals: Totals, arm: str, metric: str) -> Floats:
    return totals.get((arm, metric), np.zeros(WIDTH))

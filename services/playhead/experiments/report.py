"""An experiment's result in numbers: each arm's profiles, metrics and lift over control, and what must not be trusted."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import CONTROL, METRICS, Experiment
from playhead.experiments.arm_sums import totals
from playhead.experiments.confidence import ALPHA
from playhead.experiments.totals import WIDTH, Floats
from playhead.experiments.verdict import Totals, compare, sample_ratio_mismatch, verdicts


class Lift(Struct, frozen=True, kw_only=True):
    """Bounds of a relative change that hold at all times at once; None where there is none yet."""

    low: float | None
    lift: float | None
    high: float | None

    @property
    def known(self) -> bool:
        """Whether it is known to be no chance."""
        return (self.low or 0.0) > 0.0 or (self.high is not None and self.high < 0.0)


class ArmReport(Struct, frozen=True, kw_only=True):
    """An arm: ``profiles`` that it was shown to, ``means`` by metric, ``lifts`` over control by metric.

    The lift of the experiment's own metric is bounded from when the planned one could first be known, others from the first look on, wider.
    """

    name: str
    profiles: int
    means: dict[str, float | None]
    lifts: dict[str, Lift] = {}
    stop: str | None = None


class Report(Struct, frozen=True, kw_only=True):
    """The result of an experiment; ``mismatch``: the arms contradict their shares, and nothing here is to be trusted."""

    experiment: Experiment
    mismatch: bool
    arms: list[ArmReport]

    @property
    def stop(self) -> str | None:
        """Why the experiment must not go on, None where it may."""
        return next((f"{arm.name}: {arm.stop}" for arm in self.arms if arm.stop), None)


def report(experiment: Experiment, parts: Mapping[int, ExperimentTotals]) -> Report:
    """The result of an experiment from the newest sums of each partition of the events."""
    sums = totals(experiment.experiment_id, parts)
    judged = {verdict.arm: verdict for verdict in verdicts(experiment, sums)} if experiment.arms else {}
    arms = []
    for arm in experiment.arms:
        lifts, verdict = {}, judged.get(arm.name)
        if verdict is not None:
            lifts = {metric: _lift(experiment, sums, arm.name, metric) for metric in METRICS}
            lifts[experiment.metric] = _bounds(verdict.low, verdict.lift, verdict.high)
        arms.append(
            ArmReport(
                name=arm.name,
                profiles=round(float(_sums(sums, arm.name, experiment.metric)[0])),
                means={metric: _mean(_sums(sums, arm.name, metric)) for metric in METRICS},
                lifts=lifts,
                stop=verdict.stop if verdict is not None else None,
            )
        )
    mismatch = bool(sums) and sample_ratio_mismatch(experiment, sums)
    return Report(experiment=experiment, mismatch=mismatch, arms=arms)


def _lift(experiment: Experiment, sums: Totals, arm: str, metric: str) -> Lift:
    alpha = ALPHA / max(len(experiment.arms) - 1, 1)
    control, treated = (_sums(sums, name, metric) for name in (CONTROL, arm))
    low, middle, high = compare(control, treated, experiment.lift, alpha, at_once=True)
    return _bounds(float(low), float(middle), float(high))


def _bounds(low: float, lift: float, high: float) -> Lift:
    """The bounds of a lift; none while nothing is known, when they are infinite."""
    if high == float("inf"):
        return Lift(low=None, lift=None, high=None)
    return Lift(low=low, lift=lift, high=high)


def _mean(sums: Floats) -> float | None:
    return float(sums[1] / sums[2]) if sums[2] > 0.0 else None


def _sums(sums: Totals, arm: str, metric: str) -> Floats:
    return sums.get((arm, metric), np.zeros(WIDTH))

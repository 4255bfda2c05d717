"""Metrics of experiments: the results of each arm, how certain they are, and off-policy estimates of policies."""

from collections.abc import Iterable, Sequence

from playhead.domain.experiments import Experiment
from playhead.experiments.report import Report
from playhead.observe import metrics

EXPERIMENTS = 20
"""Experiments with metrics, the first by id that run: 6 metrics of an arm are some 25 series."""
ALL = (
    metrics.EXPERIMENT_PROFILES,
    metrics.EXPERIMENT_MEAN,
    metrics.EXPERIMENT_LIFT,
    metrics.EXPERIMENT_MISMATCH,
    metrics.POLICY_GAIN,
    metrics.POLICY_SIZE,
    metrics.POLICY_COVERAGE,
)


def observe(reports: Sequence[Report]) -> None:
    """Sets the metrics of the experiments that run, and of policies that run or are proposed; others have none."""
    forget()
    _estimates([report.experiment for report in reports])
    running = [report for report in reports if report.experiment.status == "running" and report.arms]
    for report in running[:EXPERIMENTS]:
        name = report.experiment.experiment_id
        metrics.EXPERIMENT_MISMATCH.labels(name).set(report.mismatch)
        for arm in report.arms:
            metrics.EXPERIMENT_PROFILES.labels(name, arm.name).set(arm.profiles)
            for metric, mean in arm.means.items():
                if mean is not None:
                    metrics.EXPERIMENT_MEAN.labels(name, arm.name, metric).set(mean)
            for metric, lift in arm.lifts.items():
                for bound in ("low", "lift", "high"):
                    value = getattr(lift, bound)
                    if value is not None:
                        metrics.EXPERIMENT_LIFT.labels(name, arm.name, metric, bound).set(value)


def _estimates(experiments: Iterable[Experiment]) -> None:
    estimated = [
        (experiment, experiment.estimate)
        for experiment in sorted(experiments, key=lambda each: each.status != "running")
        if experiment.estimate is not None and experiment.status != "stopped"
    ]
    for experiment, estimate in estimated[:EXPERIMENTS]:
        labels = experiment.experiment_id, experiment.status, estimate.reward
        for bound in ("low", "gain", "high"):
            metrics.POLICY_GAIN.labels(*labels, bound).set(getattr(estimate, bound))
        metrics.POLICY_SIZE.labels(*labels).set(estimate.effective_size)
        metrics.POLICY_COVERAGE.labels(*labels).set(estimate.coverage)


def forget() -> None:
    """Removes the metrics: another process exports them, or none needs to."""
    for metric in ALL:
        metric.clear()

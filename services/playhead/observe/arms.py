"""Metrics of experiments: what each arm has brought about, and what is known of it."""

from collections.abc import Sequence

from playhead.experiments.report import Report
from playhead.observe import metrics

EXPERIMENTS = 20
"""Experiments with metrics, the first by id that run: 6 metrics of an arm are some 25 series."""
ALL = (
    metrics.EXPERIMENT_PROFILES,
    metrics.EXPERIMENT_MEAN,
    metrics.EXPERIMENT_LIFT,
    metrics.EXPERIMENT_MISMATCH,
)


def observe(reports: Sequence[Report]) -> None:
    """Sets the metrics of the experiments that run; others have none."""
    forget()
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


def forget() -> None:
    """Removes the metrics: another process exports them, or none needs to."""
    for metric in ALL:
        metric.clear()

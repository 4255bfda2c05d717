"""Whether one result is better than another on the same targets: paired differences with intervals over profiles."""

from typing import Any, NamedTuple

import numpy as np

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.columns import unpack
from playhead.lab.evaluate.metrics import METRICS, estimates, gains


class MetricDifference(NamedTuple):
    """A metric of ``first`` minus that of ``second``; ``real``: the 95 % interval leaves out 0."""

    task: str
    first: str
    second: str
    metric: str
    before: float
    mean: float
    low: float
    high: float

    @property
    def real(self) -> bool:
        """Whether chance alone is an unlikely reason."""
        return self.low > 0.0 or self.high < 0.0


def compare(first: dict[str, Any], second: dict[str, Any]) -> list[MetricDifference]:
    """Compares each system of one result with the system of the same name in another.

    Raises:
        Unavailable: they are not of the same targets, or have no system in common.
    """
    differences = []
    for name, task in first["tasks"].items():
        other = second["tasks"].get(name)
        if other is None or other["digest"] != task["digest"]:
            raise Unavailable(
                f"The two results are not of the same targets ({name}).",
                "Evaluate both on the same log, with the same --limit and --titles.",
            )
        both = [system for system in task["ranks"] if system in other["ranks"]]
        for system in both:
            pair = (task["ranks"][system], other["ranks"][system])
            differences += _differences(name, (system, system), task["profiles"], pair)
    if not differences:
        raise Unavailable("The two results have no system in common.", "Compare results of this version.")
    return differences


def against(result: dict[str, Any], ours: str) -> list[MetricDifference]:
    """Compares one system of a result with each other one."""
    differences = []
    for name, task in result["tasks"].items():
        for other in task["ranks"]:
            if other != ours and ours in task["ranks"]:
                pair = (task["ranks"][ours], task["ranks"][other])
                differences += _differences(name, (ours, other), task["profiles"], pair)
    return differences


def _differences(
    task: str, names: tuple[str, str], profiles: str, ranks: tuple[str, str]
) -> list[MetricDifference]:
    first, second = (gains(unpack(packed)) for packed in ranks)
    people = unpack(profiles).astype(np.int64)
    intervals = estimates(people, first - second)
    before = second.mean(axis=0) if len(second) else np.zeros(len(METRICS))
    return [
        MetricDifference(task, *names, metric, float(mean), *each)
        for metric, mean, each in zip(METRICS, before, intervals, strict=True)
    ]

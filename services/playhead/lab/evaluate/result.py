"""The result of an evaluation as plain values: what the JSON file holds, and tables and plots are drawn from."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate import columns
from playhead.lab.evaluate.calibration import CalibrationRow, heads
from playhead.lab.evaluate.engines import CORE, FROZEN
from playhead.lab.evaluate.metrics import (
    METRICS,
    PROFILE_EVIDENCE,
    TITLE_EVIDENCE,
    Range,
    estimates,
    gains,
    resampled,
)
from playhead.lab.evaluate.prequential import TaskOutcome
from playhead.lab.evaluate.targets import WARM_UP, Plan, Target, Task

WINDOWS = 20
"""Points of a learning curve, each of as many targets."""
Json = dict[str, Any]


class System(NamedTuple):
    """The ranks of one system: its name, its setting if there were several, and a rank a target."""

    name: str
    setting: str
    ranks: NDArray[np.uint8]
    tried: Json


def result(
    plan: Plan,
    outcomes: list[TaskOutcome],
    predictions: Iterable[CalibrationRow] = (),
    beside: Mapping[str, Iterable[CalibrationRow]] | None = None,
) -> Json:
    """Everything that was measured, ready for JSON; ``beside``: what references predicted, by their names."""
    return {
        "log": {
            "events": plan.events,
            "profiles": len(plan.profiles),
            "titles": len(plan.titles),
            "first_ms": plan.first_ms,
            "last_ms": plan.last_ms,
        },
        "warm_up": WARM_UP,
        "heads": heads(predictions),
        "head_references": {name: heads(rows) for name, rows in (beside or {}).items()},
        "tasks": {
            task.kind.name: _task(plan, task, outcome)
            for task, outcome in zip(plan.tasks, outcomes, strict=True)
        },
    }


def _task(plan: Plan, task: Task, outcome: TaskOutcome) -> Json:
    profiles = np.array([target.profile for target in task.targets], dtype=np.uint32)
    systems = list(_systems(outcome))
    return {
        "meaning": task.kind.meaning,
        "consumptions": len(task.choices),
        "scored": len(task.targets),
        "not_scored": dict(task.left_out),
        "digest": columns.digest(plan, task),
        "live_over_frozen": _ratio(profiles, outcome.ranks),
        "live_over_frozen_after_acts": _after_acts(task.targets, profiles, outcome.ranks),
        "shelf": outcome.lists.statistics(),
        "systems": {each.name: _system(task.targets, profiles, each) for each in systems},
        "profiles": columns.pack(profiles),
        "ranks": {each.name: columns.pack(each.ranks) for each in systems},
    }


def _systems(outcome: TaskOutcome) -> list[System]:
    systems = [System(name, "", ranks, {}) for name, ranks in outcome.ranks.items()]
    for reference in outcome.references.each:
        best = reference.best()
        settings = reference.baseline.settings
        tried = dict(zip(settings, reference.each().round(5).tolist(), strict=True))
        column = np.ascontiguousarray(reference.ranks[:, best])
        systems.append(System(reference.baseline.name, settings[best], column, tried))
    return systems


def _system(targets: list[Target], profiles: NDArray[np.uint32], system: System) -> Json:
    values = gains(system.ranks)
    people = profiles.astype(np.int64)
    profile_evidence = np.array([target.profile_evidence for target in targets], dtype=np.int64)
    title_evidence = np.array([target.title_evidence for target in targets], dtype=np.int64)
    return {
        "setting": system.setting,
        "tried": system.tried,
        "overall": _estimated(people, values),
        "by_profile_evidence": _ranges(PROFILE_EVIDENCE, profile_evidence, values),
        "by_title_evidence": _ranges(TITLE_EVIDENCE, title_evidence, values),
        "curve": [
            _rounded(float(part[:, 1].mean())) for part in np.array_split(values, WINDOWS) if len(part)
        ],
    }


def _ratio(profiles: NDArray[np.uint32], ranks: dict[str, NDArray[np.uint8]]) -> list[float] | None:
    """NDCG@10 of the live list over that of the frozen profile, with its 95 % interval."""
    if FROZEN not in ranks:
        return None
    pair = np.stack([gains(ranks[name])[:, 1] for name in (CORE, FROZEN)], axis=1)
    live, frozen = pair.mean(axis=0) if len(pair) else (0.0, 0.0)
    if not frozen:
        return None
    drawn = resampled(profiles.astype(np.int64), pair)
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], np.finfo(np.float64).tiny)
    return [float(live / frozen), *np.quantile(ratios, (0.025, 0.975)).tolist()]


def _after_acts(
    targets: list[Target], profiles: NDArray[np.uint32], ranks: dict[str, NDArray[np.uint8]]
) -> Json | None:
    """The ratio of ``_ratio`` over pages whose profile had acted since its session began, and their share."""
    acted = np.array([target.page.acts > 0 for target in targets], dtype=np.bool_)
    ratio = _ratio(profiles[acted], {name: each[acted] for name, each in ranks.items()})
    return None if ratio is None else {"share": _rounded(float(acted.mean())), "ratio": ratio}


def _estimated(people: NDArray[np.int64], values: NDArray[np.float64]) -> Json:
    intervals = estimates(people, values)
    return {
        name: [_rounded(each.mean), _rounded(each.low), _rounded(each.high)]
        for name, each in zip(METRICS, intervals, strict=True)
    }


def _ranges(ranges: tuple[Range, ...], counts: NDArray[np.int64], values: NDArray[np.float64]) -> Json:
    by_range: Json = {}
    for each in ranges:
        inside = values[(counts >= each.first) & (counts < each.end)]
        means = inside.mean(axis=0).tolist() if len(inside) else [None] * len(METRICS)
        by_range[each.name] = {"targets": len(inside)} | dict(zip(METRICS, map(_rounded, means), strict=True))
    return by_range


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 6)

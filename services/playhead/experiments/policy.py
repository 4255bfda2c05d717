"""Safe changes of a policy: propose, estimate off-policy, promote only what is known to be better."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from playhead.domain.experiments import CONTROL, Arm, Experiment, Setting
from playhead.experiments.confidence import ALPHA
from playhead.experiments.offpolicy import Ints, PolicyValue, dr
from playhead.experiments.totals import Floats

LEAST_SIZE = 1_000.0
"""Effective decisions: with fewer the normal approximation of rare, heavy rewards is not to be believed."""
LEAST_COVERAGE = 0.9
"""Of the other policy's decisions, those that the log has explored: below it, its value is not known at all."""


class Judged(NamedTuple):
    """A proposed policy: its gain over the current one, a decision, and whether it may take over; else why not."""

    gain: PolicyValue
    promote: bool
    reason: str


def gain(
    reward: Floats,
    weight: Floats,
    expected: Floats,
    value: Floats,
    alpha: float = ALPHA,
    of: Ints | None = None,
) -> PolicyValue:
    """What a policy brings more than the logged one, each decision compared with itself: tighter than two intervals."""
    estimate = dr(reward, weight, expected, value, alpha, of)
    paired = dr(reward, weight, expected, value - reward, alpha, of)
    return paired._replace(effective_size=estimate.effective_size)


def judge(found: PolicyValue) -> Judged:
    """Whether a gain is safe to take: enough was explored, enough is known, and its lower bound is above 0."""
    if abs(found.mean_weight - 1.0) > 1.0 - LEAST_COVERAGE:
        return Judged(found, False, f"The log has explored {found.mean_weight:.0%} of what it decides.")
    if found.effective_size < LEAST_SIZE:
        return Judged(
            found, False, f"It is known from {found.effective_size:,.0f} decisions, of {LEAST_SIZE:,.0f}."
        )
    if found.low <= 0.0:
        return Judged(found, False, f"Its gain may be {found.low:+.4f}.")
    return Judged(found, True, f"Its gain is {found.low:+.4f} at least.")


def proposals(weights: Sequence[float], step: float = 0.5) -> list[tuple[float, ...]]:
    """The neighbours of a policy's weights: each a step up and down, never below 0.

    >>> proposals((1.0, 0.25))
    [(1.5, 0.25), (0.5, 0.25), (1.0, 0.75), (1.0, 0.0)]
    """
    return [
        tuple(max(one + sign * step, 0.0) if n == place else one for n, one in enumerate(weights))
        for place in range(len(weights))
        for sign in (1.0, -1.0)
    ]


POLICY = "policy"
"""The experiment, and its layer, whose one arm is what was promoted: workers follow it like any other, and ``why`` knows it."""
PROMOTED, BEFORE = "promoted", "before"


def steps(known: Mapping[str, Setting], names: Iterable[str], step: float = 0.5) -> list[dict[str, Setting]]:
    """The neighbours of a policy's settings: each by a share up and down, from 0 by one step up.

    >>> steps({"weights.finish": 0.2, "weights.start": 0.0}, ["weights.finish", "weights.start"])
    [{'weights.finish': 0.3}, {'weights.finish': 0.1}, {'weights.start': 0.5}]
    """
    found: list[dict[str, Setting]] = []
    for name in names:
        value = known[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        moved = [value * (1.0 + step), value * (1.0 - step)] if value else [step]
        found += [{name: round(one, 9)} for one in moved]
    return found


def current(experiment: Experiment | None) -> dict[str, Setting]:
    """What the promoted policy changes of the recipe; nothing where none is in force."""
    if experiment is None or experiment.status != "running":
        return {}
    return _settings(experiment, PROMOTED)


def promoted(experiment: Experiment | None, changes: Mapping[str, Setting]) -> Experiment:
    """The record that puts changes into force for everybody, on top of those in force, which it remembers."""
    before = current(experiment)
    arms = (
        Arm(name=CONTROL, share=0.0),
        Arm(name=BEFORE, share=0.0, settings=before),
        Arm(name=PROMOTED, share=1.0, settings={**before, **changes}),
    )
    return Experiment(experiment_id=POLICY, layer=POLICY, share=1.0, arms=arms)


def rolled_back(experiment: Experiment) -> Experiment:
    """The record that puts the policy before the newest into force; the recipe's own where that was one."""
    before = _settings(experiment, BEFORE)
    if not before:
        return replace(experiment, status="stopped", stopped_because="rolled back")
    arms = (
        Arm(name=CONTROL, share=0.0),
        Arm(name=BEFORE, share=0.0),
        Arm(name=PROMOTED, share=1.0, settings=before),
    )
    return replace(experiment, arms=arms)


def _settings(experiment: Experiment, arm: str) -> dict[str, Setting]:
    return next((dict(one.settings) for one in experiment.arms if one.name == arm), {})

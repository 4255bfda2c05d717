"""Safe changes of a policy: propose, estimate off-policy, promote only what is known to be better."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from playhead.domain.errors import Rejected
from playhead.domain.experiments import CONTROL, Arm, Experiment, Guardrail, PolicyEstimate, Setting
from playhead.experiments.confidence import ALPHA
from playhead.experiments.offpolicy import Ints, PolicyValue, dr
from playhead.experiments.totals import Floats

LEAST_SIZE = 1_000.0
"""Effective decisions: with fewer the normal approximation of rare, heavy rewards is not to be believed."""
LEAST_COVERAGE = 0.9
"""Least share of the other policy's decisions that the log has explored: below it, its value is not known at all."""


class PolicyVerdict(NamedTuple):
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


def judge(policy_value: PolicyValue) -> PolicyVerdict:
    """Whether a gain is safe to take: enough was explored, enough is known, and its lower bound is above 0."""
    if abs(policy_value.mean_weight - 1.0) > 1.0 - LEAST_COVERAGE:
        return PolicyVerdict(
            policy_value, False, f"The log has explored {policy_value.mean_weight:.0%} of what it decides."
        )
    if policy_value.effective_size < LEAST_SIZE:
        return PolicyVerdict(
            policy_value,
            False,
            f"It is known from {policy_value.effective_size:,.0f} decisions, of {LEAST_SIZE:,.0f}.",
        )
    if policy_value.low <= 0.0:
        return PolicyVerdict(policy_value, False, f"Its gain may be {policy_value.low:+.4f}.")
    return PolicyVerdict(policy_value, True, f"Its gain is {policy_value.low:+.4f} at least.")


def proposals(weights: Sequence[float], step: float = 0.5) -> list[tuple[float, ...]]:
    """The neighbours of a policy's weights: each a step up and down, never below 0.

    >>> proposals((1.0, 0.25))
    [(1.5, 0.25), (0.5, 0.25), (1.0, 0.75), (1.0, 0.0)]
    """
    return [
        tuple(max(weight + sign * step, 0.0) if n == place else weight for n, weight in enumerate(weights))
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
    neighbours: list[dict[str, Setting]] = []
    for name in names:
        value = known[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        moved = [value * (1.0 + step), value * (1.0 - step)] if value else [step]
        neighbours += [{name: round(moved_value, 9)} for moved_value in moved]
    return neighbours


def current(experiment: Experiment | None) -> dict[str, Setting]:
    """What the promoted policy changes of the recipe; nothing where none is in force."""
    if experiment is None or experiment.status != "running":
        return {}
    return _settings(experiment, PROMOTED)


def promoted(
    experiment: Experiment | None, changes: Mapping[str, Setting], estimate: PolicyEstimate | None = None
) -> Experiment:
    """The record that puts changes into force for everybody, on top of those in force, which it remembers."""
    before = current(experiment)
    arms = (
        Arm(name=CONTROL, share=0.0),
        Arm(name=BEFORE, share=0.0, settings=before),
        Arm(name=PROMOTED, share=1.0, settings={**before, **changes}),
    )
    return Experiment(experiment_id=POLICY, layer=POLICY, share=1.0, arms=arms, estimate=estimate)


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
    return replace(experiment, arms=arms, estimate=None)


HELD = 0.1
"""Share of profiles that go on with the recipe when a policy is promoted automatically: its guardrails compare with them."""
GUARDRAILS = tuple(Guardrail(metric=metric, worst=-0.02) for metric in ("click", "finish", "gave_up"))


def guarded(changes: Mapping[str, Setting], estimate: PolicyEstimate | None = None) -> Experiment:
    """The record that puts changes into force for all but ``HELD``, until a guardrail takes them back by itself.

    It is named after what it changes, so that what was taken back is known when it is proposed again.
    """
    named = blake2b(msgspec.json.encode(dict(changes), order="sorted"), digest_size=6).hexdigest()
    arms = (
        Arm(name=CONTROL, share=HELD),
        Arm(name=PROMOTED, share=1.0 - HELD, settings=dict(changes)),
    )
    return Experiment(
        experiment_id=f"{POLICY}-{named}",
        layer=POLICY,
        share=1.0,
        arms=arms,
        metric="click",
        guardrails=GUARDRAILS,
        estimate=estimate,
    )


def proposed(
    known: Mapping[str, Experiment], changes: Mapping[str, Setting], estimate: PolicyEstimate
) -> Experiment:
    """The record that publishes the estimate of a policy, without any effect on rankings.

    If the same changes are in force, or were, it is their record with the new estimate.
    """
    made = guarded(changes, estimate)
    before = known.get(made.experiment_id)
    return replace(made, status="proposed") if before is None else replace(before, estimate=estimate)


def automatic(
    known: Mapping[str, Experiment], changes: Mapping[str, Setting], estimate: PolicyEstimate
) -> Experiment:
    """The record of an automatic promotion, where nothing speaks against it.

    Args:
        known: All experiments.
        changes: The proposed settings, found on other rows of the log than those that judged them.
        estimate: Their off-policy estimate.

    Raises:
        Rejected: it is not known to be better, was taken back before, or another policy is in force, whose profiles no longer tell
            what the recipe alone would bring.
    """
    if not estimate.promote:
        raise Rejected(
            f"{dict(changes)} is not known to be better. {estimate.reason}",
            "None: nothing has changed. A longer log may know.",
        )
    for other in known.values():
        if other.layer == POLICY and other.status == "running":
            raise Rejected(
                f"{other.experiment_id} is in force.",
                "Write what it changes into recipe.py, or roll it back; then another one may be promoted automatically.",
            )
    made = guarded(changes, estimate)
    before = known.get(made.experiment_id)
    if before is not None and before.status != "proposed":
        raise Rejected(
            f"{made.experiment_id} was stopped: {before.stopped_because or 'no reason given'}.",
            f"Withdraw it (playhead experiments withdraw {made.experiment_id}) to let it be tried again.",
        )
    return made


def in_force(known: Mapping[str, Experiment]) -> Experiment | None:
    """The policy that is in force, however it was promoted."""
    return next(
        (
            experiment
            for experiment in known.values()
            if experiment.layer == POLICY and experiment.status == "running"
        ),
        None,
    )


def _settings(experiment: Experiment, arm: str) -> dict[str, Setting]:
    return next((dict(known_arm.settings) for known_arm in experiment.arms if known_arm.name == arm), {})

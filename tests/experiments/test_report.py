"""The report of an experiment, from the sums of each partition; and which metrics an operator sees."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY
from tests.estimates import estimate

from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import METRICS, Arm, Experiment, Guardrail
from playhead.experiments.report import Report, report
from playhead.experiments.totals import moments
from playhead.observe import arms

EXPERIMENT = Experiment(
    experiment_id="x",
    share=1.0,
    arms=(Arm(name="control", share=0.5), Arm(name="b", share=0.5)),
    metric="finish",
    lift=0.1,
)


def parts(
    finish: tuple[float, float], size: tuple[int, int] = (4_000, 4_000), rest: float = 0.2
) -> dict[int, ExperimentTotals]:
    """Sums of two partitions of ten plays a profile, of which such a share is finished in each arm."""
    rng = np.random.default_rng(1)
    parts = {}
    for partition in (0, 1):
        sums = {}
        for arm, rate, profiles in zip(("control", "b"), finish, size, strict=True):
            rates = [rate if metric == "finish" else rest for metric in METRICS]
            rows = [
                moments(rng.binomial(10, rate, profiles // 2).astype(np.float64), 10.0).sum(axis=0)
                for rate in rates
            ]
            sums[arm] = np.stack(rows).tolist()
        parts[partition] = ExperimentTotals(partition=partition, experiments={"x": sums})
    return parts


def test_a_lift_is_known_from_all_partitions_together() -> None:
    result = report(EXPERIMENT, parts((0.30, 0.36)))
    control, b = result.arms
    assert (control.profiles, b.profiles, control.lifts, result.mismatch) == (4_000, 4_000, {}, False)
    assert control.means["finish"] == pytest.approx(0.30, abs=0.01)
    lift = b.lifts["finish"]
    assert lift.known
    assert (lift.low or 0.0) < 0.2 < (lift.high or 0.0)
    assert not b.lifts["click"].known
    assert result.stop is None


def test_nothing_is_said_before_anybody_came() -> None:
    result = report(EXPERIMENT, {})
    assert [arm.profiles for arm in result.arms] == [0, 0]
    assert result.arms[1].lifts["finish"].lift is None
    assert (result.mismatch, result.stop, result.arms[0].means["click"]) == (False, None, None)


def test_arms_that_did_not_get_their_shares_are_reported() -> None:
    assert report(EXPERIMENT, parts((0.3, 0.3), size=(4_000, 3_400))).mismatch


def test_a_guardrail_says_which_arm_must_stop() -> None:
    guarded = replace(EXPERIMENT, metric="click", guardrails=(Guardrail(metric="finish", worst=-0.02),))
    assert (report(guarded, parts((0.30, 0.24))).stop or "").startswith("b: finish is worse by")
    assert report(guarded, parts((0.30, 0.30))).stop is None


def test_a_holdout_has_no_arms() -> None:
    assert report(replace(EXPERIMENT, arms=(), holdout=True), {}).arms == []


def test_metrics_are_of_what_runs_and_bounded() -> None:
    result = report(EXPERIMENT, parts((0.30, 0.36)))
    more = [
        Report(experiment=replace(EXPERIMENT, experiment_id=f"x{n}"), mismatch=False, arms=result.arms)
        for n in range(arms.EXPERIMENTS + 5)
    ]
    arms.observe([result, *more, replace(result, experiment=replace(EXPERIMENT, status="stopped"))])
    labels = {"experiment": "x", "arm": "b"}
    assert REGISTRY.get_sample_value("playhead_experiment_profiles", labels) == 4_000
    low = REGISTRY.get_sample_value(
        "playhead_experiment_lift_ratio", {**labels, "metric": "finish", "bound": "low"}
    )
    assert low == result.arms[1].lifts["finish"].low
    [family] = [
        metric_family
        for metric_family in REGISTRY.collect()
        if metric_family.name == "playhead_experiment_mismatch"
    ]
    assert len(family.samples) == arms.EXPERIMENTS
    arms.forget()
    assert REGISTRY.get_sample_value("playhead_experiment_profiles", labels) is None


def test_estimates_of_policies_are_metrics_unless_they_are_stopped_running_ones_first() -> None:
    minutes = estimate(-0.1, reward="minutes", gain=0.4, high=0.9, effective_size=1_200.0, coverage=0.97)

    def policy(name: str, status: Any) -> Report:
        made = replace(EXPERIMENT, experiment_id=name, status=status, estimate=minutes)
        return Report(experiment=made, mismatch=False, arms=[])

    many = [policy(f"proposed-{n}", "proposed") for n in range(arms.EXPERIMENTS)]
    arms.observe([*many, policy("runs", "running"), policy("was", "stopped")])

    def sample(name: str, policy_id: str, status: str, **bound: str) -> float | None:
        labels = {"experiment": policy_id, "status": status, "reward": "minutes", **bound}
        return REGISTRY.get_sample_value(f"playhead_policy_{name}", labels)

    bounds = [sample("gain", "runs", "running", bound=bound) for bound in ("low", "gain", "high")]
    assert bounds == [-0.1, 0.4, 0.9]
    assert sample("effective_decisions", "runs", "running") == 1_200.0
    assert sample("coverage_ratio", "proposed-0", "proposed") == 0.97
    assert sample("coverage_ratio", many[-1].experiment.experiment_id, "proposed") is None
    assert sample("coverage_ratio", "was", "stopped") is None
    arms.forget()
    assert sample("gain", "runs", "running", bound="low") is None


def test_an_arm_without_a_share_is_no_mismatch() -> None:
    shut = replace(EXPERIMENT, arms=(Arm(name="control", share=0.0), Arm(name="b", share=1.0)))
    assert not report(shut, parts((0.3, 0.3))).mismatch

"""Bounds hold at all times at once, and sums say what a look at all profiles would say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.domain.experiments import Arm, Experiment, Guardrail
from playhead.experiments.confidence import delayed, information_needed, mixture, normal_quantile
from playhead.experiments.sample_ratio import ALPHA, log_evidence, mismatched
from playhead.experiments.totals import Floats, lift, moments
from playhead.experiments.verdict import sample_ratio_mismatch, verdicts

PATHS, STEPS = 4_000, 2_000


@pytest.fixture(scope="module")
def noise() -> Floats:
    """Sums of standard normals: estimates of variance 1/n of an effect that is not there, times n."""
    return np.cumsum(np.random.default_rng(1).standard_normal((PATHS, STEPS)), axis=1)


def ever_outside(noise: Floats, half: Floats) -> float:
    return float((np.abs(noise) > np.arange(1, STEPS + 1) * half).any(axis=1).mean())


def test_a_mixture_is_left_by_one_path_in_twenty_at_most(noise: Floats) -> None:
    variance = 1.0 / np.arange(1, STEPS + 1)
    assert 0.02 < ever_outside(noise, mixture(variance, 0.2)) < 0.05
    assert ever_outside(noise, normal_quantile(0.975) * np.sqrt(variance)) > 0.3


def test_so_is_a_delayed_one_from_its_first_look_on(noise: Floats) -> None:
    variance = 1.0 / np.arange(1, STEPS + 1)
    half = delayed(variance, first=20.0)
    assert np.isinf(half[:19]).all()
    assert np.isfinite(half[20:]).all()
    assert 0.02 < ever_outside(noise, half) < 0.05


def test_what_a_fixed_horizon_needs() -> None:
    assert information_needed(0.1, power=0.8) == pytest.approx(784.886, abs=0.01)


profiles = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.floats(0, 1)), min_size=3, max_size=12)


@given(control=profiles, arm=profiles)
@tried(100)
def test_the_lift_is_that_of_the_profiles(
    control: list[tuple[int, int, float]], arm: list[tuple[int, int, float]]
) -> None:
    """Residuals of ratios less what the past explains of them, profile by profile, without any sums."""
    tables = [np.array(each, dtype=float) for each in (control, arm)]
    estimated = lift(*(moments(*table.T).sum(axis=0) for table in tables))
    if any(table[:, 0].sum() == 0.0 for table in tables):
        assert np.isinf(estimated.variance)
        return
    influences = []
    for y, d, x in (table.T for table in tables):
        own, past = (y - y.sum() / d.sum() * d) / y.sum(), (x - x.mean()) / len(x)
        influences.append((own, past, np.log(y.sum() / d.sum()), x.mean()))
    spread = sum(float(past @ past) for _, past, _, _ in influences)
    slope = sum(float(own @ past) for own, past, _, _ in influences) / spread if spread > 1e-9 else 0.0
    variance = sum(float(((own - slope * past) ** 2).sum()) for own, past, _, _ in influences)
    difference = influences[1][2] - influences[0][2] - slope * (influences[1][3] - influences[0][3])
    if variance > 1e-9 and spread > 1e-9:
        assert estimated.variance == pytest.approx(variance, rel=1e-6)
        assert estimated.log_ratio == pytest.approx(difference, rel=1e-6, abs=1e-9)


def test_the_past_makes_it_surer() -> None:
    rng = np.random.default_rng(2)
    liking, arms = rng.beta(2, 5, 4_000), [slice(0, 2_000), slice(2_000, 4_000)]
    outcome, before = rng.binomial(20, liking).astype(float), rng.binomial(20, liking) / 20
    with_past, without = (
        lift(*(moments(outcome[arm], 20.0, past[arm]).sum(axis=0) for arm in arms))
        for past in (before, np.zeros(4_000))
    )
    assert with_past.variance < 0.5 * without.variance


def test_a_wrong_ratio_is_noticed_and_chance_is_not() -> None:
    rng, shares = np.random.default_rng(3), np.array([0.5, 0.5])
    right = np.cumsum(rng.random((200, 100, 1)) < np.array([0.5]), axis=1)
    counts = np.concatenate([right, np.arange(1, 101)[:, None] - right], axis=2).astype(float)
    assert (log_evidence(counts, shares) > -np.log(ALPHA)).any(axis=1).mean() <= 0.01
    assert mismatched(np.array([52_000.0, 50_000.0]), shares)


ARMS = (Arm(name="control", share=0.5), Arm(name="b", share=0.5, settings={"x": 1.0}))
EXPERIMENT = Experiment(
    experiment_id="e",
    share=1.0,
    arms=ARMS,
    metric="click",
    lift=0.2,
    guardrails=(Guardrail(metric="gave_up", worst=-0.02),),
)


def totals(rng: np.random.Generator, rates: dict[tuple[str, str], float]) -> dict[tuple[str, str], Floats]:
    return {
        place: moments(rng.binomial(10, rate, 3_000).astype(float), 10.0).sum(axis=0)
        for place, rate in rates.items()
    }


def test_a_lift_is_known_and_a_guardrail_stops() -> None:
    rng = np.random.default_rng(4)
    rates = {
        ("control", "click"): 0.2,
        ("b", "click"): 0.25,
        ("control", "gave_up"): 0.1,
        ("b", "gave_up"): 0.1,
    }
    (fine,) = verdicts(EXPERIMENT, totals(rng, rates))
    assert (fine.known, fine.stop) == (True, None)
    assert fine.low < 0.25 < fine.high
    (harmful,) = verdicts(EXPERIMENT, totals(rng, rates | {("b", "gave_up"): 0.2}))
    assert harmful.stop is not None
    assert harmful.stop.startswith("gave_up is worse by")


def test_nothing_is_known_of_what_nobody_saw() -> None:
    (verdict,) = verdicts(EXPERIMENT, {})
    assert (verdict.known, verdict.stop, verdict.low) == (False, None, -1.0)
    assert not sample_ratio_mismatch(EXPERIMENT, {})

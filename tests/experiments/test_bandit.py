"""Propensities are exact, support is kept, and a posterior learns what was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.experiments.bandit import Posterior, best_probabilities, choose, supported
from playhead.experiments.drift import DriftWatch
from playhead.experiments.posteriors import LogisticPosterior, RiverLinear

DRAWS = 100_000
arms = st.lists(st.tuples(st.floats(-4, 4), st.floats(0.01, 4)), min_size=1, max_size=8)


@pytest.mark.parametrize("count", [2, 3, 6, 8])
def test_propensities_are_within_three_errors_of_draws(count: int) -> None:
    rng = np.random.default_rng(count)
    mean, deviation = rng.normal(0.0, 1.0, count), np.exp(rng.normal(-0.5, 1.0, count))
    computed = best_probabilities(mean, deviation)
    best = (mean + deviation * rng.standard_normal((DRAWS, count))).argmax(axis=1)
    drawn = np.bincount(best, minlength=count) / DRAWS
    assert (np.abs(drawn - computed) < 3.0 * np.sqrt(computed * (1.0 - computed) / DRAWS) + 1e-9).all()


def test_two_arms_have_a_closed_form() -> None:
    """P(a > b) = Φ((0.3 - 0) / √(0.5² + 1.2²)) = Φ(3 / 13)."""
    computed = best_probabilities(np.array([0.3, 0.0]), np.array([0.5, 1.2]))
    assert computed[0] == pytest.approx(0.591253, abs=1e-6)


@given(arms=arms, support=st.floats(0, 0.2))
@tried(100)
def test_any_posterior_gives_propensities(arms: list[tuple[float, float]], support: float) -> None:
    mean, deviation = np.array(arms).T
    propensities = supported(best_probabilities(mean, deviation), support)
    assert propensities.sum() == pytest.approx(1.0)
    assert (propensities >= min(support, 1.0 / len(arms)) - 1e-12).all()


@given(arms=arms, shift=st.floats(-2, 2), scale=st.floats(0.1, 10))
@tried(50)
def test_units_do_not_matter(arms: list[tuple[float, float]], shift: float, scale: float) -> None:
    mean, deviation = np.array(arms).T
    moved = best_probabilities(scale * mean + shift, scale * deviation)
    assert moved == pytest.approx(best_probabilities(mean, deviation), abs=1e-5)


@pytest.mark.parametrize("posterior", [LogisticPosterior(2), RiverLinear(2)], ids=["logistic", "river"])
def test_what_is_better_is_chosen_more_and_more(posterior: Posterior) -> None:
    rng, features = np.random.default_rng(1), np.eye(2)
    for _ in range(400):
        choice = choose(posterior, features, rng)
        posterior.learn(features[choice.arm], float(rng.random() < (0.2, 0.6)[choice.arm]))
    assert choose(posterior, features, rng).propensities == pytest.approx([0.02, 0.98], abs=0.02)


def test_what_a_title_does_is_not_the_pictures_merit() -> None:
    """One picture only ever stood on a title that everybody opens; the other on one that nobody does."""
    model, rng, features = LogisticPosterior(2), np.random.default_rng(2), np.eye(2)
    for _ in range(1_000):
        model.learn(features[0], float(rng.random() < 0.9), offset=np.log(9.0))
        model.learn(features[1], float(rng.random() < 0.1), offset=-np.log(9.0))
    assert np.abs(model.mean).max() < 0.35


def test_the_posterior_is_calibrated() -> None:
    """Of weights drawn from the prior, the true one lies within two deviations of its mean in 95 %."""
    rng, inside = np.random.default_rng(3), 0
    for _ in range(60):
        truth, model = rng.standard_normal(4), LogisticPosterior(4)
        for _ in range(150):
            row = rng.uniform(-1.0, 1.0, 4)
            model.learn(row, float(rng.random() < 1.0 / (1.0 + np.exp(-row @ truth))))
        inside += int((np.abs(model.mean - truth) < 2.0 * np.sqrt(np.diag(model.covariance))).sum())
    assert 0.9 < inside / 240 < 0.99


def test_drift_is_noticed_and_a_steady_world_is_not() -> None:
    rng, watch = np.random.default_rng(4), DriftWatch()
    probabilities = rng.uniform(0.05, 0.6, 20_000)
    assert not any(
        watch.drifted(float(rng.random() < probability), probability) for probability in probabilities
    )
    wrong = [
        watch.drifted(float(rng.random() < 1.0 - probability), probability)
        for probability in probabilities[:400]
    ]
    assert any(wrong)


def test_widening_brings_exploration_back() -> None:
    model, features = LogisticPosterior(2), np.eye(2)
    for _ in range(500):
        model.learn(features[0], 1.0)
        model.learn(features[1], 0.0)
    before = best_probabilities(*model.predict(features))[1]
    model.widen(1e6)
    assert best_probabilities(*model.predict(features))[1] > before
    assert np.diag(model.covariance) == pytest.approx([1.0, 1.0])

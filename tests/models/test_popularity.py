"""Decayed counts, their mixture, and what a market leans on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.models.popularity import HALF_LIVES_MS, Popularity, distribution

HOUR = 3_600_000
T0 = 1_767_225_600_000


def test_a_choice_halves_with_each_half_life() -> None:
    model = Popularity()
    model.learn_one(0, T0)
    for place, half_life in enumerate(HALF_LIVES_MS):
        assert model.decayed(T0 + half_life, 1)[0, place] == pytest.approx(0.5)


@given(st.permutations([(0, 0), (0, 3 * HOUR), (1, HOUR), (0, 50 * HOUR)]))
def test_counts_do_not_depend_on_the_order_of_arrival(choices: list[tuple[int, int]]) -> None:
    model, sorted_model = Popularity(), Popularity()
    for title, at in choices:
        model.learn_one(title, T0 + at)
    for title, at in sorted(choices, key=lambda choice: choice[1]):
        sorted_model.learn_one(title, T0 + at)
    np.testing.assert_allclose(model.decayed(T0 + 60 * HOUR, 2), sorted_model.decayed(T0 + 60 * HOUR, 2))
    np.testing.assert_allclose(model.total, sorted_model.total)


def test_the_mixture_finds_the_half_life_that_foresees() -> None:
    """News: each hour another title is all the rage, so that only the last hour says what comes next."""
    model = Popularity()
    for n in range(3_000):
        model.learn_one(n // 60 % 40, T0 + n * 60_000)
    assert model.mixture[:2].sum() > 0.5
    assert model.mixture.sum() == pytest.approx(1.0)

    always = Popularity()
    rng = np.random.default_rng(7)
    for n, title in enumerate(rng.zipf(1.5, 3_000)):
        always.learn_one(int(min(title, 500)), T0 + n * HOUR)
    assert always.mixture.argmax() >= 4


@given(choices=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**10)), max_size=50))
def test_a_distribution_sums_to_one(choices: list[tuple[int, int]]) -> None:
    here, there = Popularity(), Popularity()
    for n, (title, at) in enumerate(choices):
        (here if n % 2 else there).learn_one(title, T0 + at)
    now = max(here.now_ms, there.now_ms)
    for market in (here, None):
        shares = distribution(market, [here, there], 31, now)
        assert shares.sum() == pytest.approx(1.0)
        assert (shares > 0).all()


def test_a_small_market_leans_on_all_markets() -> None:
    big, small = Popularity(), Popularity()
    for n in range(200):
        big.learn_one(0, T0 + n)
    small.learn_one(1, T0)
    shares = distribution(small, [big, small], 3, T0)
    assert shares[0] > shares[1] > shares[2]


@pytest.mark.parametrize("at", [0, 7_258_118_400_000])
def test_wild_times_leave_it_finite(at: int) -> None:
    model = Popularity()
    for when in (T0, at, T0 + 1, at):
        model.learn_one(0, when)
    assert np.isfinite(model.counts).all()
    assert np.isfinite(distribution(model, [model], 2, model.now_ms)).all()

"""Decayed counts, their shares, and what a market leans on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.models.popularity import HALF_LIVES_MS, Popularity, pooled, shares

HOUR = 3_600_000
T0 = 1_767_225_600_000


def test_a_choice_halves_with_each_half_life() -> None:
    model = Popularity()
    model.learn_one(0, T0)
    for place, half_life in enumerate(HALF_LIVES_MS):
        assert model.decayed(T0 + half_life, 1)[place, 0] == pytest.approx(0.5)


@given(st.permutations([(0, 0), (0, 3 * HOUR), (1, HOUR), (0, 50 * HOUR)]))
def test_counts_do_not_depend_on_the_order_of_arrival(choices: list[tuple[int, int]]) -> None:
    model, sorted_model = Popularity(), Popularity()
    for title, at in choices:
        model.learn_one(title, T0 + at)
    for title, at in sorted(choices, key=lambda choice: choice[1]):
        sorted_model.learn_one(title, T0 + at)
    np.testing.assert_allclose(model.decayed(T0 + 60 * HOUR, 2), sorted_model.decayed(T0 + 60 * HOUR, 2))
    np.testing.assert_allclose(model.total, sorted_model.total)


def test_only_the_half_lives_that_are_asked_for_are_decayed() -> None:
    model = Popularity()
    for n in range(5):
        model.learn_one(n % 3, T0 + n * HOUR)
    everything = model.decayed(T0 + 9 * HOUR, 4)
    assert everything.shape == (len(HALF_LIVES_MS), 4)
    assert not everything[:, 3].any()
    assert np.array_equal(model.decayed(T0 + 9 * HOUR, 4, [6, 1]), everything[[6, 1]])


def test_totals_are_the_sum_of_the_counts() -> None:
    model = Popularity()
    for n in range(50):
        model.learn_one(n % 7, T0 + n * HOUR, weight=1.0 + n % 2)
    now = T0 + 60 * HOUR
    np.testing.assert_allclose(model.totals(now), model.decayed(now, 7).sum(axis=1), rtol=1e-5)


def test_rows_say_all_there_is() -> None:
    model, other = Popularity(), Popularity()
    for n in range(20):
        model.learn_one(n % 3, T0 + n * HOUR)
    for title in range(3):
        other.put(title, *model.row(title))
    assert np.array_equal(other.decayed(T0 + 30 * HOUR, 300), model.decayed(T0 + 30 * HOUR, 300))


def test_a_short_half_life_foresees_news_and_a_long_one_what_lasts() -> None:
    # title 0 was chosen a hundred times a month ago, title 1 thrice just now
    model = Popularity()
    for n in range(100):
        model.learn_one(0, T0 + n)
    for n in range(3):
        model.learn_one(1, T0 + 30 * 24 * HOUR + n)
    now = model.now_ms
    share = shares(model.decayed(now, 2), model.totals(now), 2)
    assert share[0, 1] > 0.9
    assert share[-1, 0] > 0.9
    assert (np.diff(share[:, 0]) > -1e-6).all()


@given(choices=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**10)), max_size=50))
def test_shares_sum_to_one_at_each_half_life(choices: list[tuple[int, int]]) -> None:
    here, there = Popularity(), Popularity()
    for n, (title, at) in enumerate(choices):
        (here if n % 2 else there).learn_one(title, T0 + at)
    now = max(here.now_ms, there.now_ms)
    for market, others in ((here, [there]), (None, [here, there]), (here, []), (None, [])):
        counts, totals = pooled(market, others, 31, now)
        assert (counts >= 0).all()
        share = shares(counts, totals, 30)
        np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-5)
        assert (share > 0).all()


def test_a_market_alone_is_its_own_counts() -> None:
    model = Popularity()
    model.learn_one(1, T0)
    assert np.array_equal(pooled(model, [], 3, T0 + HOUR)[0], model.decayed(T0 + HOUR, 3))


def test_a_small_market_leans_on_all_markets_and_a_big_one_hardly() -> None:
    big, small = Popularity(), Popularity()
    for n in range(200):
        big.learn_one(0, T0 + n)
    small.learn_one(1, T0)
    share = shares(*pooled(small, [big], 3, T0 + 200), 3)
    assert (share[:, 0] > share[:, 1]).all()
    assert (share[:, 1] > share[:, 2]).all()
    share = shares(*pooled(big, [small], 3, T0 + 200), 3)
    assert (share[:, 0] > 0.99).all()


@pytest.mark.parametrize("at", [0, 7_258_118_400_000])
def test_wild_times_leave_it_finite(at: int) -> None:
    model = Popularity()
    for when in (T0, at, T0 + 1, at):
        model.learn_one(0, when)
    assert np.isfinite(model.counts).all()
    assert np.isfinite(shares(*pooled(model, [model], 2, model.now_ms), 3)).all()

"""Decayed counts, their shares, and the shrinkage of markets towards all markets."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays.types import Floats, Ints
from playhead.models.popularity import HALF_LIVES_MS, Popularity, Tops, leaning, shares, summed

HOUR = 3_600_000
T0 = 1_767_225_600_000
FIRST = np.arange(31)


def leant(
    market: Popularity | None, markets: list[Popularity], titles: Ints, now_ms: float
) -> tuple[Floats, Floats]:
    """Counts of titles in a market shrunk towards all markets, and their totals."""
    none = np.zeros(len(HALF_LIVES_MS))
    own = none if market is None else market.totals(now_ms)
    mine = summed([] if market is None else [market], titles, now_ms)
    everyone = summed(markets, titles, now_ms)
    totals = sum((each.totals(now_ms) for each in markets), none)
    return leaning(mine, everyone, own), leaning(own, totals, own)


def test_a_choice_halves_with_each_half_life() -> None:
    model = Popularity()
    model.learn_one(0, T0)
    for place, half_life in enumerate(HALF_LIVES_MS):
        assert model.of(FIRST[:1], T0 + half_life)[0, place] == pytest.approx(0.5)


@given(st.permutations([(0, 0), (0, 3 * HOUR), (1, HOUR), (0, 50 * HOUR)]))
def test_counts_do_not_depend_on_the_order_of_arrival(choices: list[tuple[int, int]]) -> None:
    model, sorted_model = Popularity(), Popularity()
    for title, at in choices:
        model.learn_one(title, T0 + at)
    for title, at in sorted(choices, key=lambda choice: choice[1]):
        sorted_model.learn_one(title, T0 + at)
    np.testing.assert_allclose(
        model.of(FIRST[:2], T0 + 60 * HOUR), sorted_model.of(FIRST[:2], T0 + 60 * HOUR)
    )
    np.testing.assert_allclose(model.total, sorted_model.total)


def test_totals_are_the_sum_of_the_counts() -> None:
    model = Popularity()
    for n in range(50):
        model.learn_one(n % 7, T0 + n * HOUR, weight=1.0 + n % 2)
    now = T0 + 60 * HOUR
    np.testing.assert_allclose(model.totals(now), model.of(FIRST[:7], now).sum(axis=0))


def test_rows_say_all_there_is() -> None:
    model, other = Popularity(), Popularity()
    for n in range(20):
        model.learn_one(n % 3, T0 + n * HOUR)
    other.put(FIRST[:3], *model.rows(FIRST[:3]), FIRST[:3])
    assert np.array_equal(other.of(FIRST, T0 + 30 * HOUR), model.of(FIRST, T0 + 30 * HOUR))


def test_a_short_half_life_foresees_news_and_a_long_one_what_lasts() -> None:
    # title 0 was chosen a hundred times a month ago, title 1 thrice just now
    model = Popularity()
    for n in range(100):
        model.learn_one(0, T0 + n)
    for n in range(3):
        model.learn_one(1, T0 + 30 * 24 * HOUR + n)
    now = model.now_ms
    share = shares(model.of(FIRST[:2], now), model.totals(now), 2)
    assert share[1, 0] > 0.9
    assert share[0, -1] > 0.9
    assert (np.diff(share[0]) > -1e-6).all()


@given(choices=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**10)), max_size=50))
def test_shares_sum_to_one_at_each_half_life(choices: list[tuple[int, int]]) -> None:
    here, there = Popularity(), Popularity()
    for n, (title, at) in enumerate(choices):
        (here if n % 2 else there).learn_one(title, T0 + at)
    now = max(here.now_ms, there.now_ms)
    for market, markets in ((here, [here, there]), (None, [here, there]), (here, [here]), (None, [])):
        counts, totals = leant(market, markets, FIRST, now)
        assert (counts >= 0).all()
        share = shares(counts, totals, 30)
        np.testing.assert_allclose(share.sum(axis=0), 1.0)
        assert (share > 0).all()


def test_a_market_alone_is_its_own_counts() -> None:
    model = Popularity()
    model.learn_one(1, T0)
    counts, totals = leant(model, [model], FIRST[:3], T0 + HOUR)
    np.testing.assert_allclose(counts, model.of(FIRST[:3], T0 + HOUR))
    np.testing.assert_allclose(totals, model.totals(T0 + HOUR))


def test_a_market_that_nobody_chose_in_is_what_all_choose() -> None:
    here, there = Popularity(), Popularity()
    here.learn_one(1, T0)
    there.learn_one(2, T0)
    counts, _ = leant(None, [here, there], FIRST[:3], T0 + HOUR)
    assert np.array_equal(counts, here.of(FIRST[:3], T0 + HOUR) + there.of(FIRST[:3], T0 + HOUR))


def test_a_small_market_leans_on_all_markets_and_a_big_one_hardly() -> None:
    big, small = Popularity(), Popularity()
    for n in range(200):
        big.learn_one(0, T0 + n)
    small.learn_one(1, T0)
    share = shares(*leant(small, [big, small], FIRST[:3], T0 + 200), 3)
    assert (share[0] > share[1]).all()
    assert (share[1] > share[2]).all()
    share = shares(*leant(big, [big, small], FIRST[:3], T0 + 200), 3)
    assert (share[0] > 0.99).all()


@pytest.mark.parametrize("at", [0, 7_258_118_400_000])
def test_wild_times_leave_it_finite(at: int) -> None:
    model = Popularity()
    for when in (T0, at, T0 + 1, at):
        model.learn_one(0, when)
    assert np.isfinite(model.counts).all()
    assert np.isfinite(shares(*leant(model, [model], FIRST[:2], model.now_ms), 3)).all()


counted = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 10**10), st.sampled_from([1.0, 0.5, 3.0])), max_size=80
)


@tried(50)
@given(choices=counted, kept=st.sampled_from([1, 3, 100]))
def test_the_tops_are_those_with_most_counts_at_any_later_time(
    choices: list[tuple[int, int, float]], kept: int
) -> None:
    halves = (0, 3, 8)
    model = Popularity(Tops(halves, kept))
    for title, at, weight in choices:
        model.learn_one(title, T0 + at, weight, digest=1_000 - title)
    assert model.tops is not None
    for now in (model.now_ms, model.now_ms + HOUR / 10):
        counts = model.of(FIRST, now)
        for row, half in enumerate(halves):
            ordered = model.tops.ids[row][model.tops.ids[row] >= 0]
            least = np.sort(counts[:, half])[::-1][: len(ordered)]
            np.testing.assert_allclose(counts[ordered, half], least, rtol=1e-7, atol=1e-300)
            assert len(ordered) == min(len({title for title, _, _ in choices}), kept)


@tried(30)
@given(choices=counted, random=st.randoms(use_true_random=False))
def test_the_tops_do_not_depend_on_the_order_in_which_rows_are_put(
    choices: list[tuple[int, int, float]], random: Random
) -> None:
    model, other = Popularity(Tops((0, 4), 5)), Popularity(Tops((0, 4), 5))
    for title, at, weight in choices:
        model.learn_one(title, T0 + at, weight, digest=title)
    titles = sorted({title for title, _, _ in choices})
    random.shuffle(titles)
    cut = random.randrange(len(titles) + 1)
    for some in (np.array(titles[:cut], dtype=np.int64), np.array(titles[cut:], dtype=np.int64)):
        other.put(some, *model.rows(some), some)
    assert model.tops is not None
    assert other.tops is not None
    assert np.array_equal(model.tops.ids, other.tops.ids)

"""The blend: a step computed by hand, what it learns to prefer, and laws that hold for any choices."""

from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.models.blend import (
    ADAGRAD_RATE,
    BLOCKS,
    FIRST_MARKET,
    LARGEST,
    NEWTON_RATE,
    RIDGE,
    RIDGE_OF_MARKET,
    Blend,
    blocks,
    softmax,
)

WIDTH = 3
PRIOR = np.array([1.0, 0.0, -0.5])
HERE = np.array([0, 2, 6, FIRST_MARKET])


class Choice(NamedTuple):
    features: Floats
    chosen: int
    blocks: NDArray[np.int64]


@st.composite
def choices(draw: st.DrawFn, largest: float = 3.0, least: int = 1, most: int = 6) -> Choice:
    """Some candidates, one of which was chosen."""
    count = draw(st.integers(least, most))
    values = draw(st.lists(st.floats(-largest, largest), min_size=WIDTH * count, max_size=WIDTH * count))
    market = draw(st.integers(FIRST_MARKET, BLOCKS - 1))
    moment = np.array([0, draw(st.integers(1, 4)), draw(st.integers(5, FIRST_MARKET - 1)), market])
    return Choice(np.array(values).reshape(count, WIDTH), draw(st.integers(0, count - 1)), moment)


stories = st.lists(choices(), max_size=8)


def teach(model: Blend, story: list[Choice]) -> Blend:
    for choice in story:
        model.learn_one(*choice)
    return model


def state(model: Blend) -> list[Floats]:
    return [part.copy() for part in (model.ranking, model.likelihood, model.inverse, model.moved)]


def alike(left: list[Floats], right: list[Floats]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def probability(weights: Floats, choice: Choice) -> float:
    return float(softmax(weights[choice.blocks].sum(axis=0) @ choice.features.T)[choice.chosen])


def test_before_anything_was_learned_the_prior_counts_everywhere() -> None:
    every = np.array([[0, history, gap, 12] for history in range(1, 5) for gap in range(5, FIRST_MARKET)])
    assert (Blend(PRIOR).weights(every) == PRIOR).all()


def test_weights_add_up_over_the_blocks_of_a_moment() -> None:
    model = Blend(np.zeros(1))
    model.ranking[:, 0] = 2.0 ** np.arange(BLOCKS)
    moments = np.array([[0, 1, 5, 10], [0, 4, 9, 11]])
    assert model.weights(moments).tolist() == [[1 + 2 + 32 + 1024.0], [1 + 16 + 512 + 2048.0]]


def test_the_first_step_by_hand() -> None:
    # candidates 1 and 0, both held likely by ½; the first is chosen, which misses ½
    model = Blend(np.zeros(1))
    error = model.learn_one(np.array([[1.0], [0.0]]), 0, HERE)
    assert error.tolist() == [0.5, -0.5]
    slope = 0.5 * np.sqrt(0.5)  # the choice counts √½
    scale = 1.0 + slope**2 / RIDGE
    assert model.ranking[HERE[:3], 0] == pytest.approx(NEWTON_RATE * slope / RIDGE / scale)
    assert model.inverse[HERE[:3], 0, 0] == pytest.approx(1.0 / (RIDGE + slope**2))
    # a market moves more slowly
    scale = 1.0 + slope**2 / RIDGE_OF_MARKET
    assert model.ranking[HERE[3], 0] == pytest.approx(NEWTON_RATE * slope / RIDGE_OF_MARKET / scale)
    assert model.likelihood[HERE, 0] == pytest.approx(ADAGRAD_RATE, rel=1e-5)
    assert model.moved[HERE, 0] == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize(
    ("depth", "expected"), [(0, 1), (1, 2), (4, 2), (5, 3), (19, 3), (20, 4), (10**6, 4)]
)
def test_blocks_by_length_of_history(depth: int, expected: int) -> None:
    assert blocks(np.array([depth]), np.array([0]), np.array([8])).tolist() == [
        [0, expected, 5, FIRST_MARKET]
    ]


@pytest.mark.parametrize(
    ("gap_s", "expected"),
    [(0, 5), (59, 5), (60, 6), (1_799, 6), (1_800, 7), (86_399, 7), (86_400, 8), (10**9, 8), (-1, 9)],
)
def test_blocks_by_time_since_the_last_act(gap_s: int, expected: int) -> None:
    assert blocks(np.array([3]), np.array([gap_s]), np.array([9])).tolist() == [
        [0, 2, expected, FIRST_MARKET + 1]
    ]


@tried(30)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(-1, 10**10)), max_size=20))
def test_every_moment_has_four_blocks_of_its_own(moments: list[tuple[int, int]]) -> None:
    depth, gap_s = (
        np.array(column, dtype=np.int64) for column in (list(zip(*moments, strict=True)) or [(), ()])
    )
    numbers = blocks(depth, gap_s, depth)
    assert numbers.shape == (len(moments), 4)
    assert (numbers[:, 0] == 0).all()
    assert ((numbers[:, 1] >= 1) & (numbers[:, 1] <= 4)).all()
    assert ((numbers[:, 2] >= 5) & (numbers[:, 2] < FIRST_MARKET)).all()
    assert ((numbers[:, 3] >= FIRST_MARKET) & (numbers[:, 3] < BLOCKS)).all()


def test_it_comes_to_prefer_the_feature_that_tells() -> None:
    # features: what tells (largest for the chosen one), noise, what tells the contrary
    model, rng = Blend(np.zeros(WIDTH)), np.random.default_rng(4)
    for _ in range(300):
        features = rng.normal(size=(20, WIDTH))
        model.learn_one(features, int((features[:, 0] - 0.5 * features[:, 2]).argmax()), HERE)
    for weights in (model.ranking, model.likelihood):
        tells, noise, contrary = weights[HERE].sum(axis=0)
        assert tells > 1.0
        assert -contrary > 0.3
        assert abs(noise) < 0.2 * tells


def test_what_tells_only_some_is_learned_for_them() -> None:
    # short histories choose by the first feature, long ones against it
    model, rng = Blend(np.zeros(1)), np.random.default_rng(4)
    short, long = HERE, np.array([0, 4, 6, FIRST_MARKET])
    for _ in range(300):
        features = rng.normal(size=(10, 1))
        model.learn_one(features, int(features[:, 0].argmax()), short)
        model.learn_one(features, int(features[:, 0].argmin()), long)
    [short_weight, long_weight] = model.weights(np.array([short, long]))[:, 0]
    assert short_weight > 1.0
    assert long_weight < -1.0


@tried(30)
@given(story=stories, choice=choices(least=2, most=2))
def test_a_choice_of_two_is_held_likelier_once_it_was_learned(story: list[Choice], choice: Choice) -> None:
    """With two candidates only, as among more a third one may lie further in the same direction."""
    model = teach(Blend(PRIOR), story)
    before = probability(model.ranking, choice), probability(model.likelihood, choice)
    model.learn_one(*choice)
    assert probability(model.ranking, choice) >= before[0] * (1 - 1e-9)
    assert probability(model.likelihood, choice) >= before[1] * (1 - 1e-9)
    apart = np.abs(choice.features[choice.chosen] - choice.features[1 - choice.chosen]).max()
    if apart > 0.1 and max(before) < 0.99 and min(before) > 0.01:
        assert probability(model.ranking, choice) > before[0]
        assert probability(model.likelihood, choice) > before[1]


@tried(30)
@given(story=stories, choice=choices(largest=1e6))
def test_the_error_is_what_the_likelihood_missed_before_it_learned(
    story: list[Choice], choice: Choice
) -> None:
    model = teach(Blend(PRIOR), story)
    expected = -softmax(model.likelihood[choice.blocks].sum(axis=0) @ choice.features.T)
    expected[choice.chosen] += 1.0
    error = model.learn_one(*choice)
    np.testing.assert_allclose(error, expected, atol=1e-6)
    assert error.sum() == pytest.approx(0.0, abs=1e-12)
    assert 0.0 <= error[choice.chosen] <= 1.0
    assert (np.delete(error, choice.chosen) <= 0.0).all()


@tried(30)
@given(story=stories)
def test_ranking_changes_nothing(story: list[Choice]) -> None:
    model = teach(Blend(PRIOR), story)
    before = state(model)
    model.weights(np.array([HERE, HERE]))[:] = 7.0
    assert alike(state(model), before)


@tried(30)
@given(story=stories, choice=choices())
def test_only_the_blocks_of_the_moment_learn(story: list[Choice], choice: Choice) -> None:
    model = teach(Blend(PRIOR), story)
    features = choice.features.copy()
    before = state(model)
    model.learn_one(*choice)
    others = np.setdiff1d(np.arange(BLOCKS), choice.blocks)
    assert alike([part[others] for part in state(model)], [part[others] for part in before])
    assert np.array_equal(choice.features, features)


@tried(30)
@given(features=choices(least=1, most=1))
def test_a_choice_without_alternatives_teaches_nothing(features: Choice) -> None:
    model = Blend(PRIOR)
    before = state(model)
    assert model.learn_one(*features).tolist() == [0.0]
    assert alike(state(model), before)


@tried(30)
@given(story=st.lists(st.tuples(choices(), st.randoms(use_true_random=False)), max_size=6))
def test_the_order_of_candidates_does_not_matter(story: list[tuple[Choice, Random]]) -> None:
    first, second = Blend(PRIOR), Blend(PRIOR)
    for choice, random in story:
        order = list(range(len(choice.features)))
        random.shuffle(order)
        error = first.learn_one(*choice)
        mixed = second.learn_one(choice.features[order], order.index(choice.chosen), choice.blocks)
        np.testing.assert_allclose(mixed, error[order], atol=1e-7)
    for a, b in zip(state(first), state(second), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


@tried(30)
@given(story=stories, rest=stories)
def test_arrays_put_elsewhere_go_on_the_same(story: list[Choice], rest: list[Choice]) -> None:
    model, other = teach(Blend(PRIOR), story), Blend(np.zeros(WIDTH))
    other.ranking, other.likelihood, other.inverse, other.moved = state(model)
    every = np.array([HERE, [0, 1, 5, 12]])
    assert np.array_equal(model.weights(every), other.weights(every))
    assert alike(state(teach(model, rest)), state(teach(other, rest)))


@tried(40)
@given(story=st.lists(choices(largest=1e6), min_size=1, max_size=6), again=st.integers(1, 60))
def test_it_stays_finite_and_can_still_learn_whatever_it_is_told(story: list[Choice], again: int) -> None:
    model = teach(Blend(PRIOR), story * again)
    assert all(np.isfinite(part).all() for part in state(model))
    assert (np.abs(np.stack([model.ranking, model.likelihood])) <= LARGEST).all()
    likely = np.linalg.eigvalsh((model.inverse + model.inverse.transpose(0, 2, 1)) / 2.0)
    assert (likely > -1e-13).all()
    assert (likely < 1.001 / RIDGE).all()


def test_markets_come_to_differ() -> None:
    # one market chooses by the first feature, the other against it
    model, rng = Blend(np.zeros(1)), np.random.default_rng(4)
    here, there = HERE, np.array([0, 2, 6, FIRST_MARKET + 1])
    for _ in range(400):
        features = rng.normal(size=(10, 1))
        model.learn_one(features, int(features[:, 0].argmax()), here)
        model.learn_one(features, int(features[:, 0].argmin()), there)
    [mine, theirs] = model.weights(np.array([here, there]))[:, 0]
    assert mine > 0.5
    assert theirs < -0.5


def test_no_weight_grows_beyond_its_bound() -> None:
    model = Blend(np.zeros(1))
    for weights in (model.ranking, model.likelihood):
        weights[HERE, 0] = [LARGEST - 0.01, 0.01 - LARGEST, 0.0, 0.0]
    model.learn_one(np.array([[1.0], [0.0]]), 0, HERE)
    assert model.ranking[0, 0] == model.likelihood[0, 0] == LARGEST
    for weights in (model.ranking, model.likelihood):
        weights[HERE, 0] = [LARGEST - 0.01, 0.01 - LARGEST, 0.0, 0.0]
    model.learn_one(np.array([[1.0], [0.0]]), 1, HERE)
    assert model.ranking[2, 0] == model.likelihood[2, 0] == -LARGEST


def test_thousands_of_choices_of_one_title_leave_it_finite_and_sure() -> None:
    model, choice = Blend(np.zeros(1)), Choice(np.array([[1.0], [0.0], [-1.0]]), 0, HERE)
    for _ in range(5_000):
        error = model.learn_one(*choice)
    assert 0.0 <= error[0] < 0.01
    assert probability(model.ranking, choice) > 0.9


@tried(30)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30).map(np.array), st.floats(-1e6, 1e6))
def test_chances_sum_to_one_and_only_differences_count(scores: Floats, shift: float) -> None:
    probabilities = softmax(scores)
    assert probabilities.sum() == pytest.approx(1.0)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(softmax(scores + shift), probabilities, atol=1e-5)

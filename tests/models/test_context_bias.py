"""The context bias: sums computed by hand, and laws that hold for any choices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.models.blend import softmax
from playhead.models.context_bias import ALWAYS, LARGEST, LEAST_ERROR, RATE, TOKENS, ContextBias

TV, PHONE = 3, 5
TITLES = 12

tokens_of_a_snapshot = st.lists(st.integers(1, TOKENS - 1), min_size=3, max_size=3, unique=True).map(
    lambda some: np.array([ALWAYS, *some], dtype=np.int64)
)
missed = st.lists(st.floats(-1, 1), min_size=TITLES, max_size=TITLES).map(np.array)
examples = st.lists(st.tuples(tokens_of_a_snapshot, missed), max_size=8)
Lessons = list[tuple[NDArray[np.int64], Floats]]
ALL = np.arange(TITLES)


def teach(model: ContextBias, story: Lessons) -> ContextBias:
    for tokens, error in story:
        model.learn_one(tokens, ALL, error)
    return model


def scores(model: ContextBias, *tokens: int) -> Floats:
    """The scores of all titles for one snapshot."""
    return model.scores(np.array([tokens]), np.zeros(TITLES, dtype=np.int64), ALL)


def test_a_score_is_the_sum_over_the_tokens() -> None:
    model = ContextBias()
    model.weights[4, [ALWAYS, TV, PHONE]] = [1.0, 0.25, -3.0]
    assert scores(model, ALWAYS, TV)[4] == 1.25
    assert scores(model, ALWAYS, PHONE)[4] == -2.0
    assert scores(model, ALWAYS, TV)[5] == 0.0


def test_a_choice_moves_each_of_its_tokens_by_what_was_missed() -> None:
    model = ContextBias()
    model.learn_one(np.array([ALWAYS, TV]), np.array([2, 7]), np.array([0.5, -0.5]))
    expected = np.zeros_like(model.weights)
    expected[2, [ALWAYS, TV]] = 0.5 * RATE
    expected[7, [ALWAYS, TV]] = -0.5 * RATE
    assert (model.weights == expected).all()


def test_it_learns_what_is_chosen_where() -> None:
    # tv:     2 2 2 2 …
    # phone:  7 7 7 7 …
    model = ContextBias()
    for n in range(400):
        where, chosen = ((TV, 2), (PHONE, 7))[n % 2]
        error = -softmax(scores(model, ALWAYS, where))
        error[chosen] += 1.0
        model.learn_one(np.array([ALWAYS, where]), ALL, error)
    on_tv, on_phone = softmax(scores(model, ALWAYS, TV)), softmax(scores(model, ALWAYS, PHONE))
    assert on_tv[2] > 0.8
    assert on_tv[7] < 0.1
    assert on_phone[7] > 0.8
    assert on_phone[2] < 0.1
    nowhere = softmax(scores(model, ALWAYS, 9))
    assert nowhere[2] == pytest.approx(nowhere[7], rel=0.2)
    assert nowhere[2] > nowhere[0]


@tried(30)
@given(story=examples)
def test_scoring_changes_nothing(story: Lessons) -> None:
    model = teach(ContextBias(), story)
    before = model.weights.copy()
    scores(model, ALWAYS, TV)
    model.rows(np.array([3]))
    assert np.array_equal(model.weights, before)


@tried(30)
@given(story=examples, tokens=tokens_of_a_snapshot, error=missed)
def test_it_says_exactly_which_titles_moved(story: Lessons, tokens: NDArray[np.int64], error: Floats) -> None:
    model = teach(ContextBias(), story)
    before = model.weights.copy()
    moved = model.learn_one(tokens, ALL, error)
    assert moved.tolist() == np.flatnonzero((model.weights != before).any(axis=1)).tolist()
    others = np.setdiff1d(np.arange(TOKENS), tokens)
    assert np.array_equal(model.weights[:, others], before[:, others])


@pytest.mark.parametrize(
    ("error", "moved"), [(LEAST_ERROR, [3]), (-LEAST_ERROR, [3]), (0.99e-3, []), (0.0, [])]
)
def test_what_was_hardly_missed_is_left_alone(error: float, moved: list[int]) -> None:
    assert ContextBias().learn_one(np.array([0]), np.array([3]), np.array([error])).tolist() == moved


@tried(30)
@given(story=examples, tokens=tokens_of_a_snapshot, error=missed, order=st.permutations(range(TITLES)))
def test_the_order_of_candidates_and_tokens_does_not_matter(
    story: Lessons, tokens: NDArray[np.int64], error: Floats, order: list[int]
) -> None:
    first, second = teach(ContextBias(), story), teach(ContextBias(), story)
    first.learn_one(tokens, ALL, error)
    second.learn_one(tokens[::-1], ALL[order], error[order])
    assert np.array_equal(first.weights, second.weights)


@tried(30)
@given(story=examples, snapshots=st.lists(tokens_of_a_snapshot, min_size=1, max_size=6))
def test_a_batch_of_any_size_gives_the_same_bits(story: Lessons, snapshots: list[NDArray[np.int64]]) -> None:
    model = teach(ContextBias(), story)
    owner, title = np.repeat(np.arange(len(snapshots)), TITLES), np.tile(ALL, len(snapshots))
    together = model.scores(np.array(snapshots), owner, title)
    alone = [
        model.scores(snapshots[m][None], np.array([0]), np.array([t]))[0]
        for m, t in zip(owner, title, strict=True)
    ]
    assert together.tolist() == alone


@tried(30)
@given(story=examples, rest=examples)
def test_rows_put_elsewhere_go_on_the_same(story: Lessons, rest: Lessons) -> None:
    model, other = teach(ContextBias(), story), ContextBias()
    other.put(ALL, model.rows(ALL))
    assert scores(model, ALWAYS, TV).tolist() == scores(other, ALWAYS, TV).tolist()
    assert np.array_equal(teach(model, rest).weights, teach(other, rest).weights)
    assert not np.shares_memory(model.weights, other.weights)


@tried(10)
@given(story=examples.filter(bool), again=st.integers(1, 200))
def test_it_stays_within_bounds_whatever_it_learns(story: Lessons, again: int) -> None:
    model = teach(ContextBias(), story * again)
    assert (np.abs(model.weights) <= LARGEST).all()


def test_thousands_of_choices_of_one_title_end_at_the_bound() -> None:
    model = ContextBias()
    for _ in range(2_000):
        model.learn_one(np.array([ALWAYS, TV]), np.array([1, 2]), np.array([1.0, -1.0]))
    assert scores(model, ALWAYS, TV)[[1, 2]].tolist() == [2 * LARGEST, -2 * LARGEST]


def test_titles_without_a_row_yet_score_nothing_and_can_be_learned() -> None:
    model = ContextBias()
    far = np.array([5_000])
    assert model.scores(np.array([[ALWAYS]]), np.array([0]), far).tolist() == [0.0]
    assert not model.rows(np.array([9_000])).any()
    assert ContextBias().learn_one(np.array([ALWAYS]), far, np.array([1.0])).tolist() == [5_000]
    late = ContextBias()
    late.put(np.array([7_000]), np.ones((1, TOKENS)))
    assert late.rows(np.array([7_000])).all()


def test_no_candidates_no_scores() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert ContextBias().scores(np.array([[ALWAYS]]), nothing, nothing).shape == (0,)
    assert ContextBias().learn_one(np.array([ALWAYS]), nothing, np.zeros(0)).tolist() == []

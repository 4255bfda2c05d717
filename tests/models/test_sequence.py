"""The sequence model: what it learns, that it follows the gradient of the likelihood, and laws that hold for any choices."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.models.blend import softmax
from playhead.models.sequence import DEPTH, DIMS, LARGEST, LEAST_ERROR, RATE, RECENCY, Sequence, spread

TITLES = 12
ALL = np.arange(TITLES)
MARKS = np.random.default_rng(5).integers(2**32, size=TITLES, dtype=np.uint32)
A, B, C = 0, 1, 2

pasts = st.lists(st.integers(0, TITLES - 1), max_size=TITLES, unique=True).map(lambda last: recent(*last))
missed = st.lists(st.floats(-1, 1), min_size=TITLES, max_size=TITLES).map(np.array)
examples = st.lists(st.tuples(pasts, missed), max_size=8)
Lessons = list[tuple[NDArray[np.int32], Floats]]


def recent(*titles: int) -> NDArray[np.int32]:
    """The last titles, newest first."""
    row = np.full(DEPTH, -1, dtype=np.int32)
    row[: len(titles)] = titles
    return row


def fresh() -> Sequence:
    model = Sequence()
    model.grow(MARKS)
    return model


def teach(model: Sequence, story: Lessons) -> Sequence:
    for past, error in story:
        model.learn_one(past, ALL, error)
    return model


def scores(model: Sequence, past: NDArray[np.int32]) -> Floats:
    """The scores of all titles."""
    scored: Floats = model.outward[:TITLES] @ model.profiles(past[None])[0]
    return scored


def choose(model: Sequence, past: NDArray[np.int32], chosen: int) -> NDArray[np.int64]:
    error = -softmax(scores(model, past))
    error[chosen] += 1.0
    return model.learn_one(past, ALL, error)


def rows(model: Sequence) -> Floats:
    return np.concatenate([model.inward, model.outward, model.moved], axis=1)[:TITLES]


def test_a_profile_is_the_sum_of_its_last_titles_each_step_back_counting_less() -> None:
    # newest first:   c ── b ── a      1, .8 and .64
    model = fresh()
    expected = model.inward[C] + 0.8 * model.inward[B] + 0.64 * model.inward[A]
    np.testing.assert_allclose(model.profiles(recent(C, B, A)[None])[0], expected, rtol=1e-12)
    # what is unknown keeps its place in the order
    expected = model.inward[C] + 0.64 * model.inward[A]
    np.testing.assert_allclose(model.profiles(recent(C, -1, A)[None])[0], expected, rtol=1e-12)


def test_a_stranger_has_no_profile_and_teaches_nothing() -> None:
    model = fresh()
    before = rows(model)
    assert not model.profiles(recent()[None]).any()
    assert not len(choose(model, recent(), B))
    assert np.array_equal(rows(model), before)


def test_a_stranger_to_an_empty_catalogue_has_no_profile_either() -> None:
    assert Sequence().profiles(np.array([recent(), recent()])).tolist() == np.zeros((2, DIMS)).tolist()


def test_it_learns_what_follows_what() -> None:
    # a ── b    c ── a    a ── b    c ── a …
    model = fresh()
    for _ in range(60):
        choose(model, recent(A), B)
        choose(model, recent(C), A)
    after_a, after_c = softmax(scores(model, recent(A))), softmax(scores(model, recent(C)))
    assert after_a.argmax() == B
    assert after_c.argmax() == A
    assert after_a[B] > 0.5 > after_c[B]
    # another title in between: the call is fainter, and still heard
    assert 0 < scores(model, recent(5, A))[B] < scores(model, recent(A))[B]


@pytest.mark.parametrize("past", [recent(A), recent(C, 7), recent(*range(3, 12))])
def test_it_climbs_the_likelihood(past: NDArray[np.int32]) -> None:
    """Each vector moves along the gradient of log P(chosen title), computed here by finite differences."""

    def likelihood() -> float:
        return float(np.log(softmax(scores(model, past))[B]))

    model = fresh()
    model.inward *= 20.0
    model.outward *= 20.0
    start = model.inward.copy(), model.outward.copy()
    slopes = np.zeros_like(start[0]), np.zeros_like(start[1])
    for vectors, slope in zip((model.inward, model.outward), slopes, strict=True):
        for place in np.ndindex(vectors.shape):
            kept = vectors[place]
            vectors[place] = kept + 1e-4
            above = likelihood()
            vectors[place] = kept - 1e-4
            slope[place] = (above - likelihood()) / 2e-4
            vectors[place] = kept
    moved = set(choose(model, past, B))
    for now, was, slope in zip((model.inward, model.outward), start, slopes, strict=True):
        for title in moved:
            step = now[title] - was[title]
            size = np.linalg.norm(step) * np.linalg.norm(slope[title])
            assert step @ slope[title] == pytest.approx(size, rel=1e-4)


def test_the_first_step_by_hand() -> None:
    model = fresh()
    model.inward[A], model.outward[B], model.moved[:] = 2.0, 0.5, 0.0
    model.learn_one(recent(A), np.array([B]), np.array([0.5]))
    # Adagrad's first step is of the size of its rate: squares so far are those of this very step.
    np.testing.assert_allclose(model.outward[B], 0.5 + RATE)
    np.testing.assert_allclose(model.inward[A], 2.0 + RATE)
    assert model.moved[B].tolist() == [0.0, 0.5**2 * 2.0**2]
    assert model.moved[A].tolist() == [(0.5 * 0.5) ** 2, 0.0]


@tried(30)
@given(story=examples, past=pasts, error=missed)
def test_no_vector_makes_more_than_one_step(story: Lessons, past: NDArray[np.int32], error: Floats) -> None:
    model = teach(fresh(), story)
    inward, outward = model.inward.copy(), model.outward.copy()
    model.learn_one(past, ALL, error)
    most = RATE * np.sqrt(DIMS) * (1 + 1e-9)
    assert (np.linalg.norm(model.inward - inward, axis=1) <= most).all()
    assert (np.linalg.norm(model.outward - outward, axis=1) <= most).all()


@tried(30)
@given(story=examples, past=pasts)
def test_reading_changes_nothing(story: Lessons, past: NDArray[np.int32]) -> None:
    model = teach(fresh(), story)
    before = rows(model)
    model.profiles(past[None])
    model.rows(np.array([A]))
    assert np.array_equal(rows(model), before)


@tried(30)
@given(story=examples, past=pasts, error=missed)
@example(story=[], past=recent(A, B), error=np.full(TITLES, 0.9e-3))
def test_it_says_exactly_which_titles_moved(story: Lessons, past: NDArray[np.int32], error: Floats) -> None:
    model = teach(fresh(), story)
    before = rows(model)
    moved = model.learn_one(past, ALL, error)
    assert sorted(set(moved.tolist())) == np.flatnonzero((rows(model) != before).any(axis=1)).tolist()


def test_only_candidates_that_were_missed_move() -> None:
    model = fresh()
    outward = model.outward.copy()
    error = np.full(TITLES, -0.9 * LEAST_ERROR)
    error[[B, C]] = 0.5, -LEAST_ERROR
    model.learn_one(recent(A), ALL, error)
    assert np.flatnonzero((model.outward != outward).any(axis=1)).tolist() == [B, C]


@tried(30)
@given(story=examples, past=pasts, error=missed, order=st.permutations(range(TITLES)))
def test_the_order_of_candidates_does_not_matter(
    story: Lessons, past: NDArray[np.int32], error: Floats, order: list[int]
) -> None:
    first, second = teach(fresh(), story), teach(fresh(), story)
    moved = first.learn_one(past, ALL, error), second.learn_one(past, ALL[order], error[order])
    assert set(moved[0].tolist()) == set(moved[1].tolist())
    np.testing.assert_allclose(rows(first), rows(second), rtol=1e-9, atol=1e-12)


@tried(30)
@given(story=examples, batch=st.lists(pasts, min_size=1, max_size=9))
def test_a_batch_of_any_size_gives_the_same_bits(story: Lessons, batch: list[NDArray[np.int32]]) -> None:
    model = teach(fresh(), story)
    together = model.profiles(np.array(batch))
    assert together.tolist() == [model.profiles(past[None])[0].tolist() for past in batch]


@tried(30)
@given(story=examples, rest=examples)
def test_rows_put_elsewhere_go_on_the_same(story: Lessons, rest: Lessons) -> None:
    model, other = teach(fresh(), story), fresh()
    kept = model.rows(ALL)
    other.put(ALL, kept)
    assert np.array_equal(rows(model), rows(other))
    assert np.array_equal(model.profiles(recent(A, B)[None]), other.profiles(recent(A, B)[None]))
    assert np.array_equal(rows(teach(model, rest)), rows(teach(other, rest)))
    other.put(ALL, kept)
    assert np.array_equal(rows(other), rows(teach(fresh(), story)))


@tried(10)
@given(story=examples.filter(bool), again=st.integers(1, 100), largest=st.booleans())
def test_it_stays_within_bounds_whatever_it_learns(story: Lessons, again: int, largest: bool) -> None:
    model = fresh()
    if largest:
        model.inward = np.sign(model.inward) * LARGEST
        model.outward = np.sign(model.outward) * LARGEST
    teach(model, story * again)
    assert np.isfinite(rows(model)).all()
    assert (np.abs(np.stack([model.inward, model.outward])) <= LARGEST).all()
    assert (model.moved >= 1e-3).all()


def test_thousands_of_choices_of_one_title_leave_it_finite() -> None:
    model = fresh()
    error = np.full(TITLES, -1.0)
    error[B] = 1.0
    for _ in range(3_000):
        model.learn_one(recent(A, B, C), ALL, error)
    assert np.isfinite(rows(model)).all()
    assert scores(model, recent(A, B, C)).argmax() == B


@tried(30)
@given(cuts=st.lists(st.integers(0, TITLES), max_size=4))
def test_growing_bit_by_bit_is_growing_at_once_and_forgets_nothing(cuts: list[int]) -> None:
    model = Sequence()
    for cut in cuts:
        model.grow(MARKS[:cut])
    model.grow(MARKS)
    assert np.array_equal(rows(model), rows(fresh()))
    choose(model, recent(A), B)
    learned = rows(model)
    model.grow(MARKS[:3])
    model.grow(np.concatenate([MARKS, MARKS]))
    assert np.array_equal(rows(model)[:TITLES], learned)
    assert len(model.inward) == len(model.outward) == len(model.moved) >= 2 * TITLES


digests = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8).map(
    lambda some: np.array(some, dtype=np.uint32)
)


@tried(30)
@given(some=digests, others=digests, side=st.sampled_from([0, 1]))
def test_where_vectors_start_depends_on_the_marks_alone(
    some: NDArray[np.uint32], others: NDArray[np.uint32], side: int
) -> None:
    among = spread(np.concatenate([others, some]), side)
    assert np.array_equal(among[len(others) :], spread(some, side))
    assert (np.abs(among) <= np.sqrt(6.0)).all()


@pytest.mark.parametrize("start", [0, 1_000_000, 2**32 - 4_000])
def test_vectors_start_as_if_drawn_from_a_normal_distribution(start: int) -> None:
    """Even for consecutive digests: mean 0, variance 1, no correlation between titles, dimensions and sides."""
    run = np.arange(start, start + 4_000).astype(np.uint32)
    inward, outward = spread(run, 0), spread(run, 1)
    for side in (inward, outward):
        assert abs(side.mean()) < 0.01
        assert side.var() == pytest.approx(1.0, abs=0.01)
        assert np.abs(side.mean(axis=0)).max() < 0.08
        assert abs((side[1:] * side[:-1]).mean()) < 0.01
        assert abs((side[:, 1:] * side[:, :-1]).mean()) < 0.01
    assert abs((inward * outward).mean()) < 0.01


def test_where_vectors_start_is_the_same_for_ever() -> None:
    """Every process must compute the same initial vectors, which must not change while stored models exist."""
    run = np.array([0, 1, 2**32 - 1], dtype=np.uint32)
    assert spread(run, 0)[:, 0].round(9).tolist() == [-0.247981222, -0.240023274, 1.788624316]
    assert spread(run, 1)[:, DIMS - 1].round(9).tolist() == [1.587748914, -1.643781328, -1.244332314]


def test_recency_starts_at_one() -> None:
    assert RECENCY[:3].round(9).tolist() == [1.0, 0.8, 0.64]
    assert len(RECENCY) == DEPTH

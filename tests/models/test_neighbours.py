"""Neighbours: rows computed by hand, and laws that hold for any choices."""

from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.models.neighbours import (
    ADDED,
    CO_CHOSEN,
    LAG_ONE,
    LINKS,
    SHORT_LAGS,
    SPAN,
    Neighbours,
)
from playhead.models.sparse import SEGMENT, SEGMENTS, WIDTH, Segments

A, B, C, D = range(4)
stories = st.lists(st.integers(0, 40), max_size=60)
"""Titles in the order in which one viewer chose them, newest last."""


def ids(*titles: int) -> NDArray[np.int64]:
    return np.array(titles, dtype=np.int64)


def before(story: list[int], place: int) -> NDArray[np.int64]:
    """The titles chosen before a place of the story, newest first, distinct."""
    return ids(*dict.fromkeys(reversed(story[:place])))


def learned(model: Neighbours, story: list[int]) -> Neighbours:
    for place, title in enumerate(story):
        model.learn_one(title, before(story, place))
    return model


def counts(model: Neighbours, row: int) -> dict[int, list[float]]:
    """The weights of each neighbour in a row."""
    places = np.flatnonzero(model.ids[row] >= 0)
    return {int(model.ids[row, place]): model.weights[row, place].round(9).tolist() for place in places}


def state(model: Neighbours) -> tuple[NDArray[Any], ...]:
    return model.ids.copy(), model.weights.copy(), model.chosen.copy()


def alike(neighbours: Neighbours, other: Neighbours) -> bool:
    """Whether both hold the same counts; their unused room may differ."""
    size = min(len(neighbours.chosen), len(other.chosen))
    bigger = neighbours if len(neighbours.chosen) > size else other
    assert (bigger.ids[size:] < 0).all()
    assert not bigger.chosen[size:].any()
    return all(
        np.array_equal(a[:size], b[:size]) for a, b in zip(state(neighbours), state(other), strict=True)
    )


def full(weights: Floats) -> Neighbours:
    """Row 0 holds titles 1 to WIDTH, each co-chosen with 0 the given number of times, and once each in the other links."""
    model = Neighbours()
    ones = np.ones((WIDTH, 3))
    ones[:, CO_CHOSEN] = weights
    sizes = np.full(SEGMENTS, SEGMENT)
    model.put(Segments(np.arange(SEGMENTS), sizes, np.arange(1, WIDTH + 1), ones, np.zeros(SEGMENTS)))
    return model


def test_counts_by_hand() -> None:
    # one viewer:   a ──── b ──── c ──── d
    #                      │next 1│      │
    # d looks back:  └ 2 ──┴─ 1 ──┴─ 0 ─ ┘ choices further back than the last one
    model = learned(Neighbours(), [A, B, C, D])
    #                                   next  soon   together
    assert counts(model, A) == {B: [1.0, 1.0, 1.0], C: [0.0, 0.85, 0.9], D: [0.0, 0.7225, 0.81]}
    assert counts(model, B) == {A: [0.0, 0.0, 1.0], C: [1.0, 1.0, 1.0], D: [0.0, 0.85, 0.9]}
    assert counts(model, C) == {B: [0.0, 0.0, 1.0], A: [0.0, 0.0, 0.9], D: [1.0, 1.0, 1.0]}
    assert counts(model, D) == {C: [0.0, 0.0, 1.0], B: [0.0, 0.0, 0.9], A: [0.0, 0.0, 0.81]}
    assert model.chosen[[A, B, C, D]].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_a_title_chosen_again_is_no_neighbour_of_its_own_but_keeps_the_others_at_their_distance() -> None:
    # one viewer:   b ──── a ──── a      the second a stands two after b
    model = Neighbours()
    model.learn_one(A, ids(A, B))
    assert counts(model, A) == {B: [0.0, 0.0, 0.9]}
    assert counts(model, B) == {A: [0.0, 0.85, 0.9]}


def test_what_is_unknown_keeps_its_place_in_the_order() -> None:
    # one viewer:   b ──── ? ──── a
    model = Neighbours()
    model.learn_one(A, ids(-1, B))
    assert counts(model, B) == {A: [0.0, 0.85, 0.9]}


def test_soon_ends_after_five_choices_and_together_after_twenty() -> None:
    # one viewer:   21 ── 20 ── … ── 6 ── 5 ── … ── 1 ──── 0
    #                ✗    └─ together ────┘ └─ soon ──┘
    model = Neighbours()
    model.learn_one(0, ids(*range(1, 30)))
    counted = [counts(model, title).get(0, [0.0, 0.0, 0.0]) for title in range(1, 30)]
    assert [weights[LAG_ONE] > 0 for weights in counted] == [True] + [False] * 28
    assert [weights[SHORT_LAGS] > 0 for weights in counted] == [True] * 5 + [False] * 24
    assert [weights[CO_CHOSEN] > 0 for weights in counted] == [True] * SPAN + [False] * (29 - SPAN)


@tried(30)
@given(story=stories)
def test_rows_are_sums_of_what_was_chosen(story: list[int]) -> None:
    """Compared with sums in dictionaries; with fewer than WIDTH titles none is replaced."""
    expected: dict[int, dict[int, Floats]] = defaultdict(lambda: defaultdict(lambda: np.zeros(3)))
    for place, title in enumerate(story):
        for lag, earlier in enumerate(before(story, place)[:SPAN].tolist()):
            if earlier != title:
                expected[earlier][title] += ADDED[lag]
                expected[title][earlier] += [0.0, 0.0, ADDED[lag, CO_CHOSEN]]
    model = learned(Neighbours(), story)
    for row in range(41):
        assert counts(model, row) == {
            neighbour: count.round(9).tolist() for neighbour, count in expected[row].items()
        }
        assert model.chosen[row] == story.count(row)


@tried(10)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 300))
def test_rows_stay_bounded_and_whole_however_many_titles(seed: int, length: int) -> None:
    story = [0 if n % 3 else 1 + int(n) for n in np.random.default_rng(seed).permutation(4 * length)]
    model = learned(Neighbours(), story)
    assert model.ids.shape[1] == model.weights.shape[1] == WIDTH
    assert len(model.ids) == len(model.weights) == len(model.chosen) <= 2 * max(256, *story) + 2
    for row in sorted(set(story)):
        held = model.ids[row][model.ids[row] >= 0]
        assert len(set(held.tolist())) == len(held)
        assert row not in held
    assert not model.weights[model.ids < 0].any()
    weights = model.weights[model.ids >= 0]
    assert (weights[:, LAG_ONE] <= weights[:, SHORT_LAGS]).all()
    assert (weights[:, SHORT_LAGS] <= weights[:, CO_CHOSEN] + 1e-9).all()
    assert (weights[:, CO_CHOSEN] > 0).all()


@tried(30)
@given(story=stories)
def test_together_is_mutual(story: list[int]) -> None:
    model = learned(Neighbours(), story)
    for row in range(41):
        for neighbour, count in counts(model, row).items():
            assert counts(model, neighbour)[row][CO_CHOSEN] == count[CO_CHOSEN]


def test_the_weakest_makes_way_with_all_it_said() -> None:
    strengths = np.full(WIDTH, 5.0)
    strengths[77] = 4.0
    model = full(strengths)
    model.learn_one(999, ids(0))
    assert model.ids[0, 77] == 999
    assert model.weights[0, 77].tolist() == [1.0, 1.0, 1.0]
    assert sorted(model.ids[0].tolist()) == sorted({*range(1, WIDTH + 1), 999} - {78})


def test_a_free_place_is_taken_before_the_weakest() -> None:
    model = full(np.zeros(WIDTH))
    model.ids[0, 200] = -1
    model.learn_one(999, ids(0))
    assert model.ids[0, 200] == 999
    model.ids[0, 100] = -1
    model.learn_one(0, ids(998))
    assert model.ids[0, 100] == 998


@tried(25)
@given(
    strengths=st.lists(st.floats(0, 100), min_size=WIDTH, max_size=WIDTH),
    previous=st.lists(st.integers(1, 2 * WIDTH), min_size=1, max_size=SPAN, unique=True),
)
def test_what_one_choice_places_never_makes_way_for_the_rest_of_it(
    strengths: list[float], previous: list[int]
) -> None:
    model = full(np.array(strengths))
    model.learn_one(0, ids(*previous))
    held = set(model.ids[0].tolist())
    assert held >= set(previous)
    assert len(held) == WIDTH
    gone = [strengths[number - 1] for number in range(1, WIDTH + 1) if number not in held]
    kept = [strengths[number - 1] for number in range(1, WIDTH + 1) if number in held - set(previous)]
    assert len(gone) == sum(length > WIDTH for length in previous)
    assert max(gone, default=0.0) <= min(kept)


@tried(30)
@given(story=stories, title=st.integers(0, 600), previous=st.lists(st.integers(-1, 600), max_size=30))
def test_it_says_exactly_what_changed(story: list[int], title: int, previous: list[int]) -> None:
    model = learned(Neighbours(), story)
    model.segments(np.array([600 * SEGMENTS]))
    ids, weights, chosen = state(model)
    changes = model.learn_one(title, np.array([*dict.fromkeys(previous)], dtype=np.int64))
    moved = (model.ids != ids) | (model.weights != weights).any(axis=2)
    rows, places = np.nonzero(moved)
    changed = set((rows * SEGMENTS + places // SEGMENT).tolist())
    assert np.flatnonzero(model.chosen != chosen).tolist() == [title]
    assert set(changes.tolist()) == changed | {title * SEGMENTS}


@tried(30)
@given(story=stories, rest=stories, population=st.integers(0, 2 * WIDTH))
def test_segments_put_elsewhere_go_on_the_same(story: list[int], rest: list[int], population: int) -> None:
    """Full rows included, in which the same title must be replaced next."""
    model, other = Neighbours(), Neighbours()
    for title in range(100, 100 + population):
        model.learn_one(title, ids(0, 1))
    learned(model, story)
    before_reading = state(model)
    other.put(model.segments(np.arange(len(model.chosen) * SEGMENTS)))
    assert all(np.array_equal(a, b) for a, b in zip(before_reading, state(model), strict=True))
    assert alike(model, other)
    changes = [rows.learn_one(7, before(rest, len(rest))) for rows in (model, other)]
    assert np.array_equal(changes[0], changes[1])
    assert alike(learned(model, rest), learned(other, rest))


@tried(30)
@given(story=stories)
def test_publishing_what_changed_is_enough(story: list[int]) -> None:
    """A follower that applies only the changed segments has the same state."""
    model, follower = Neighbours(), Neighbours()
    for place, title in enumerate(story):
        follower.put(model.segments(np.unique(model.learn_one(title, before(story, place)))))
    assert alike(model, follower)


def test_thousands_of_choices_of_one_title_leave_it_finite() -> None:
    model = Neighbours()
    for _ in range(3_000):
        model.learn_one(A, ids(A, B))
        model.learn_one(B, ids(A))
    assert counts(model, A)[B][LAG_ONE] == 3_000.0
    assert np.isfinite(model.weights).all()
    assert model.chosen.sum() == 6_000.0


def test_a_row_may_name_titles_that_have_no_row_yet() -> None:
    model = Neighbours()
    numbers, weight = np.array([3 * SEGMENTS]), np.ones((1, LINKS))
    model.put(Segments(numbers, np.array([1]), np.array([5_000]), weight, np.array([2.0])))
    assert model.chosen[5_000] == 0.0
    assert len(model.ids) > 5_000


@tried(100)
@given(acts=st.lists(st.tuples(st.integers(0, 60), st.lists(st.integers(0, 60), max_size=12)), max_size=60))
def test_rows_are_filled_from_the_front(acts: list[tuple[int, list[int]]]) -> None:
    model, restored = Neighbours(), Neighbours()
    for title, previous in acts:
        moved = np.unique(model.learn_one(title, np.array(previous, dtype=np.int64)))
        restored.put(model.segments(moved))
    for rows in (model.ids, restored.ids):
        used = rows >= 0
        assert (used[:, 1:] <= used[:, :-1]).all()

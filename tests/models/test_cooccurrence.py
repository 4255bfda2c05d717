"""Co-occurrence: rows computed by hand, queries, and laws that hold for any events."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.models.cooccurrence import Cooccurrence, closeness

A, B, C, D = range(4)
SPAN, SHRINK = 20, 2.0
TITLES = 41
stories = st.lists(st.integers(0, TITLES - 1), max_size=60)
"""Titles in the order in which one viewer chose them, newest last."""


def ids(*titles: int) -> NDArray[np.int64]:
    return np.array(titles, dtype=np.int64)


def before(story: list[int], place: int) -> list[int]:
    """The titles chosen before a place of the story, newest first, distinct."""
    return list(dict.fromkeys(reversed(story[:place])))


def ones(previous: list[int]) -> Floats:
    return np.ones(len(previous))


def learned(model: Cooccurrence, story: list[int]) -> Cooccurrence:
    for place, title in enumerate(story):
        previous = before(story, place)
        model.learn_one(title, ids(*previous), ones(previous))
    return model


def bonds(model: Cooccurrence, row: int) -> dict[int, float]:
    """The weights of a row, by title."""
    places = np.flatnonzero(model.ids[row] >= 0)
    return {int(model.ids[row, place]): float(model.weights[row, place, 0]) for place in places}


def asked(model: Cooccurrence, last: list[int], title: list[int]) -> list[float]:
    """The co-occurrence scores of candidates for one profile."""
    row, owner = np.array([last], dtype=np.int32), np.zeros(len(title), dtype=np.int64)
    slot = np.full(1_000, -1, dtype=np.int32)
    scored = model.scores(row, np.ones((1, len(last))), owner, np.array(title, dtype=np.int64), slot)
    assert (slot == -1).all()
    return list(scored.tolist())


def test_bonds_by_hand() -> None:
    # one viewer:   a ──── b ──── c      c came 0 s after b, and a long time after a
    model = Cooccurrence(SPAN, SHRINK)
    model.learn_one(A, ids(), np.ones(0))
    model.learn_one(B, ids(A), np.array([0.5]))
    model.learn_one(C, ids(B, A), np.array([1.0, 0.25]))
    assert bonds(model, A) == {B: 0.5, C: 0.25}
    assert bonds(model, B) == {A: 0.5, C: 1.0}
    assert bonds(model, C) == {B: 1.0, A: 0.25}
    assert model.met[[A, B, C]].tolist() == [1.0, 1.0, 1.0]


def test_what_is_asked_is_a_cosine_with_shrinkage() -> None:
    model = Cooccurrence(SPAN, SHRINK)
    model.learn_one(B, ids(A), np.array([0.5]))
    model.learn_one(C, ids(B, A), np.array([1.0, 0.25]))
    # a was bound twice and never met itself; b and c were met once
    assert np.allclose(
        asked(model, [A, B, -1], [C, D]),
        [
            (0.25 / np.sqrt(0 + SHRINK) + 1.0 / np.sqrt(1 + SHRINK)) / np.sqrt(1 + SHRINK),
            0.0,
        ],
    )


def test_each_profile_is_asked_for_its_own_candidates() -> None:
    model = learned(Cooccurrence(SPAN, SHRINK), [A, B, C])
    last, slot = np.array([[A], [-1], [C]], dtype=np.int32), np.full(1_000, -1, dtype=np.int32)
    owner, title = np.array([0, 0, 1, 2]), np.array([B, D, B, B])
    scored = model.scores(last, np.ones((3, 1)), owner, title, slot)
    assert scored.tolist() == [*asked(model, [A], [B, D]), 0.0, *asked(model, [C], [B])]
    assert scored[0] > 0.0


def test_closeness_falls_with_time_and_never_ends() -> None:
    close = closeness(np.array([-5, 0, 1, 60, 86_400, 10**9]))
    assert close[0] == close[1] == 1.0
    assert (np.diff(close[1:]) < 0).all()
    assert close[-1] > 0.0


@tried(30)
@given(story=stories)
def test_rows_are_sums_of_meetings_and_mutual(story: list[int]) -> None:
    """Compared with sums in dictionaries; with fewer than WIDTH titles none is replaced."""
    expected: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for place, title in enumerate(story):
        for earlier in before(story, place)[:SPAN]:
            if earlier != title:
                expected[earlier][title] += 1.0
                expected[title][earlier] += 1.0
    model = learned(Cooccurrence(SPAN, SHRINK), story)
    for row in range(TITLES):
        assert bonds(model, row) == dict(expected[row])
        assert model.met[row] == story.count(row)


@tried(30)
@given(story=stories)
def test_publishing_what_changed_is_enough(story: list[int]) -> None:
    """A follower that applies only the changed segments has the same state, and continues the same."""
    model, follower = Cooccurrence(SPAN, SHRINK), Cooccurrence(SPAN, SHRINK)
    for place, title in enumerate(story):
        previous = before(story, place)
        follower.put(model.segments(np.unique(model.learn_one(title, ids(*previous), ones(previous)))))
    assert all(bonds(model, row) == bonds(follower, row) for row in range(TITLES))
    assert model.met.tolist() == follower.met.tolist()
    last = before(story, len(story))
    assert np.array_equal(
        model.learn_one(7, ids(*last), ones(last)), follower.learn_one(7, ids(*last), ones(last))
    )


@tried(30)
@given(story=stories, seed=st.integers(0, 2**32 - 1))
def test_other_numbers_for_the_same_titles_say_the_same(story: list[int], seed: int) -> None:
    """Bit for bit, as learning must not depend on the numbering of titles."""
    other = np.random.default_rng(seed).permutation(TITLES)
    model, renamed = (
        learned(Cooccurrence(SPAN, SHRINK), story),
        learned(Cooccurrence(SPAN, SHRINK), [int(other[title]) for title in story]),
    )
    last, titles = before(story, len(story))[:SPAN], list(range(TITLES))
    there = asked(renamed, [int(other[number]) for number in last], [int(other[title]) for title in titles])
    assert asked(model, last, titles) == there
    assert np.isfinite(there).all()

"""What follows what."""

import numpy as np
import pytest

from playhead.models.transitions import LAG_WEIGHT, NEIGHBOURS, Transitions
from playhead.retrieval.following import following

T0 = 1_767_225_600_000


def test_the_last_title_counts_most() -> None:
    model = Transitions()
    model.learn_one(3, [2, 1], T0)
    assert model.weights[2, 0] == 1.0
    assert model.weights[1, 0] == pytest.approx(LAG_WEIGHT)


def test_a_row_is_bounded_and_keeps_the_strongest() -> None:
    model = Transitions()
    for _ in range(5):
        model.learn_one(1, [0], T0)
    for title in range(2, 2 + 3 * NEIGHBOURS):
        model.learn_one(title, [0], T0)
    assert (model.ids[0] >= 0).sum() == NEIGHBOURS
    assert 1 in model.ids[0]
    assert model.mass[0] == pytest.approx(5 + 3 * NEIGHBOURS)


def test_trust_rises_where_transitions_foresee() -> None:
    model = Transitions()
    for n in range(400):  # 0 then 1 then 0 …, while popularity knows only that each is one in a hundred
        model.explain((n + 1) % 2, [n % 2], 0.01)
        model.learn_one((n + 1) % 2, [n % 2], T0 + n)
    assert model.trust.max() > 0.7


def test_serving_and_learning_agree_on_the_chance() -> None:
    rng = np.random.default_rng(3)
    model = Transitions()
    for n in range(300):
        model.learn_one(int(rng.integers(20)), rng.integers(20, size=5).tolist(), T0 + n)
    recent = [4, 9, 11, 2, 7]
    found = following(model, np.array([recent], dtype=np.int32))
    for title in range(20):
        chance, _ = model.chance(title, recent)
        assert found.chance[found.title == title].sum() == pytest.approx(chance)


def test_a_stranger_has_no_followers() -> None:
    found = following(Transitions(), np.full((2, 5), -1, dtype=np.int32))
    assert len(found.title) == 0
    assert (found.trust == 0).all()

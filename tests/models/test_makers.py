"""Choices of makers' titles in their first days, and the prediction for their next title."""

import numpy as np
import pytest

from playhead.arrays.hashing import PAD
from playhead.models.makers import OF_MAKER, Makers

A, B, C = 7, 9, 11


def drawn(makers: Makers, slots: tuple[int, ...], titles: int, choices: int) -> None:
    for _ in range(titles):
        for n in range(choices):
            makers.learn_one(np.array([*slots, PAD]), 1.0, first=n == 0)


def lift(makers: Makers, *slots: int) -> float:
    return float(makers.lift(np.array([[*slots, PAD]]))[0])


def test_a_maker_is_held_against_all_and_an_unknown_one_says_nothing() -> None:
    makers = Makers()
    assert lift(makers, A) == 0.0
    drawn(makers, (A,), titles=8, choices=8)
    drawn(makers, (B,), titles=8, choices=2)
    assert lift(makers, A) == pytest.approx(np.log((64 / 5 + 1) / 9))
    assert lift(makers, A) > 0.0 > lift(makers, B)
    assert lift(makers, C) == 0.0
    assert lift(makers, A, C) == lift(makers, A)  # who is unknown does not water down who is known
    assert lift(makers, A, B) == pytest.approx((lift(makers, A) + lift(makers, B)) / 2)


def test_one_title_says_less_than_eight() -> None:
    lifts = []
    for titles in (1, 8):
        makers = Makers()
        drawn(makers, (B,), titles=40, choices=4)
        drawn(makers, (A,), titles=titles, choices=8)
        lifts.append(lift(makers, A))
    assert 0.0 < lifts[0] < lifts[1]


def test_what_a_maker_drew_long_ago_makes_way() -> None:
    makers = Makers()
    drawn(makers, (A,), titles=40, choices=8)
    assert makers.known[A].tolist() == pytest.approx([8 * OF_MAKER, OF_MAKER], rel=0.1)
    drawn(makers, (A,), titles=60, choices=1)
    assert makers.known[A, 0] / makers.known[A, 1] < 1.5

"""Figures of the heads: by hand, and against counting every pair."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.lab.evaluate.calibration import (
    auc,
    calibration_error,
    heads,
    log_loss,
    reliability,
    xauc,
)
from playhead.lab.evaluate.settled import SettledPredictions


class Made(NamedTuple):
    head: str
    p: float
    label: float | None
    occurred_at: int


tenths = st.integers(0, 10).map(lambda n: n / 10)


@given(st.lists(st.tuples(tenths, st.sampled_from([0.0, 1.0])), min_size=2, max_size=40))
def test_auc_counts_pairs(rows: list[tuple[float, float]]) -> None:
    p, label = np.array(rows).T
    wins = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, yes in rows
        for b, no in rows
        if yes == 1.0 and no == 0.0
    ]
    assert auc(p, label) == (pytest.approx(np.mean(wins)) if wins else None)


@given(st.lists(st.tuples(tenths, st.integers(0, 5)), min_size=2, max_size=20))
def test_xauc_counts_pairs(rows: list[tuple[float, int]]) -> None:
    p, label = np.array(rows, dtype=np.float64).T
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a, more in rows for b, less in rows if more > less]
    share = xauc(p, label, pairs=200_000)
    assert share == (pytest.approx(np.mean(wins), abs=0.02) if wins else None)


def test_log_loss_by_hand_and_of_a_certainty_that_fails() -> None:
    assert log_loss(np.array([0.5, 0.8]), np.array([1.0, 0.0])) == pytest.approx(
        -(math.log(0.5) + math.log(0.2)) / 2
    )
    assert log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(math.log(1e7))


def test_what_is_true_has_no_calibration_error_and_what_is_double_has_its_half() -> None:
    label = np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 300)
    true, double = np.full(1_500, 0.2), np.full(1_500, 0.4)
    assert calibration_error(reliability(true, label)) == pytest.approx(0.0)
    assert calibration_error(reliability(double, label)) == pytest.approx(0.2)
    assert [each.rows for each in reliability(true, label)] == [100] * 15


def test_heads_are_measured_apart_and_open_outcomes_wait() -> None:
    rows = [
        Made("click", 0.9, 0.0, 0),
        Made("click", 0.2, 1.0, 10),
        Made("click", 0.8, 1.0, 90),
        Made("click", 0.1, 0.0, 100),
        Made("click", 0.5, None, 100),
        Made("watch_s", 12.0, 10.0, 1),
        Made("watch_s", 30.0, 36.0, 2),
    ]
    metrics = heads(rows)
    assert (metrics["click"]["all"]["rows"], metrics["click"]["second_half"]["rows"]) == (4, 2)
    assert metrics["click"]["all"]["auc"] == 0.5
    assert metrics["click"]["second_half"]["auc"] == 1.0
    assert metrics["watch_s"]["all"]["mae_s"] == 4.0
    assert metrics["watch_s"]["all"]["xauc"] == 1.0


class Fake:
    """A core whose heads predict; as a case, one prediction."""

    def __init__(self) -> None:
        self.predictions: Any = self
        self.waiting = [Made("click", 0.2, 0.0, 1), Made("click", 0.7, 1.0, 2)]

    def ready(self) -> Iterator[Any]:
        if len(self.waiting) > 1:
            yield OneCase(self.waiting.pop(0))

    def rest(self) -> Iterator[Any]:
        yield from (OneCase(row) for row in self.waiting)


class OneCase(NamedTuple):
    row: Made

    def predictions(self, of: str = "") -> list[Made]:
        return [self.row._replace(p=0.5)] if of else [self.row]


def test_what_is_settled_is_collected_once_and_the_rest_at_the_end() -> None:
    settled = SettledPredictions(Fake(), ["trees"])
    for _ in range(3):
        settled.collect()
        assert [row.p for row in settled.rows] == [0.2]
    settled.close()
    assert [row.p for row in settled.rows] == [0.2, 0.7]
    assert [row.p for row in settled.beside["trees"]] == [0.5, 0.5]
    assert SettledPredictions(None).rows == []


def test_a_prediction_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(FloatingPointError, match="click"):
        heads([Made("click", math.nan, 1.0, 0)])

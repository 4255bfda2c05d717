"""What is said of the heads is what everybody's metrics say, over a window, and a change of level is noticed."""

import math
from typing import Any

import numpy as np
import pytest
from prometheus_client import REGISTRY
from river import metrics as rivers

from playhead.arrays.types import Bools, Floats
from playhead.domain.stats import PrequentialPrediction
from playhead.observe.metrics import MARKETS
from playhead.observe.quality import Quality, Window, auc, bias, calibration_error, log_loss


def outcomes(count: int, seed: int = 3) -> tuple[Floats, Bools]:
    rng = np.random.default_rng(seed)
    probabilities = np.round(rng.random(count), 2)  # rounded: there are ties
    return probabilities, rng.random(count) < probabilities


def test_log_loss_and_auc_are_those_of_river() -> None:
    probabilities, labels = outcomes(500)
    loss: Any = rivers.LogLoss()  # type: ignore[no-untyped-call]
    curve: Any = rivers.RollingROCAUC(window_size=500)  # type: ignore[no-untyped-call]
    for probability, label in zip(probabilities.tolist(), labels.tolist(), strict=True):
        loss.update(label, probability)
        curve.update(label, probability)
    assert log_loss(probabilities, labels) == pytest.approx(
        loss.get(), rel=1e-4
    )  # the floor of a chance of 0 differs
    assert auc(probabilities, labels) == pytest.approx(curve.get(), abs=1e-3)


def test_calibration_by_hand() -> None:
    #  two bins: .1 said twice, one of both happened; .9 said twice, both happened
    probabilities, labels = np.array([0.1, 0.1, 0.9, 0.9]), np.array([True, False, True, True])
    assert calibration_error(probabilities, labels) == pytest.approx((abs(0.2 - 1) + abs(1.8 - 2)) / 4)
    assert bias(probabilities, labels) == pytest.approx(2.0 / 3)


def test_what_cannot_be_said_is_no_number() -> None:
    nothing = np.zeros(0), np.zeros(0, dtype=np.bool_)
    assert all(math.isnan(each(*nothing)) for each in (log_loss, auc, calibration_error, bias))
    assert math.isnan(auc(np.array([0.5, 0.6]), np.array([True, True])))
    assert math.isnan(bias(np.array([0.5]), np.array([False])))


def test_a_window_forgets_the_oldest() -> None:
    window = Window(kept=10)
    for n in range(25):
        window.add(n / 25, n % 2)
    probabilities, labels = window.values()
    assert sorted(np.round(probabilities * 25).tolist()) == list(range(15, 25))
    assert labels.sum() == 5


def test_a_change_is_found_and_its_absence_is_not() -> None:
    steady, turned = Window(), Window()
    rng = np.random.default_rng(5)
    drifts = {"steady": 0, "turned": 0}
    for n in range(4_000):
        happened = int(rng.random() < 0.2)
        drifts["steady"] += steady.add(0.2, happened)
        drifts["turned"] += turned.add(0.2, happened if n < 2_000 else 1 - happened)
    assert drifts["steady"] == 0
    assert drifts["turned"] >= 1


def test_figures_are_told_by_head_and_market_and_markets_are_bounded() -> None:
    quality = Quality()
    quality.learned([PrequentialPrediction("click", "Q0", 0.25, 1)] * 3)
    where = {"head": "click", "market": "Q0"}
    assert REGISTRY.get_sample_value("playhead_outcomes_total", where) == 3
    assert REGISTRY.get_sample_value("playhead_positive_outcomes_total", where) == 3
    assert REGISTRY.get_sample_value("playhead_head_log_loss", where) == pytest.approx(-math.log(0.25))
    assert REGISTRY.get_sample_value("playhead_head_bias_ratio", where) == pytest.approx(0.25)
    assert REGISTRY.get_sample_value("playhead_drift_total", where) == 0
    quality.learned(PrequentialPrediction("finish", f"Q{n}", 0.5, 1) for n in range(3 * MARKETS))
    markets = {
        sample.labels["market"]
        for family in REGISTRY.collect()
        if family.name == "playhead_outcomes"
        for sample in family.samples
    }
    assert len(markets) <= MARKETS + 1
    assert "other" in markets

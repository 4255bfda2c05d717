"""Ranks and metrics: by hand, by law, and as everybody else computes them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.lab.evaluate.metrics import METRICS, estimates, gains
from playhead.lab.evaluate.ranks import SERVED, masked, ranks


def test_a_rank_counts_what_stands_above_and_leaves_out_what_is_gone() -> None:
    scores = np.array([[0.9, 0.5, 0.7, 0.1], [0.1, 0.5, 0.2, 0.3]])
    rng = np.random.default_rng(1)
    assert ranks(masked(scores, []), 1, rng).tolist() == [3, 1]
    assert ranks(masked(scores, [0]), 1, rng).tolist() == [2, 1]


def test_ties_take_every_place_equally_often() -> None:
    rng = np.random.default_rng(1)
    drawn = [int(ranks(np.array([[2.0, 1.0, 1.0, 1.0, 0.0]]), 2, rng)[0]) for _ in range(3_000)]
    shares = np.bincount(drawn, minlength=6)[1:] / len(drawn)
    assert shares[[0, 4]].tolist() == [0.0, 0.0]
    assert np.abs(shares[1:4] - 1 / 3).max() < 0.03


def test_below_the_list_there_is_no_rank() -> None:
    scores = -np.arange(100.0)[None]
    rng = np.random.default_rng(1)
    assert ranks(scores, SERVED - 1, rng).tolist() == [SERVED]
    assert ranks(scores, SERVED, rng).tolist() == [0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_is_an_error(bad: float) -> None:
    with pytest.raises(FloatingPointError):
        masked(np.array([[1.0, bad, 2.0]]), [1])


@given(st.lists(st.integers(0, SERVED), min_size=1, max_size=60))
def test_metrics_are_shares_and_order_each_other(drawn: list[int]) -> None:
    values = dict(zip(METRICS, gains(drawn).T, strict=True))
    assert all(((column >= 0) & (column <= 1)).all() for column in values.values())
    assert (values["ndcg@10"] <= values["hr@10"]).all()
    assert (values["hr@10"] <= values["hr@50"]).all()


def test_intervals_are_over_profiles_not_targets() -> None:
    """Ten profiles of a hundred equal targets each know no more than ten targets do."""
    profiles = np.repeat(np.arange(10), 100)
    values = (profiles % 2).astype(np.float64)[:, None]
    [wide] = estimates(profiles, values)
    [narrow] = estimates(np.arange(1_000), values)
    assert wide.mean == narrow.mean == 0.5
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_metrics_are_those_of_ranx_to_the_last_digit() -> None:
    """``ranx.json``: what ranx 0.3.21 says of one target at rank 0 (it is not in the list), 1 … 50 of a list of fifty.

    Kept, not asked each time: it compiles for a minute, and brings thirty packages that nothing else uses.
    """
    theirs = json.loads(Path(__file__).with_name("ranx.json").read_text())
    wanted = np.stack([theirs[name] for name in ("hit_rate@10", "ndcg@10", "mrr", "hit_rate@50")], axis=1)
    assert np.array_equal(gains(range(SERVED + 1)), wanted)

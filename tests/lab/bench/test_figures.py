"""The arithmetic of a measurement: quantiles, ratios, bars, speeds."""

import pytest

from playhead.lab.bench.drain import Look, speed
from playhead.lab.bench.figures import Bar, quantile, row


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)])
def test_a_quantile_is_the_smallest_sample_that_enough_do_not_exceed(share: float, expected: float) -> None:
    assert quantile([float(sample) for sample in range(100, 0, -1)], share) == expected


def test_a_quantile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)


def test_the_ratio_is_that_of_the_middle_round_not_that_of_the_medians() -> None:
    # the machine was busy in the second round: both were slow there, and their ratio was as ever
    made = row("m", "events/s", [100.0, 10.0, 90.0], references=[50.0, 5.0, 60.0], reference_name="r")
    assert (made.value, made.low, made.high) == (90.0, 10.0, 100.0)
    assert made.reference == 50.0
    assert made.ratio == 2.0


def test_rounds_without_their_reference_are_a_bug() -> None:
    with pytest.raises(ValueError, match="zip"):
        row("m", "ms", [1.0, 2.0], references=[1.0])


def test_a_row_without_reference_has_neither_ratio_nor_bar() -> None:
    made = row("m", "ms", [1.0])
    assert made.as_dict() == {
        "measure": "m",
        "value": 1.0,
        "unit": "ms",
        "low": 1.0,
        "high": 1.0,
        "reference": None,
        "reference_name": None,
        "ratio": None,
        "bar": None,
        "holds": None,
    }


@pytest.mark.parametrize(
    ("bar", "holds"),
    [
        (Bar("ratio", ">", 1.9), True),
        (Bar("ratio", ">", 2.0), False),
        (Bar("ratio", "≥", 2.0), True),
        (Bar("ratio", "≤", 2.0), True),
        (Bar("ratio", "<", 2.0), False),
    ],
)
def test_a_bar_on_the_ratio(bar: Bar, holds: bool) -> None:
    assert row("m", "events/s", [20.0], references=[10.0], bar=bar).holds is holds


@pytest.mark.parametrize(
    ("bar", "holds"), [(Bar("value", "<", 21.0), True), (Bar("value", "<", 20.0), False)]
)
def test_a_bar_on_the_value(bar: Bar, holds: bool) -> None:
    assert row("m", "ms", [20.0], bar=bar).holds is holds


def test_a_bar_on_a_ratio_that_is_not_known_does_not_hold() -> None:
    assert row("m", "events/s", [20.0], bar=Bar("ratio", ">", 1.0)).holds is False


def test_a_backlog_is_counted_from_the_moment_at_which_it_is_produced() -> None:
    looks = [Look(0.0, 0, 1.0), Look(1.0, 0, 1.5), Look(4.0, 200, 3.0)]
    made = speed(looks)
    assert (made.per_s, made.per_cpu_s, made.seconds) == (50.0, 100.0, 4.0)


def test_the_start_of_a_process_need_not_be_in_its_speed() -> None:
    # started at 0, first seen to have done something at 4, done at 6
    looks = [Look(0.0, 0, 0.0), Look(4.0, 0, 3.0), Look(4.0, 100, 3.0), Look(6.0, 300, 4.0)]
    made = speed(looks, from_first=True)
    assert (made.per_s, made.per_cpu_s, made.seconds) == (100.0, 200.0, 2.0)


def test_what_was_done_in_one_look_is_counted_from_the_look_before() -> None:
    looks = [Look(0.0, 0, 0.0), Look(1.0, 0, 0.0), Look(2.0, 50, 0.5)]
    assert speed(looks, from_first=True).per_s == 50.0

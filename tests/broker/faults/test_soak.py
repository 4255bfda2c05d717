"""Slopes are told from noise."""

from tests.broker.faults.soak import Sample, judged


def test_growth_is_told_in_percent_an_hour_after_the_warm_up() -> None:
    # The first quarter grows fast and does not count; then 1 % an hour, and one process not at all.
    minutes = range(61)
    leaks = [900 + 5 * minute if minute < 15 else 1000 + (minute - 15) / 6 for minute in minutes]
    samples = [
        Sample(60.0 * minute, {"leaks": int(1e6 * size), "steady": 5_000_000 + minute % 2}, 10 + minute % 3)
        for minute, size in zip(minutes, leaks, strict=True)
    ]
    soaked = judged(samples, 1000)
    leak, steady = soaked.growth
    assert 0.9 < leak.percent_an_hour < 1.1
    assert abs(steady.percent_an_hour) < 0.01
    assert abs(soaked.lag_last - soaked.lag_first) < 1

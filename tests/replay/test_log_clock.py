"""What time it is in a recorded log, whatever single clocks say."""

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.timeline import START_MS

from playhead.replay.log_clock import SILENCE_MS, LogClock

FAR_MS = 10 * SILENCE_MS


def read(*stamps: tuple[str, int]) -> list[int]:
    clock = LogClock()
    return [clock.read(profile, START_MS + at) - START_MS for profile, at in stamps]


def test_a_clock_ahead_is_not_believed_and_moves_nothing() -> None:
    assert read(("a", 0), ("b", 1), ("c", FAR_MS), ("c", FAR_MS + 5), ("a", 2)) == [0, 1, 1, 1, 2]


def test_late_events_come_when_they_come() -> None:
    assert read(("a", 0), ("b", 500), ("c", 100)) == [0, 500, 500]


def test_a_log_of_one_profile_is_believed() -> None:
    assert read(("a", 0), ("a", FAR_MS), ("b", FAR_MS + 1)) == [0, FAR_MS, FAR_MS + 1]


def test_a_silent_log_goes_on_when_a_second_profile_agrees() -> None:
    assert read(("a", 0), ("b", 1), ("a", FAR_MS), ("b", FAR_MS + 9)) == [0, 1, 1, FAR_MS + 9]


def test_logs_of_the_last_century_are_read_and_seconds_are_not() -> None:
    clock = LogClock()
    assert clock.read("a", 874_724_710_000) == 874_724_710_000
    assert clock.since_ms < 874_724_710_000
    clock = LogClock()
    assert clock.read("a", START_MS // 1000) == 0
    assert clock.read("b", START_MS) == START_MS
    assert clock.since_ms > 874_724_710_000


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, SILENCE_MS)), max_size=20))
@tried(60)
def test_it_never_goes_back(stamps: list[tuple[str, int]]) -> None:
    times = read(*stamps)
    assert times == sorted(times)
    assert all(now >= at for now, (_, at) in zip(times, stamps, strict=True))

"""A history is a sequence of titles, however it is stored."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.watched import watched

from playhead.signals.rows import History, Watched, history, stored

WATCHED = watched(st.text(min_size=1, max_size=4))


@tried(100)
@given(st.lists(WATCHED, max_size=8, unique_by=lambda watched: watched.title_id), st.integers(0, 9))
def test_a_history_is_a_sequence_of_what_it_was_made_of(titles: list[Watched], count: int) -> None:
    made = history(titles)
    assert list(made) == titles
    assert (len(made), bool(made)) == (len(titles), bool(titles))
    assert list(made.first(count)) == titles[:count]
    assert [made[place] for place in range(-len(titles), len(titles))] == titles + titles
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=History) == made


def test_a_history_holds_what_is_too_large_as_the_largest_it_can() -> None:
    [kept] = history([Watched("a", 2**40, 2**50, 2**33, plays=10**6)])
    assert (kept.at_s, kept.watched_s, kept.duration_s, kept.plays) == (*[2**32 - 1] * 3, 2**16 - 1)


def test_a_history_remembers_few_devices() -> None:
    made = history(Watched(f"t{n}", n, device=f"d{n}") for n in range(40, 0, -1))
    assert {watched.device for watched in made} == {"", *(f"d{n}" for n in range(1, 16))}


FORMER = (
    "83a369647392a162a161a4726f7773c42864b955693c00000018150000070000000200010100b9556903000000000000"
    "00ffffffff01000200a76465766963657392a0a27476"
)
"""Two titles as they were stored when ids were an array: to be read for ever."""
GOLDEN = (
    "83a372756ec40462ff61ffa4726f7773c42864b955693c00000018150000070000000200010100b95569030000"
    "0000000000ffffffff01000200a76465766963657392a0a27476"
)
"""The same as they were stored when rows had no positions: to be read for ever, too."""
REPORTED = (
    Watched("b", 1_767_225_700, 60, 5_400, "tv", 2, completed=True, origin=7),
    Watched("a", 1_767_225_600, 3, skipped=True, origin=2**32 - 1),
)


def test_stored_rows_are_read_to_what_they_say() -> None:
    read = history(msgspec.msgpack.decode(bytes.fromhex(GOLDEN), type=History))
    assert read == history(REPORTED)
    assert (
        tuple(history(msgspec.msgpack.decode(msgspec.msgpack.encode(stored(read)), type=History))) == REPORTED
    )


def test_ids_that_were_stored_apart_are_read_as_a_run() -> None:
    assert history(msgspec.msgpack.decode(bytes.fromhex(FORMER), type=History)) == history(REPORTED)

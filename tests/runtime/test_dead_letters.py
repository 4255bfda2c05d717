import pytest

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import DEAD_LETTERS
from playhead.runtime.dead_letters import ATTEMPTS, dead_letter, parse

RECORD = Incoming("playhead.events", 3, 17, 1_700_000_000_000, b"p1", b"\xff\x00", (("trace", b"abc"),))
ERROR = Rejected("Not JSON: ü.", "Send JSON.")


def arrived(letter: Outgoing) -> Incoming:
    return Incoming(letter.topic, 0, 0, 1, letter.key, letter.value, letter.headers)


def test_a_dead_letter_holds_the_original_and_the_reason() -> None:
    letter = dead_letter(RECORD, ERROR)
    assert (letter.topic, letter.key, letter.value) == (DEAD_LETTERS, b"p1", b"\xff\x00")
    parsed = parse(arrived(letter))
    assert parsed.record == RECORD
    assert (parsed.error, parsed.message, parsed.repair, parsed.attempts) == (
        "Rejected",
        "Not JSON: ü.",
        "Send JSON.",
        1,
    )


def test_attempts_are_counted_over_replays() -> None:
    again = RECORD._replace(headers=(*RECORD.headers, (ATTEMPTS, b"2")))
    parsed = parse(arrived(dead_letter(again, ERROR)))
    assert parsed.attempts == 3
    assert parsed.record == RECORD


def test_a_tombstone_can_be_rejected_too() -> None:
    assert parse(arrived(dead_letter(RECORD._replace(key=None, value=None), ERROR))).record.value is None


def test_a_strange_record_is_not_a_dead_letter() -> None:
    with pytest.raises(Rejected, match="lacks a header"):
        parse(RECORD)


@pytest.mark.parametrize("header", [None, b"", b"9" * 5000, b"-1", "٣".encode()])
def test_a_header_that_counts_attempts_may_hold_anything(header: bytes | None) -> None:
    parsed = parse(arrived(dead_letter(RECORD._replace(headers=((ATTEMPTS, header),)), ERROR)))
    assert parsed.attempts == 1


def test_a_letter_with_a_header_of_nothing_is_told_as_such() -> None:
    letter = dead_letter(RECORD, ERROR)
    nothing = arrived(letter)._replace(headers=tuple((name, None) for name, _ in letter.headers))
    with pytest.raises(Rejected, match="lacks a header"):
        parse(nothing)

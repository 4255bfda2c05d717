"""Record batches of any bytes: their good records are read, nothing raises, and reading goes on behind them."""

from random import Random

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from tests.batches import CODECS, Raw, batch, encoded, sized, varint
from tests.effort import tried

from playhead.domain.errors import Unreadable
from playhead.domain.records import Incoming
from playhead.runtime.tolerance import Batches, Records

GOOD = [Raw(b"k%d" % number, b"v%d" % number, [(b"h", None)]) for number in range(3)]
NONE = varint(0)


def read(data: bytes, offset: int = 0, committed: int = 1) -> tuple[list[Incoming], int]:
    """What the fetcher takes out of an answer, and where it goes on."""
    records = Records(TopicPartition("t", 3), Batches(data), None, offset, None, None, True, committed)
    return list(records), records.next_fetch_offset


def body(*parts: bytes) -> bytes:
    return sized(b"\0" + varint(0) + varint(0) + b"".join(parts))


def one(payload: bytes, base: int = 3) -> bytes:
    return batch([], payload=payload, count=1, last_delta=0, base=base)


@pytest.mark.parametrize("codec", CODECS)
def test_a_good_batch_is_read_as_it_was_written(codec: str) -> None:
    records, end = read(batch(GOOD, codec=codec, base=7) + batch(GOOD, base=10))
    assert [(each.offset, each.key, each.value) for each in records[:3]] == [
        (7, b"k0", b"v0"), (8, b"k1", b"v1"), (9, b"k2", b"v2")
    ]  # fmt: skip
    assert records[0] == Incoming("t", 3, 7, 1_767_225_600_000, b"k0", b"v0", (("h", None),))
    assert end == 13
    assert read(batch(GOOD, codec=codec, base=7), 8)[0] == records[1:3]


BROKEN = {
    "header name": one(body(sized(b"k"), sized(b"v"), varint(1), sized(b"a\xff"), sized(b"x"))),
    "no header name": one(body(sized(b"k"), sized(b"v"), varint(1), varint(-1), sized(b"x"))),
    "header too long": one(body(sized(b"k"), sized(b"v"), varint(1), varint(9), b"a")),
    "negative count of headers": one(body(sized(b"k"), sized(b"v"), varint(2**40))),
    "value too long": one(body(sized(b"k"), varint(99), b"v", NONE)),
    "number of it": one(encoded(Raw(b"k", b"v"), 7)),
    "negative number of it": one(encoded(Raw(b"k", b"v"), -7)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_keeps_what_can_be_had_of_it(name: str) -> None:
    records, end = read(batch(GOOD) + BROKEN[name] + batch(GOOD, base=4))
    assert [each.offset for each in records] == [0, 1, 2, 3, 4, 5, 6]
    flaw = records[3].flaw
    assert flaw is not None
    assert not isinstance(flaw, Unreadable)
    assert [each.offset for each in records if each.flaw] == [3]
    assert records[3].key == b"k"
    assert records[3].value == (None if name == "value too long" else b"v")
    assert end == 7


LOST = {
    "checksum": batch(GOOD, base=3, crc=1),
    "codec": batch(GOOD, base=3, attributes=7),
    "format": batch(GOOD, base=3, magic=3),
    "negative format": batch(GOOD, base=3, magic=-1),
    "former format": batch(GOOD, base=3, magic=1),
    "offsets before those asked for": batch(GOOD, base=0),
    "too few": batch(GOOD, base=3, count=4, last_delta=3),
    "no count": batch(GOOD, base=3, payload=b""),
    **{f"no {name}": batch(GOOD, base=3, codec=name, payload=b"nonsense") for name in CODECS if name != "none"},
    "too much": batch([Raw(b"k", bytes(70_000_000))], base=3, codec="zstd"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_of_a_broken_batch_nothing_is_believed_and_the_next_is_read(name: str) -> None:
    following = read(batch(GOOD) + LOST[name])[1]
    records, end = read(batch(GOOD) + LOST[name] + batch(GOOD, base=following))
    assert [each.offset for each in records if not each.flaw][:3] == [0, 1, 2]
    assert [each.offset for each in records][-3:] == [following, following + 1, following + 2]
    [lost] = [each for each in records if each.flaw]
    assert isinstance(lost.flaw, Unreadable)
    assert lost.value is None
    assert lost.offset == following - 1
    assert end == following + 3


def test_offsets_that_come_twice_are_not_two_records() -> None:
    twice = batch([], payload=encoded(GOOD[0], 0) + encoded(GOOD[1], 0), count=2, last_delta=1)
    records, end = read(twice)
    assert [(each.offset, each.flaw is None, each.value) for each in records] == [
        (0, True, b"v0"), (1, False, b"v1")
    ]  # fmt: skip
    assert end == 2


def test_a_batch_that_is_cut_off_is_skipped_only_when_nothing_comes_before() -> None:
    cut = batch(GOOD, base=3)[:-2]
    assert read(batch(GOOD) + cut) == read(batch(GOOD))
    [lost], end = read(cut, 3)
    assert isinstance(lost.flaw, Unreadable)
    assert end == 6
    assert read(b"\0" * 5, 3)[1] == 4


@tried(300)
@given(st.integers(0, 2**32), st.sampled_from(list(CODECS)), st.booleans())
def test_whatever_is_changed_nothing_raises_and_reading_goes_on(seed: int, codec: str, checked: bool) -> None:
    rng = Random(seed)
    data = bytearray(batch(GOOD) + batch(GOOD * 4, codec=codec, base=3) + batch(GOOD, base=15))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 30)]
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 30))
            case _:
                data[at : at + 8] = rng.choice((b"\xff" * 8, b"\x7f" + b"\xff" * 7, bytes(8)))
        data = data or bytearray(1)
    offset = 0
    for _ in range(20):
        records, end = read(bytes(_summed(data) if checked else data), offset)
        offsets = [each.offset for each in records]
        assert offsets == sorted(set(offsets))
        assert all(offset <= each < end for each in offsets)
        assert end > offset
        offset = end


def _summed(data: bytearray) -> bytearray:
    """The data with a right checksum, so that what it covers is looked at."""
    from aiokafka.record.util import calc_crc32c

    at = 0
    while at + 61 <= len(data):
        end = at + 12 + int.from_bytes(data[at + 8 : at + 12], signed=True)
        if not at + 61 <= end <= len(data):
            break
        data[at + 17 : at + 21] = calc_crc32c(bytes(data[at + 21 : end])).to_bytes(4)
        at = end
    return data

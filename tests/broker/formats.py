"""Every part of the record format, broken by itself: what a broker stores all the same, what it refuses, what a disk does."""

import gzip
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import NamedTuple

from tests.batches import AT, Header, Raw, batch, encoded, sized, varint

Batch = Callable[[Raw, Random], bytes]
"""A batch around a good record of which a part is broken."""


def _headers(*headers: Header) -> Batch:
    return lambda good, _: _now([good._replace(headers=headers)])


def _raw(payload: Callable[[Raw, Random], bytes], count: int = 1) -> Batch:
    return lambda good, rng: _now([], payload=payload(good, rng), count=count, last_delta=count - 1)


def _now(records: list[Raw], **parts: object) -> bytes:
    return batch(records, timestamp=time.time_ns() // 1_000_000, **parts)  # type: ignore[arg-type]


def _compressed(codec: str, good: Raw, _: Random) -> bytes:
    return _now([good], codec=codec)


def _body(*rest: bytes) -> bytes:
    return sized(b"\0" + varint(0) + varint(0) + b"".join(rest))


HARMLESS: dict[str, Batch] = {
    "null header": _headers((b"a", None), (b"playhead-attempts", None)),
    "same header twice": _headers((b"a", b"1"), (b"a", b"2")),
    "header without a name": _headers((b"", b"1")),
    "header with a zero in its name": _headers((b"a\0b", b"1")),
    "thousands of headers": _headers(*[(b"h%d" % number, b"") for number in range(3000)]),
    "attempts beyond counting": _headers((b"playhead-attempts", b"9" * 5000)),
    "bits that mean nothing": lambda good, _: _now([good], attributes=0x4000),
    "no time": lambda good, _: batch([good], timestamp=-1),
    "before 1970": lambda good, rng: batch([good], timestamp=-rng.randrange(2, 2**40)),
    "long before the world": lambda good, rng: _now([good._replace(time_delta=-rng.randrange(2**61, 2**62))]),
    "bytes behind what is compressed": lambda good, rng: _now(
        [], payload=gzip.compress(encoded(good, 0)) + rng.randbytes(5), attributes=1, count=1, last_delta=0
    ),
    "negative length of a key": _raw(lambda good, _: _body(varint(-7), sized(good.value), varint(0))),
    **{codec: partial(_compressed, codec) for codec in ("gzip", "snappy", "lz4", "zstd")},
}  # fmt: skip
"""Stored, and to be used like any other record."""

FLAWED: dict[str, Batch] = {
    "header name": lambda good, rng: _headers((b"a" + rng.randbytes(3) + b"\xff", b"x"))(good, rng),
    "header name in gzip": lambda good, _: _now([good._replace(headers=[(b"\xff", b"")])], codec="gzip"),
    "number in its batch": _raw(lambda good, rng: encoded(good, rng.randrange(1, 2**31 - 1))),
}
"""Stored, and each a dead letter."""

LOST: dict[str, Batch] = {
    "more than memory": lambda good, rng: _now(
        [good._replace(value=bytes(rng.randrange(70, 90) * 1_000_000))], codec="zstd"
    ),
}  # fmt: skip
"""Stored, and nothing of it can be had."""

REFUSED: dict[str, Batch] = {
    "no name of a header": _raw(lambda _, __: _body(sized(b"k"), sized(b"v"), varint(1), varint(-1), sized(b""))),
    "negative count of headers": _raw(lambda _, __: _body(sized(b"k"), sized(b"v"), varint(-1))),
    "unknown codec": lambda good, rng: _now([good], attributes=rng.randrange(5, 8)),
    "unknown format": lambda good, rng: _now([good], magic=rng.choice((-1, 0, 1, 3, 77))),
    "checksum": lambda good, rng: _now([good], crc=rng.randrange(1, 2**31)),
    "length of the batch": lambda good, rng: _now([good], length=rng.choice((-1, 1))),
    "what is compressed": lambda _, rng: _now(
        [], codec=rng.choice(("gzip", "snappy", "lz4", "zstd")), payload=rng.randbytes(30), count=1, last_delta=0
    ),
    "count": lambda good, rng: _now([good], count=rng.choice((-1, 0, 2, 2**31 - 1))),
    "last offset": lambda good, rng: _now([good], last_delta=rng.choice((-5, 1, 10, 2**31 - 1))),
    "control": lambda good, _: _now([good], attributes=0x20),
    "transaction of nobody": lambda good, _: _now([good], attributes=0x10),
    "far future": lambda good, rng: batch([good], timestamp=rng.randrange(2**62, 2**63)),
    "length of a record": _raw(lambda good, _: varint(300) + encoded(good, 0)[1:]),
    "length of a value": _raw(lambda _, __: _body(sized(b"k"), varint(999), b"v", varint(0))),
    "bytes behind the records": _raw(lambda good, rng: encoded(good, 0) + rng.randbytes(4)),
    "nothing in it": lambda _, __: _now([], last_delta=0),
    "two in one request": lambda good, _: _now([good]) * 2,
}  # fmt: skip
"""Refused by the broker; older ones, other ones and broken disks may give them all the same: ``tests/runtime``."""


class Damage(NamedTuple):
    """What a disk does to a stored batch: ``new`` bytes at a place; ``summed`` where the checksum is to fit them."""

    at: int
    new: bytes
    summed: bool = False


DAMAGES: dict[str, Damage] = {
    "a bit": Damage(AT["records"] + 3, b"\x55"),
    "zeros": Damage(AT["crc"], bytes(30)),
    "format": Damage(AT["magic"], b"\x09"),
    "codec": Damage(AT["attributes"], b"\0\x07", summed=True),
    "not compressed at all": Damage(AT["attributes"], b"\0\x04", summed=True),
    "length of a record": Damage(AT["records"], b"\x7e", summed=True),
}
"""Nothing of such a batch can be had, and readers go on behind it."""
UNHARMED: dict[str, Damage] = {"count": Damage(AT["count"], (77).to_bytes(4), summed=True)}
"""Of such a batch everything can be had."""

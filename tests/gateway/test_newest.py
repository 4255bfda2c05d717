"""The newest record of each key: which replaces which, and what is read again when it has left memory."""

import asyncio

from playhead.domain.records import Incoming
from playhead.domain.topics import RANKINGS
from playhead.gateway.newest import Newest


class Log:
    """A topic as a dictionary, which counts its reads."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, int], bytes] = {}
        self.reads = 0

    async def read(self, _: str, partition: int, offset: int) -> bytes:
        self.reads += 1
        return self.values[partition, offset]


def of(budget: int = 1_000) -> tuple[Newest, Log]:
    log = Log()
    return Newest(RANKINGS, log, budget), log  # type: ignore[arg-type]


def take(
    newest: Newest, log: Log, offset: int, key: str, value: bytes | None, version: int | None = None
) -> bool:
    if value is not None:
        log.values[0, offset] = value
    return newest.take(Incoming(RANKINGS, 0, offset, 0, key.encode(), value), version)


def find(newest: Newest, key: str) -> bytes | None:
    record = asyncio.run(newest.find(key.encode()))
    return record[1] if record else None


def test_the_highest_version_wins_and_a_tombstone_begins_anew() -> None:
    newest, log = of()
    assert take(newest, log, 0, "a", b"one", 1)
    assert take(newest, log, 1, "a", b"three", 3)
    assert not take(newest, log, 2, "a", b"two", 2)
    assert not take(newest, log, 3, "a", b"three again", 3)
    assert find(newest, "a") == b"three"
    assert take(newest, log, 4, "a", None)
    assert find(newest, "a") is None
    assert take(newest, log, 5, "a", b"one", 1)
    assert find(newest, "a") == b"one"


def test_what_leaves_memory_is_read_again_where_it_stands() -> None:
    newest, log = of(budget=25)
    for offset, key in enumerate("abcde"):
        take(newest, log, offset, key, key.encode() * 10)
    assert len(newest) == 5
    assert newest.here(b"a") is None
    assert (find(newest, "e"), log.reads) == (b"e" * 10, 0)
    assert (find(newest, "a"), log.reads) == (b"a" * 10, 1)
    assert (find(newest, "a"), log.reads) == (b"a" * 10, 1)  # it is back in memory
    assert find(newest, "nobody") is None


def test_one_that_is_larger_than_memory_is_still_found() -> None:
    newest, log = of(budget=5)
    take(newest, log, 0, "a", b"x" * 10)
    assert find(newest, "a") == b"x" * 10

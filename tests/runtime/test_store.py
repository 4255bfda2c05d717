import os
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from playhead.domain.errors import Unavailable
from playhead.domain.records import Incoming
from playhead.runtime.reading import Reader
from playhead.runtime.recovery import _catch_up, _newest, older
from playhead.runtime.store import Broken, Memory, Position, Store, open_store


def record(epoch: int, watermark: int, rest: bytes = b"") -> bytes:
    return struct.pack(">IQ", epoch, watermark) + rest


def changelog(*pairs: tuple[bytes, bytes | None]) -> list[Incoming]:
    return [Incoming("changelog", 0, offset, 0, key, value) for offset, (key, value) in enumerate(pairs)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "profiles-0", Memory.shared())
    yield store
    store.close()


def test_state_and_position_are_written_together_and_stay(tmp_path: Path) -> None:
    memory = Memory.shared()
    store = open_store(tmp_path / "profiles-0", memory)
    assert store.position() is None
    store.write([(b"a", b"1"), (b"b", b"2")], Position(7, 10))
    store.write([(b"b", None)], Position(7, 11))
    store.close()
    store = open_store(tmp_path / "profiles-0", memory)
    assert store.read([b"a", b"b", b"position"]) == [b"1", None, None]
    assert store.position() == Position(7, 11)
    store.close()


CRASH = """
import os, sys
from pathlib import Path
from playhead.runtime.store import Memory, Position, open_store
store = open_store(Path(sys.argv[1]), Memory.shared())
store.write([(b"a", b"1"), (b"b", b"2")], Position(7, 10))
store.flush()
store.write([(b"a", b"3"), (b"b", None)], Position(7, 11))
os._exit(0)
"""


def test_what_a_crash_takes_is_taken_together_with_its_position(tmp_path: Path) -> None:
    path = tmp_path / "profiles-0"
    subprocess.run([sys.executable, "-c", CRASH, path], check=True)
    with closing(open_store(path, Memory.shared())) as store:
        assert store.read([b"a", b"b"]) == [b"1", b"2"]
        assert store.position() == Position(7, 10)


@pytest.mark.parametrize(
    ("value", "than", "is_older"),
    [
        (record(1, 255), record(1, 256), True),
        (record(1, 256), record(1, 255), False),
        (record(1, 5), record(1, 5, b"same"), False),
        (record(1, 5), record(2, 6), False),
    ],
)
def test_watermarks_compare_within_an_epoch_only(value: bytes, than: bytes, is_older: bool) -> None:
    assert older(value, than) is is_older


def test_a_stale_record_behind_a_newer_one_is_not_taken(store: Store) -> None:
    # changelog: a@5, b@9, stale a@3, c@1, c forgotten     store before: b@20
    store.write([(b"b", record(1, 20))], Position(1, 0))
    batch = changelog(
        (b"a", record(1, 5)), (b"b", record(1, 9)), (b"a", record(1, 3)), (b"c", record(1, 1)), (b"c", None)
    )
    assert _newest(batch, store) == ([(b"a", record(1, 5)), (b"c", None)], {b"a", b"b"})


def test_what_is_no_record_of_ours_takes_the_place_of_none(store: Store) -> None:
    good = record(1, 7) + b"\x80"
    store.write([(b"a", good)], Position(1, 0))
    batch = changelog((b"a", b'{"what": "is this"}'), (b"b", b"?"), (b"c", good))
    assert _newest(batch, store) == ([(b"c", good)], {b"a", b"b"})


def test_recovering_twice_changes_nothing(store: Store) -> None:
    batch = changelog((b"a", record(1, 5)), (b"b", record(1, 9)))
    for _ in range(2):
        store.write(_newest(batch, store)[0], Position(1, 2))
    assert store.read([b"a", b"b"]) == [record(1, 5), record(1, 9)]


class Polls:
    """A reader of a changelog, a few records a poll, from where the store is."""

    def __init__(self, records: list[Incoming], store: Store) -> None:
        position = store.position()
        self._records = records[position.offset if position else 0 :]
        self.reached: dict[tuple[str, int], int] = {}

    @property
    def unfinished(self) -> bool:
        return bool(self._records)

    def end(self, _topic: str, _partition: int) -> int:
        return len(self._records)

    def read(self) -> list[Incoming]:
        some, self._records = self._records[:2], self._records[2:]
        return some


def catch_up(records: list[Incoming], store: Store) -> tuple[int, frozenset[bytes], Position | None]:
    read = _catch_up(store, cast("Reader", Polls(records, store)), 0, 1, Event())
    return read.end, read.overruled, store.position()


def test_who_is_overruled_is_told_until_it_is_written_once_more(store: Store) -> None:
    # changelog: a@5 b@9 │ b@2 (of one who was stopped) a@6 │ c@1      then: b@9 again
    records = [(b"a", record(1, 5)), (b"b", record(1, 9)), (b"b", record(1, 2)), (b"a", record(1, 6))]
    written = changelog(*records, (b"c", record(1, 1)))
    for _ in range(2):  # killed before it is written: the next one must hear of it too
        assert catch_up(written, store) == (5, frozenset({b"b"}), Position(1, 2))
    mended = changelog(*records, (b"c", record(1, 1)), (b"b", record(1, 9)))
    assert catch_up(mended, store) == (6, frozenset(), Position(1, 6))
    assert store.read([b"a", b"b", b"c"]) == [record(1, 6), record(1, 9), record(1, 1)]


def test_a_store_whose_block_is_found_broken_when_read_is_moved_aside(tmp_path: Path) -> None:
    # written, flushed, closed ─▶ bytes flipped ─▶ opens as if well ─▶ read: moved aside ─▶ opens empty
    memory, path = Memory.shared(), tmp_path / "profiles-0"
    records = [(b"key-%d" % number, struct.pack(">Q", number) * 50) for number in range(3000)]
    with closing(open_store(path, memory)) as store:
        store.write(records, Position(1, 3000))
        store.flush()
    [file] = path.glob("*.sst")
    content = bytearray(file.read_bytes())
    for at in range(500, len(content) // 2, 4000):
        content[at] ^= 0xFF
    file.write_bytes(content)
    with closing(open_store(path, memory)) as store, pytest.raises(Broken):
        store.read([key for key, _ in records])
    with closing(open_store(path, memory)) as store:
        assert store.position() is None
        store.write(records, Position(1, 3000))
    assert len(list(tmp_path.glob("profiles-0.broken-*"))) == 1


def test_a_disk_that_takes_no_more_is_the_operators_and_costs_no_store(tmp_path: Path) -> None:
    memory, path = Memory.shared(), tmp_path / "profiles-0"
    with closing(open_store(path, memory)) as store:
        store.write([(b"a", b"1")], Position(1, 1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(Unavailable, match="PLAYHEAD_DATA_DIR"):
            open_store(path, memory)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with closing(open_store(path, memory)) as store:
        assert store.read([b"a"]) == [b"1"]
    assert [each.name for each in tmp_path.iterdir()] == ["profiles-0"]


def test_a_store_says_how_large_it_is_and_where_it_finds_things(store: Store) -> None:
    store.write([(b"%d" % n, bytes(1_000)) for n in range(500)], Position(7, 1))
    store.read([b"1", b"2"])
    young = store.stats()
    assert young is not None
    assert young.memory_bytes > 500_000
    assert young.reads["memory"] == 2
    store.flush()
    store.read([b"%d" % n for n in range(500)])
    grown = store.stats()
    assert grown is not None
    assert grown.disk_bytes > 0
    assert grown.records == 501  # with the position
    assert grown.reads["memory"] == 0
    assert grown.reads["disk"] > 0
    store.read([b"%d" % n for n in range(500)])
    warm = store.stats()
    assert warm is not None
    assert warm.reads["disk"] == 0
    assert warm.reads["cache"] > 0
    store.close()
    assert store.stats() is None


def test_blocks_of_files_that_are_gone_leave_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(name: str) -> int:
        memory = Memory.shared()
        with closing(open_store(tmp_path / name, memory)) as store:
            for n in range(60):
                store.write([(b"%d" % key, os.urandom(5_000)) for key in range(50)], Position(1, n))
                store.flush()
                store.read([b"%d" % key for key in range(50)])
            return int(memory.cache.get_usage())

    forgetting = kept("forgetting")
    monkeypatch.setattr("playhead.runtime.store.FORGETTING", {"uncache_aggressiveness": "0"})
    assert forgetting < kept("keeping") / 2

"""The local store of one partition's profiles, with the changelog offset that it contains.

State and changelog offset are written in one batch: an offset that claimed more than was stored would lose
state, one that claims less costs a little time.
"""

import re
import shutil
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from playhead.domain.errors import Unavailable
from playhead.domain.stats import StoreStats
from playhead.runtime.logs import Log

log = Log(__name__)

CACHE_BYTES = 64 * 1024 * 1024
"""One cache for all partitions of a process; RocksDB's own default is 2 GiB for each of them. Four times as much saved 1 to 2 us
a read among 100,000 full profiles: the system caches files, too.
"""
FORGETTING = {"uncache_aggressiveness": "1000"}
"""Blocks of files that compaction has taken away leave the cache at once, not when it is full: it would grow for hours."""
MEMTABLE_BYTES = 32 * 1024 * 1024
"""Unflushed writes of all partitions, counted within the cache: what a worker's memory swings by."""
FILES_TOGETHER = 16
"""Files of flushed writes that are merged at once. At RocksDB's 4, with memtables so small, compaction wrote twice as much."""
BLOCK_BYTES = 8 * 1024
"""What is compressed together: two full records. LZ4 makes of them a tenth less than Snappy of RocksDB's 4 KiB, at the same cost;
zstd a sixth less again, for twice the processor time of a write.
"""
LOCK_WAIT_S = 5.0
OPERATORS = (
    "No space left",
    "Disk quota exceeded",
    "File too large",
    "Read-only file system",
    "Permission denied",
    "Too many open files",
    "Cannot allocate memory",
)
"""Messages of the system for failures that leave the files intact."""
RECORD = b"r"
"""Prefix of profiles' keys, so that none can meet a key of our own."""
POSITION_KEY = b"position"
POSITION = struct.Struct(">IQ")
FOLDED_KEY = b"folded"
FOLDED = struct.Struct(">Q")
COUNTED = re.compile(r"^rocksdb\.(\S+) COUNT : (\d+)$", re.MULTILINE)
"""RocksDB's statistics are a text."""
READS = {"memory": "memtable.hit", "cache": "block.cache.hit", "disk": "block.cache.miss"}
"""Where a record was read from, with the name of RocksDB's count of it."""


class Broken(Exception):
    """A store's files can't be read; they were moved aside, and the store must be opened anew."""


class Position(NamedTuple):
    """Up to where a changelog is contained in a store: the epoch of the changelog topic, the next offset."""

    epoch: int
    offset: int


@dataclass(frozen=True)
class Memory:
    """Memory that all stores of a process share."""

    cache: Cache
    writes: WriteBufferManager

    @staticmethod
    def shared() -> "Memory":
        """A new memory pool; one a process."""
        cache = Cache(CACHE_BYTES)
        return Memory(
            cache, WriteBufferManager.new_write_buffer_manager_with_cache(MEMTABLE_BYTES, False, cache)
        )


class Store:
    """One RocksDB, owned by one partition worker. Not for use from two threads at once."""

    def __init__(self, path: Path, memory: Memory) -> None:
        self.path = path
        self._closed = False
        self._reads = dict.fromkeys(READS, 0)
        self._options = _options(memory)
        self._database = Rdict(str(path), self._options)
        self._database.set_options(FORGETTING)  # can't be set before
        self._unlogged = WriteOptions()
        # Its stub calls this attribute a method.
        self._unlogged.disable_wal = True  # type: ignore[method-assign, assignment]

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Stored records of these keys, in their order, None where there is none.

        Raises:
            Broken: the files can't be read; the store is closed.
        """
        with self._meaningful():
            return list(self._database.get([RECORD + key for key in keys]) or ())

    def position(self) -> Position | None:
        """The position in the changelog that the store contains, None for a new one."""
        with self._meaningful():
            stored = self._database.get(POSITION_KEY)
        return None if stored is None else Position(*POSITION.unpack(stored))

    def folded(self) -> int | None:
        """Offset up to which all events of the partition are in the records, or further; None where that is not known."""
        with self._meaningful():
            stored = self._database.get(FOLDED_KEY)
        return None if stored is None else int(FOLDED.unpack(stored)[0])

    def keys(self) -> Iterator[bytes]:
        """The keys of all records."""
        with self._meaningful():
            for key in cast("Iterator[bytes]", self._database.keys()):
                if key.startswith(RECORD):
                    yield key.removeprefix(RECORD)

    def write(
        self,
        records: Iterable[tuple[bytes, bytes | None]],
        position: Position | None,
        folded: int | None = None,
    ) -> None:
        """Writes records (None deletes) in one batch with the position, and with ``folded``, where they move.

        RocksDB keeps no log of its own: what a crash takes before it was flushed, the changelog has behind the position
        that was. What must be forgotten for good is flushed: the changelog keeps its tombstone for a day only.

        Raises:
            Unavailable: the disk takes no more.
            Broken: the files can't be read; the store is closed.
        """
        batch = WriteBatch(raw_mode=True)
        for key, value in records:
            if value is None:
                batch.delete(RECORD + key)
            else:
                batch.put(RECORD + key, value)
        if position is not None:
            batch.put(POSITION_KEY, POSITION.pack(*position))
        if folded is not None:
            batch.put(FOLDED_KEY, FOLDED.pack(folded))
        with self._meaningful():
            self._database.write(batch, self._unlogged)

    def stats(self) -> StoreStats | None:
        """The statistics of the store; None once it is closed."""
        if self._closed:
            return None
        disk, memory, records = (
            int(self._database.property_int_value(f"rocksdb.{name}") or 0)
            for name in ("total-sst-files-size", "cur-size-all-mem-tables", "estimate-num-keys")
        )
        counted = dict(COUNTED.findall(self._options.get_statistics() or ""))
        before, self._reads = self._reads, {place: int(counted.get(name, 0)) for place, name in READS.items()}
        reads = {place: count - before[place] for place, count in self._reads.items()}
        return StoreStats(disk, memory, records, reads)

    def flush(self) -> None:
        """Flushes everything to disk."""
        with self._meaningful():
            self._database.flush()

    def close(self) -> None:
        """Closes the store; doing it twice does nothing more."""
        if not self._closed:
            self._closed = True
            try:
                self._database.close()
            except Exception as error:  # noqa: BLE001 - on a full disk; the reason that it is closed for is another
                log.warning("store not closed cleanly", store=self.path, why=repr(error))

    @contextmanager
    def _meaningful(self) -> Iterator[None]:
        """Translates an error of RocksDB by who must act; broken files are moved aside.

        A broken block is noticed when it is read, long after the files were opened: without this the worker
        would start again, read it again, and end again, for ever.
        """
        try:
            yield
        except Exception as error:
            # rocksdict raises a plain Exception for everything.
            if _is_the_operators(error):
                raise _refused(self.path, error) from error
            if not _is_broken(error):
                raise
            self.close()
            _move_aside(self.path, error)
            raise Broken from error


def open_store(path: Path, memory: Memory) -> Store:
    """Opens a store; a broken one is moved aside, and a new one takes its place.

    Raises:
        Unavailable: another process holds it, or the disk takes no more.
    """
    give_up = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return Store(path, memory)
        except Exception as error:
            # A store that can't be opened for want of room is as good as it was: moving it away would fill the
            # disk with a second one.
            if _is_the_operators(error):
                raise _refused(path, error) from error
            if not _is_locked(error):
                _move_aside(path, error)
                return Store(path, memory)
            # The owner before us may be a moment late: moving its files away would break it.
            if time.monotonic() > give_up:
                repair = "End the other process, or give each worker its own PLAYHEAD_INSTANCE."
                raise Unavailable(f"Another process has the store {path} open.", repair) from error
            time.sleep(0.05)


def wipe(path: Path) -> None:
    """Deletes a closed store."""
    shutil.rmtree(path, ignore_errors=True)


def _is_locked(error: Exception) -> bool:
    return "lock" in str(error).lower() and "LOCK" in str(error)


def _is_broken(error: Exception) -> bool:
    return "Corruption" in str(error)


def _is_the_operators(error: Exception) -> bool:
    return any(reason in str(error) for reason in OPERATORS)


def _refused(path: Path, error: Exception) -> Unavailable:
    return Unavailable(
        f"The store {path} can't be used: {error}.", "Mend the disk, or point PLAYHEAD_DATA_DIR elsewhere."
    )


def _move_aside(path: Path, error: Exception) -> None:
    aside = path.with_name(f"{path.name}.broken-{time.time_ns()}")
    path.rename(aside)
    log.error(
        "local store is broken: moved aside, to be rebuilt from the changelog",
        error=error,
        store=path,
        aside=aside,
    )


def _options(memory: Memory) -> Options:
    table = BlockBasedOptions()
    table.set_block_cache(memory.cache)
    table.set_block_size(BLOCK_BYTES)
    table.set_cache_index_and_filter_blocks(True)
    table.set_bloom_filter(10, False)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_manager(memory.writes)
    options.set_write_buffer_size(MEMTABLE_BYTES // 4)
    options.set_level_zero_file_num_compaction_trigger(FILES_TOGETHER)
    options.set_level_zero_slowdown_writes_trigger(2 * FILES_TOGETHER)
    options.set_level_zero_stop_writes_trigger(3 * FILES_TOGETHER)
    options.set_keep_log_file_num(2)
    options.enable_statistics()
    return options

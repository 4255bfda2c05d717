"""Index of the models topic: which parts changed since they were published, and which record holds each part's newest value.

    ring of records, by age:   7 ─ 8 ─ 3 ─ 9 ─ 4 ─▶  changed parts, and parts still current in 7 and 8, are published again
                               └ doomed ┘             under these record numbers; compaction removes the old records

A record holds many parts, so that ten thousand rows cost one send, one fetch and a few copies. The oldest records are
replaced as soon as all records hold twice the live parts, like the segments of a log-structured file system (Rosenblum and
Ousterhout, 1992): so the topic stays bounded, and no part is rewritten without need.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Ints
from playhead.models.snapshots.rows import encode_row, key_of
from playhead.models.snapshots.schema import Bundle, Parts

NOWHERE = -1
SPARE = 20_000
"""Parts that records may hold beyond twice the live ones, so that small models are not rewritten all the time."""
RECORD = 64
"""Overhead of a record, in parts."""
TOGETHER = 1_500
"""Most parts of a record: half a megabyte, usually."""
LARGEST_BYTES = 900_000
"""Largest record, as brokers accept a million bytes; a larger one is split in halves."""


class DirtyTracker:
    """Which parts of one kind, numbered from 0, changed since they were published, and which record holds each."""

    def __init__(self) -> None:
        self._moved: NDArray[np.bool_] = np.zeros(256, dtype=np.bool_)
        self._record: NDArray[np.int32] = np.full(256, NOWHERE, dtype=np.int32)

    def mark(self, parts: Ints) -> None:
        """Marks parts as changed."""
        try:
            self._moved[parts] = True
        except IndexError:  # rare, and cheaper than a check on each call
            self._make_room(int(parts.max()))
            self._moved[parts] = True

    def mark_one(self, part: int) -> None:
        """Marks a part as changed."""
        self._make_room(part)
        self._moved[part] = True

    def moved(self) -> Ints:
        """All parts that changed since they were settled."""
        return np.flatnonzero(self._moved)

    def standing(self, records: NDArray[np.bool_]) -> Ints:
        """Unchanged parts whose newest value is in one of ``records``, a mask by record number."""
        inside = self._record >= 0
        inside[inside] = records[self._record[inside]]
        return np.flatnonzero(inside & ~self._moved)

    def settle(self, parts: Ints, record: int) -> int:
        """Notes that a record holds the newest values of parts. Returns how many of these were in no record before."""
        if not len(parts):
            return 0
        self._make_room(int(parts.max()))
        fresh = int((self._record[parts] == NOWHERE).sum())
        self._record[parts] = record
        self._moved[parts] = False
        return fresh

    def _make_room(self, part: int) -> None:
        have = len(self._moved)
        if part >= have:
            more = max(2 * have, part + 1) - have
            self._moved = np.concatenate([self._moved, np.zeros(more, dtype=np.bool_)])
            self._record = np.concatenate([self._record, np.full(more, NOWHERE, dtype=np.int32)])


class SegmentLog:
    """The records of one shard on the models topic.

    Args:
        shard: Number of the shard.
        trackers: One tracker for each kind of parts; kinds may be added later.
    """

    def __init__(self, shard: int, trackers: dict[str, DirtyTracker]) -> None:
        self._shard = shard
        self._trackers = trackers
        self._weights: dict[int, int] = {}
        """Size in parts of each record, the oldest first."""
        self._alive = 0
        self._broken: dict[int, None] = {}
        """Records that the next publication replaces, whatever they hold by then."""

    def read(self, record: int, parts: Parts) -> None:
        """Notes that a record of the topic holds these parts; called in the order in which records were written."""
        self._broken.pop(record, None)
        self._settle(record, parts)

    def doom(self, record: int) -> None:
        """Marks a record as unreadable: its parts, as far as they are known, are to be published again."""
        self._broken[record] = None

    def publish(self, bundle: Callable[[Parts], Bundle]) -> list[tuple[bytes, bytes | None]]:
        """Keys and values that bring the topic up to date: all changed parts, and current parts of records to be replaced; None deletes a record."""
        parts = {kind: moved for kind, tracker in self._trackers.items() if len(moved := tracker.moved())}
        doomed = self._doomed(sum(map(len, parts.values())))
        if doomed:
            records = np.zeros(max([*self._weights, *doomed]) + 1, dtype=np.bool_)
            records[doomed] = True
            for kind, tracker in self._trackers.items():
                kept = tracker.standing(records)
                if len(kept):
                    parts[kind] = np.concatenate([parts[kind], kept]) if kind in parts else kept
            for record in doomed:
                self._weights.pop(record, None)
        values = list(_encoded(parts, bundle))
        free = self._free(doomed, len(values))
        for record, (contents, _) in zip(free, values, strict=True):
            self._settle(record, contents)
        gone = [number for number in doomed if number not in self._weights]
        written = zip(free, (value for _, value in values), strict=True)
        return [
            (key_of("bundle", self._shard, str(record)), value)
            for record, value in [*written, *((number, None) for number in gone)]
        ]

    def _doomed(self, fresh: int) -> list[int]:
        doomed, self._broken = list(self._broken), {}
        broken = set(doomed)
        held = sum(self._weights.values()) + fresh + RECORD
        held -= sum(self._weights.get(record, 0) for record in broken)
        for record, weight in self._weights.items():
            if held <= 2 * self._alive + SPARE:
                break
            if record not in broken:
                doomed.append(record)
                held -= weight
        return doomed

    def _free(self, doomed: list[int], count: int) -> list[int]:
        free = doomed[:count]
        number = 0
        while len(free) < count:
            if number not in self._weights and number not in doomed:
                free.append(number)
            number += 1
        return free

    def _settle(self, record: int, parts: Parts) -> None:
        self._weights.pop(record, None)
        self._weights[record] = RECORD + sum(map(len, parts.values()))
        self._alive += sum(self._tracker(kind).settle(some, record) for kind, some in parts.items())

    def _tracker(self, kind: str) -> DirtyTracker:
        return self._trackers.setdefault(kind, DirtyTracker())


def _encoded(
    parts: Parts, bundle: Callable[[Parts], Bundle], most: int = TOGETHER
) -> Iterator[tuple[Parts, bytes]]:
    """Parts encoded as records that are small enough for a broker."""
    for some in _cut(parts, most):
        value = encode_row(bundle(some))
        size = sum(map(len, some.values()))
        if len(value) <= LARGEST_BYTES or size == 1:
            yield some, value
        else:
            yield from _encoded(some, bundle, (size + 1) // 2)


def _cut(parts: Parts, most: int) -> Iterator[Parts]:
    """Splits parts into pieces of at most ``most``."""
    piece: Parts = {}
    room = most
    for kind, some in parts.items():
        rest = some
        while len(rest):
            piece[kind], rest = rest[:room], rest[room:]
            room -= len(piece[kind])
            if not room:
                yield piece
                piece, room = {}, most
    if piece:
        yield piece

"""The titles of a history as packed rows, and their stored form.

A record is read and written at each event, and most events are heartbeats, which change one title: so the history is
packed ids and packed rows, not a hundred objects. Ranking reads those of a whole batch as one array each.
"""

import struct
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct, field

from playhead.arrays import byte_transpose, packed_ids, zero_packing
from playhead.signals import tracks as plays

KEPT = 100
"""Most titles of a history. More gain nothing on the logs measured; ``finished`` remembers longer."""


class Watched(Struct, frozen=True, array_like=True, gc=False):
    """A title that the profile chose; an unknown duration is 0. ``origin`` is a digest of the event that added it.

    ``watched_s``: seconds watched in this viewing. ``ahead_s``: position minus ``watched_s``, negative if parts were seen again.
    ``state``: flags, and the phase of the newest play.
    """

    title_id: str
    at_s: int
    watched_s: int = 0
    duration_s: int = 0
    device: str = ""
    plays: int = 1
    completed: bool = False
    skipped: bool = False
    origin: int = 0
    ahead_s: int = 0
    state: int = 0

    @property
    def position_s(self) -> int:
        """The position at which to resume the title."""
        return self.watched_s + self.ahead_s

    @property
    def phase(self) -> int:
        """Phase of the newest play: ``CLICKED``, ``GOING`` or ``ENDED``; 0 in an older record."""
        return self.state & PHASE

    def ratio(self, known_duration_s: float = 0.0) -> float:
        """Watch ratio, 0 when no duration is known; at least 1 for a completed play."""
        duration = self.duration_s or known_duration_s
        ratio = self.watched_s / duration if duration > 0 else 0.0
        return max(ratio, 1.0) if self.completed else ratio


ROW = struct.Struct("<IIIIHBBI")
"""Layout of a row: time (s), seconds watched, length, origin, plays, flags, device, ``ahead_s`` (``zigzag``). numpy reads the
same layout (``features.histories``)."""
FLAGS_AT, OLD_WIDTH = 18, 20
"""Byte of a row that holds the flags, and width of rows stored before positions were added, whose ``ahead_s`` is 0."""
COMPLETED, SKIPPED = 1, 2
"""Flags."""
AGAIN, EPISODE, PASSING = 4, 8, 16
"""More flags: the title was begun again after its end, one of its episodes plays, it has played only automatically."""
CHOSEN = 128
"""Flag: the viewer chose the title on the day of its last event, so that a choice is counted and learned once a day."""
PHASE, CLICKED, GOING, ENDED = 96, 32, 64, 96
"""Mask and values of the phase of the newest play, in two more bits of the flags."""
STATE = AGAIN | EPISODE | PASSING | CHOSEN | PHASE
DEVICES = 15
"""Most names of devices; titles chosen on further devices have an empty device."""
ORIGINS = 2**24
"""Number of digests of events: retracting an event removes a title of another event by collision once in 160,000 full histories."""
LARGEST, MOST_PLAYS, FARTHEST = 2**32 - 1, 2**16 - 1, 2**31 - 1
"""Largest values that a row can hold, to which values are clipped."""


class History(Struct, frozen=True, gc=False, eq=False, omit_defaults=True):
    """Titles, newest first: packed ids, a row of ``ROW`` for each, and the names of the devices that rows refer to by index.

    ``tracks``: tracks of titles that are being played or have gaps (``signals.tracks``). ``wide``: the compressed rows of a stored history, whose
    ``tracks`` are compressed, too; else empty.
    ``played``: number of stored tracks. ``ids``, ``columns``: fields of older records, from before ids were packed and rows had positions, else empty.
    """

    packed: bytes = field(default=b"", name="run")
    rows: bytes = b""
    devices: tuple[str, ...] = ("",)
    ids: tuple[str, ...] = ()
    columns: bytes = b""
    wide: bytes = b""
    tracks: bytes = b""
    played: int = 0

    def __len__(self) -> int:
        return len(self.rows) // ROW.size

    def __iter__(self) -> Iterator[Watched]:
        for title_id, row in zip(packed_ids.ids(self.packed), ROW.iter_unpack(self.rows), strict=True):
            yield self._watched(title_id, *row)

    def __getitem__(self, place: int) -> Watched:
        place = place if place >= 0 else len(self) + place
        return self._watched(
            packed_ids.ids(packed_ids.first(self.packed, place + 1))[place],
            *ROW.unpack_from(self.rows, place * ROW.size),
        )

    def first(self, count: int) -> "History":
        """The history of the ``count`` newest titles."""
        return History(packed_ids.first(self.packed, count), self.rows[: count * ROW.size], self.devices)

    def of(self, title_id: str, place: int) -> Watched:
        """The title at a place, whose id is known."""
        return self._watched(title_id, *ROW.unpack_from(self.rows, place * ROW.size))

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same titles, regardless of the numbering of devices."""
        return isinstance(other, History) and tuple(self) == tuple(other)

    __hash__ = Struct.__hash__

    def find(self, title_id: str) -> tuple[Watched | None, int]:
        """A title and its place; None and -1 if it is not in the history."""
        place = packed_ids.place(self.packed, title_id)
        return (self.of(title_id, place), place) if place >= 0 else (None, -1)

    def under(self, title_id: str, versions: tuple[str, ...]) -> "History":
        """The history with ``title_id`` in place of the id of another version of the same work, if it holds one."""
        for other in versions:
            place = packed_ids.place(self.packed, other)
            if place < 0:
                continue
            names = packed_ids.ids(self.packed)
            names[place] = title_id
            tracks = plays.renamed(self.tracks, other, title_id)
            return History(packed_ids.pack_ids(names), self.rows, self.devices, tracks=tracks)
        return self

    def begun_again(self) -> list[Watched]:
        """The titles that were finished once and have been begun again."""
        flags = self.rows[FLAGS_AT :: ROW.size]
        return [self[place] for place, flag in enumerate(flags) if flag & AGAIN]

    def oldest_s(self) -> int:
        """Time of the oldest title of a full history; 0 while there is room."""
        return self._at(KEPT - 1) if len(self.rows) >= KEPT * ROW.size else 0

    def put(self, watched: Watched, place: int = -1) -> "History":
        """Inserts or moves a title by its time; ``place``: its former place, -1 if new. The oldest title beyond ``KEPT`` is dropped."""
        at = 0 if not self.rows or watched.at_s >= self._at(0) else self._behind(watched.at_s)
        if place >= 0 and (at > place or watched.at_s == self._at(place)):
            at = place
        devices = self._with(watched.device)
        row = _packed(watched, devices)
        if at == place:
            rows = self.rows[: at * ROW.size] + row + self.rows[(at + 1) * ROW.size :]
            return History(self.packed, rows, devices, tracks=self.tracks)
        rows, packed = self.rows, self.packed
        if place >= 0:
            rows = rows[: place * ROW.size] + rows[(place + 1) * ROW.size :]
            packed = packed_ids.without(packed, watched.title_id)
        rows = rows[: at * ROW.size] + row + rows[at * ROW.size :]
        before = packed_ids.first(packed, at)
        packed = before + watched.title_id.encode() + packed_ids.END + packed[len(before) :]
        if len(rows) > KEPT * ROW.size:
            packed, rows = packed_ids.first(packed, KEPT), rows[: KEPT * ROW.size]
        return History(packed, rows, devices, tracks=self.tracks)

    def tracked(self, tracks: bytes) -> "History":
        """The history with these tracks."""
        return History(self.packed, self.rows, self.devices, tracks=tracks)

    def _at(self, place: int) -> int:
        return int.from_bytes(self.rows[place * ROW.size : place * ROW.size + 4], "little")

    def _behind(self, at_s: int) -> int:
        """The place of a title of that time."""
        return next((n for n in range(len(self)) if self._at(n) <= at_s), len(self))

    def _watched(
        self,
        title_id: str,
        at_s: int,
        watched_s: int,
        duration_s: int,
        origin: int,
        plays: int,
        flags: int,
        device: int,
        ahead_s: int,
    ) -> Watched:
        return Watched(
            title_id,
            at_s,
            watched_s,
            duration_s,
            self.devices[device],
            plays,
            bool(flags & COMPLETED),
            bool(flags & SKIPPED),
            origin,
            ahead_s >> 1 ^ -(ahead_s & 1),
            flags & STATE,
        )

    def _with(self, device: str) -> tuple[str, ...]:
        """The devices with this one added, as long as there is room."""
        known = device in self.devices or len(self.devices) > DEVICES
        return self.devices if known else (*self.devices, device)


def zigzag(number: int) -> int:
    """A small number of either sign as a small one without: 0, -1, 1, -2 as 0, 1, 2, 3."""
    return 2 * number if number >= 0 else -2 * number - 1


def _packed(watched: Watched, devices: tuple[str, ...]) -> bytes:
    return ROW.pack(
        min(watched.at_s, LARGEST),
        min(watched.watched_s, LARGEST),
        min(watched.duration_s, LARGEST),
        watched.origin,
        min(watched.plays, MOST_PLAYS),
        COMPLETED * watched.completed + SKIPPED * watched.skipped + (watched.state & STATE),
        devices.index(watched.device) if watched.device in devices else 0,
        zigzag(max(min(watched.ahead_s, FARTHEST), -FARTHEST)),
    )


Stored = History | tuple[Watched, ...]
"""Stored forms of a history: packed ids and rows; oldest, an array a title."""


def history(watched: Iterable[Watched]) -> History:
    """A history of titles, newest first; or the working form of a stored history of any form."""
    if isinstance(watched, History):
        return _restored(watched)
    kept = [*watched]
    devices: tuple[str, ...] = ("",)
    for title in reversed(kept):
        devices = devices if title.device in devices or len(devices) > DEVICES else (*devices, title.device)
    rows = b"".join([_packed(title, devices) for title in kept])
    return History(packed_ids.pack_ids(title.title_id for title in kept), rows, devices)


def _restored(stored: History) -> History:
    packed = packed_ids.pack_ids(stored.ids) if stored.ids else stored.packed
    size, rows, tracks = packed_ids.size(packed), stored.rows, stored.tracks
    if stored.wide:
        rows = byte_transpose.unpack(stored.wide, ROW.size, size)
        tracks = zero_packing.unpack(tracks, stored.played * plays.SIZE)
    elif stored.columns:
        rows = _widened(byte_transpose.unpack(stored.columns, OLD_WIDTH, size))
    elif rows and len(rows) == OLD_WIDTH * size:
        rows = _widened(rows)
    elif packed is stored.packed:
        return stored
    return History(packed, rows, stored.devices, tracks=tracks)


def _widened(rows: bytes) -> bytes:
    """Rows stored before positions were added, in the present layout."""
    old = np.frombuffer(rows, np.uint8).reshape(-1, OLD_WIDTH)
    return np.pad(old, ((0, 0), (0, ROW.size - OLD_WIDTH))).tobytes()


def stored(state: History) -> History:
    """The stored form of a history."""
    wide = byte_transpose.pack(state.rows, ROW.size)
    tracks = zero_packing.pack(state.tracks)
    return History(
        state.packed, b"", state.devices, wide=wide, tracks=tracks, played=len(state.tracks) // plays.SIZE
    )

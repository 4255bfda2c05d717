"""The titles of a history as rows: what is remembered of each, and how that is stored.

A record is read and written at each event, and most events are heartbeats, which change one title: so the history is
a run of ids and a run of rows, not a hundred objects. Ranking takes those of a whole batch as one array each.
"""

import struct
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct, field

from playhead.arrays import byte_transpose, packed_ids, zero_packing
from playhead.signals import tracks as plays

KEPT = 100
"""Titles remembered. Beyond it nothing is gained on the logs measured; ``finished`` remembers longer."""


class Watched(Struct, frozen=True, array_like=True, gc=False):
    """One title the profile chose; an unknown duration is 0. ``origin`` is a digest of the event that added it.

    ``watched_s``: seconds covered since it was begun, or begun again. ``ahead_s``: how much farther it stands than that.
    ``state``: flags, and how far its newest play has come.
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
        """Where it stands: there it is to be gone on with."""
        return self.watched_s + self.ahead_s

    @property
    def phase(self) -> int:
        """``CLICKED``, ``GOING`` or ``ENDED``; 0 in a record of before."""
        return self.state & PHASE

    def ratio(self, known_duration_s: float = 0.0) -> float:
        """Watch ratio, 0 when no duration is known; 1 at least for a completed play."""
        duration = self.duration_s or known_duration_s
        ratio = self.watched_s / duration if duration > 0 else 0.0
        return max(ratio, 1.0) if self.completed else ratio


ROW = struct.Struct("<IIIIHBBI")
"""Of a title: second, seconds watched, length, origin, plays, flags, device, how far ahead it stands (``zigzag``). numpy reads the
same (``features.histories``)."""
FLAGS_AT, OLD_WIDTH = 18, 20
"""Where the flags of a row are, and bytes of one before there were positions: it stood where as many seconds are over as were watched."""
COMPLETED, SKIPPED = 1, 2
"""Flags."""
AGAIN, EPISODE, PASSING = 4, 8, 16
"""More flags: it was begun again after its end, an episode of it plays, it has played by itself alone."""
CHOSEN = 128
"""On the day of its last event, the viewer chose it: so it counts, and is learned, once a day."""
PHASE, CLICKED, GOING, ENDED = 96, 32, 64, 96
"""How far its newest play has come, in two more bits of the flags."""
STATE = AGAIN | EPISODE | PASSING | CHOSEN | PHASE
DEVICES = 15
"""Names of devices that are remembered; on another one, titles were chosen nowhere."""
ORIGINS = 2**24
"""Digests of events: whoever retracts an event takes a title of another one along once in 160,000 full histories."""
LARGEST, MOST_PLAYS, FARTHEST = 2**32 - 1, 2**16 - 1, 2**31 - 1
"""What a row holds at most; the year 2106, or plays beyond what anybody has time for, are as good as more."""


class History(Struct, frozen=True, gc=False, eq=False, omit_defaults=True):
    """Titles, newest first: a run of their ids, a row of ``ROW`` for each, and names of the devices that rows give by number.

    ``tracks``: of titles that are on, or have holes (``signals.tracks``). ``wide``: the rows as they are stored, and with them the
    tracks, packed; else empty.
    ``played``: how many. ``ids``, ``columns``: of a record that was stored before ids were a run, before rows had positions, else empty.
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
        """The newest titles."""
        return History(packed_ids.first(self.packed, count), self.rows[: count * ROW.size], self.devices)

    def of(self, title_id: str, place: int) -> Watched:
        """A title that stands at a place."""
        return self._watched(title_id, *ROW.unpack_from(self.rows, place * ROW.size))

    def __eq__(self, other: object) -> bool:
        """Whether the same is known, by whatever numbers of devices."""
        return isinstance(other, History) and tuple(self) == tuple(other)

    __hash__ = Struct.__hash__

    def find(self, title_id: str) -> tuple[Watched | None, int]:
        """What is remembered of a title, and where it stands; None and -1 for nothing."""
        place = packed_ids.place(self.packed, title_id)
        return (self.of(title_id, place), place) if place >= 0 else (None, -1)

    def under(self, title_id: str, versions: tuple[str, ...]) -> "History":
        """The history with a title under this id that stands in it under another one of the same work."""
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
        """The titles that were finished once and are not over now."""
        flags = self.rows[FLAGS_AT :: ROW.size]
        return [self[place] for place, each in enumerate(flags) if each & AGAIN]

    def oldest_s(self) -> int:
        """When the title was chosen that goes next; 0 while there is room."""
        return self._at(KEPT - 1) if len(self.rows) >= KEPT * ROW.size else 0

    def put(self, watched: Watched, place: int = -1) -> "History":
        """With a title among the others, newest first; ``place``: where it stood, -1 if it did not. The last of too many goes."""
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
        """With other tracks."""
        return History(self.packed, self.rows, self.devices, tracks=tracks)

    def _at(self, place: int) -> int:
        return int.from_bytes(self.rows[place * ROW.size : place * ROW.size + 4], "little")

    def _behind(self, at_s: int) -> int:
        """Where a title of that time belongs."""
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
        """The devices with this one among them, as long as there is room."""
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
"""A history as it may be stored: before there were rows, an array a title; before there were packed_ids, an array of ids."""


def history(watched: Iterable[Watched]) -> History:
    """Titles, newest first, as a history; one that is stored, in whichever form, as it is worked with."""
    if isinstance(watched, History):
        return _restored(watched)
    kept = [*watched]
    devices: tuple[str, ...] = ("",)
    for one in reversed(kept):
        devices = devices if one.device in devices or len(devices) > DEVICES else (*devices, one.device)
    rows = b"".join([_packed(one, devices) for one in kept])
    return History(packed_ids.pack_ids(one.title_id for one in kept), rows, devices)


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
    """Rows of before there were positions, in their present form."""
    old = np.frombuffer(rows, np.uint8).reshape(-1, OLD_WIDTH)
    return np.pad(old, ((0, 0), (0, ROW.size - OLD_WIDTH))).tobytes()


def stored(state: History) -> History:
    """A history as it is stored."""
    wide = byte_transpose.pack(state.rows, ROW.size)
    tracks = zero_packing.pack(state.tracks)
    return History(
        state.packed, b"", state.devices, wide=wide, tracks=tracks, played=len(state.tracks) // plays.SIZE
    )

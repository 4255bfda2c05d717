"""What the profile chose lately: its last titles, newest first, with how much of each was watched.

A record is read and written at each event, and most events are heartbeats, which change one title: so the history is
a run of ids and a run of rows, not a hundred objects. Ranking takes those of a whole batch as one array each.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from playhead.arrays import byte_transpose, packed_ids
from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 100
"""Titles remembered. Beyond it nothing is gained on the logs measured; ``finished`` remembers longer."""


class Watched(Struct, frozen=True, array_like=True, gc=False):
    """One title the profile chose; an unknown duration is 0. ``origin`` is a digest of the event that added it."""

    title_id: str
    at_s: int
    watched_s: int = 0
    duration_s: int = 0
    device: str = ""
    plays: int = 1
    completed: bool = False
    skipped: bool = False
    origin: int = 0

    def ratio(self, known_duration_s: float = 0.0) -> float:
        """Watch ratio, 0 when no duration is known; 1 at least for a completed play."""
        duration = self.duration_s or known_duration_s
        ratio = self.watched_s / duration if duration > 0 else 0.0
        return max(ratio, 1.0) if self.completed else ratio


ROW = struct.Struct("<IIIIHBB")
"""Of a title: second, seconds watched, length, origin, plays, flags, device. numpy reads the same (``features.histories``)."""
COMPLETED, SKIPPED = 1, 2
"""Flags."""
DEVICES = 15
"""Names of devices that are remembered; on another one, titles were chosen nowhere."""
ORIGINS = 2**24
"""Digests of events: whoever retracts an event takes a title of another one along once in 160,000 full histories."""
LARGEST, MOST_PLAYS = 2**32 - 1, 2**16 - 1
"""What a row holds at most; the year 2106, or plays beyond what anybody has time for, are as good as more."""


class History(Struct, frozen=True, gc=False, eq=False, omit_defaults=True):
    """Titles, newest first: a run of their ids, a row of ``ROW`` for each, and names of the devices that rows give by number.

    ``columns``: the rows as they are stored, else empty; ``ids``: of a record that was stored before they were a run, else empty.
    """

    run: bytes = b""
    rows: bytes = b""
    devices: tuple[str, ...] = ("",)
    ids: tuple[str, ...] = ()
    columns: bytes = b""

    def __len__(self) -> int:
        return len(self.rows) // ROW.size

    def __iter__(self) -> Iterator[Watched]:
        for title_id, row in zip(packed_ids.ids(self.run), ROW.iter_unpack(self.rows), strict=True):
            yield self._watched(title_id, *row)

    def __getitem__(self, place: int) -> Watched:
        place = place if place >= 0 else len(self) + place
        return self._watched(
            packed_ids.ids(packed_ids.first(self.run, place + 1))[place],
            *ROW.unpack_from(self.rows, place * ROW.size),
        )

    def first(self, count: int) -> "History":
        """The newest titles."""
        return History(packed_ids.first(self.run, count), self.rows[: count * ROW.size], self.devices)

    def of(self, title_id: str, place: int) -> Watched:
        """A title that stands at a place."""
        return self._watched(title_id, *ROW.unpack_from(self.rows, place * ROW.size))

    def __eq__(self, other: object) -> bool:
        """Whether the same is told, by whatever numbers of devices."""
        return isinstance(other, History) and tuple(self) == tuple(other)

    __hash__ = Struct.__hash__

    def newest(self, watched: Watched, place: int = -1) -> "History":
        """With a title in front; ``place``: where it stood, -1 if it did not. The last of too many goes."""
        devices = self._with(watched.device)
        flags = COMPLETED * watched.completed + SKIPPED * watched.skipped
        row = ROW.pack(
            min(watched.at_s, LARGEST),
            min(watched.watched_s, LARGEST),
            min(watched.duration_s, LARGEST),
            watched.origin,
            min(watched.plays, MOST_PLAYS),
            flags,
            devices.index(watched.device) if watched.device in devices else 0,
        )
        if place == 0:
            return History(self.run, row + self.rows[ROW.size :], devices)
        rest = packed_ids.without(self.run, watched.title_id) if place > 0 else self.run
        gone = len(self) if place < 0 else place
        rows = row + self.rows[: gone * ROW.size] + self.rows[(gone + 1) * ROW.size :]
        both = watched.title_id.encode() + packed_ids.END + rest
        if len(rows) > KEPT * ROW.size:
            both, rows = packed_ids.first(both, KEPT), rows[: KEPT * ROW.size]
        return History(both, rows, devices)

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
        )

    def _with(self, device: str) -> tuple[str, ...]:
        """The devices with this one among them, as long as there is room."""
        known = device in self.devices or len(self.devices) > DEVICES
        return self.devices if known else (*self.devices, device)


Stored = History | tuple[Watched, ...]
"""A history as it may be stored: before there were rows, an array a title; before there were packed_ids, an array of ids."""


def history(watched: Iterable[Watched]) -> History:
    """Titles, newest first, as a history; one that is stored, in whichever form, as it is worked with."""
    if isinstance(watched, History):
        return _restored(watched)
    made = History()
    for one in reversed([*watched]):
        made = made.newest(one)
    return made


def _restored(stored: History) -> History:
    if stored.columns:
        rows = byte_transpose.unpack(stored.columns, ROW.size, packed_ids.size(stored.run))
        return History(stored.run, rows, stored.devices)
    return History(packed_ids.run(stored.ids), stored.rows, stored.devices) if stored.ids else stored


def stored(state: History) -> History:
    """A history as it is stored."""
    return History(state.run, b"", state.devices, (), byte_transpose.pack(state.rows, ROW.size))


CHOICES = (
    e.TitleClicked,
    e.PlaybackStarted,
    e.PlaybackProgress,
    e.PlaybackStopped,
    e.PlaybackCompleted,
    e.PlaybackSkipped,
)


def fold(state: History, event: e.Event) -> History:
    """Moves the title to the front. Neither order-free nor idempotent (watched time adds up)."""
    if isinstance(event, e.HistoryRemoved):
        return _without(state, event)
    if not isinstance(event, CHOICES):
        return state
    place = packed_ids.place(state.run, event.title_id)
    return state.newest(_watched(state.of(event.title_id, place) if place >= 0 else None, event), place)


def _watched(known: Watched | None, event: e.TitleEvent) -> Watched:
    at_s = event.occurred_at // 1000
    if known is None:
        known = Watched(event.title_id, at_s, plays=0, origin=_origin(event.event_id))
    at_s = max(at_s, known.at_s)
    device = event.device or known.device
    if isinstance(event, e.TitleClicked):
        return replace(known, at_s=at_s, device=device)
    if isinstance(event, e.PlaybackStarted):
        duration = int(event.duration_s or known.duration_s)
        return replace(
            known, at_s=at_s, device=device, plays=known.plays + 1, duration_s=duration, skipped=False
        )
    if isinstance(event, e.PlaybackProgress):
        return replace(known, at_s=at_s, watched_s=known.watched_s + round(event.watched_s))
    if isinstance(event, e.PlaybackSkipped):
        watched = max(known.watched_s, round(event.watched_s or 0))
        return replace(known, at_s=at_s, watched_s=watched, skipped=True, plays=max(known.plays, 1))
    assert isinstance(event, e.PlaybackStopped | e.PlaybackCompleted)
    return replace(
        known,
        at_s=at_s,
        watched_s=max(known.watched_s, round(event.watched_s or 0)),
        duration_s=int(event.duration_s or known.duration_s),
        plays=max(known.plays, 1),
        completed=known.completed or isinstance(event, e.PlaybackCompleted),
        skipped=False,
    )


def brought_by(state: History, event_ids: Sequence[str]) -> list[str]:
    """The titles that these events brought into the history."""
    origins = set(map(_origin, event_ids))
    return [watched.title_id for watched in state if watched.origin % ORIGINS in origins]


def _origin(event_id: str) -> int:
    return crc32(event_id.encode()) % ORIGINS


def _without(state: History, event: e.HistoryRemoved) -> History:
    gone = {event.title_id, *brought_by(state, event.event_ids)}
    kept = [watched for watched in state if watched.title_id not in gone]
    return history(kept) if len(kept) < len(state) else state


HISTORY = Signal[History](
    name="history",
    version=1,
    kind=Stored,
    initial=History(),
    fold=fold,
    hears=(*CHOICES, e.HistoryRemoved),
    stored=stored,
    restored=history,
)

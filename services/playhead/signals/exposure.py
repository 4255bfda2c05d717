"""How often titles were shown to the profile without being played, for impression fatigue.

Packed ids with one byte a count, not an object a title: a record is read and written at each event,
and most events change nothing here.
"""

from collections.abc import Container, Iterable

from msgspec import Struct, field

from playhead.arrays import packed_ids
from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 60
MOST_TIMES = 255
"""Largest count, which fits a byte: a title shown that often will hardly be shown again."""
VISIBLE_MS = 1_000
"""Least time on screen of an impression that counts (the Media Rating Council counts a second); an unknown time counts."""


class Exposures(Struct, frozen=True, gc=False, omit_defaults=True):
    """Titles that were on screen, newest first, as packed ids.

    ``times``: how often each was shown since it was last played. ``before``: how often until then, which is a feature of its
    impression when the play ends. ``ids``: those of a record stored before ids were packed, else empty.
    """

    packed: bytes = field(default=b"", name="run")
    times: bytes = b""
    before: bytes = b""
    ids: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.times)

    def streak(self, place: int) -> int:
        """How often the title at a place was shown until it was played, or until now if it was not."""
        return self.times[place] or self.before[place]

    def counted(self) -> dict[str, int]:
        """How often each title was shown since it was last played; titles not shown since are left out."""
        pairs = zip(packed_ids.ids(self.packed), self.times, strict=True)
        return {title_id: times for title_id, times in pairs if times}


class StoredExposure(Struct, frozen=True, array_like=True, gc=False):
    """A title in the stored form used before ids were packed."""

    title_id: str
    times: int
    at_s: int
    before: int = 0


Stored = Exposures | tuple[StoredExposure, ...]
"""Stored forms of exposures: packed ids; older, an array of ids; oldest, an array a title."""


def exposures(rows: Stored) -> Exposures:
    """Exposures from any stored form."""
    if isinstance(rows, Exposures):
        return Exposures(packed_ids.pack_ids(rows.ids), rows.times, rows.before) if rows.ids else rows
    times, before = (row.times for row in rows), (row.before for row in rows)
    return Exposures(packed_ids.pack_ids(row.title_id for row in rows), _bytes(times), _bytes(before))


def fold(state: Exposures, event: e.Event) -> Exposures:
    """Counts impressions, newest first, and resets the count of a played title. Not idempotent."""
    if isinstance(event, e.ImpressionsShown):
        return _shown(state, event)
    if isinstance(event, e.PlaybackStarted | e.PlaybackStopped | e.PlaybackCompleted):
        return _played(state, event.title_id)
    if isinstance(event, e.HistoryRemoved):
        return _but(state, {event.title_id.encode()} if event.title_id else set())
    return state


def _shown(state: Exposures, event: e.ImpressionsShown) -> Exposures:
    fresh = dict.fromkeys(item.title_id.encode() for item in event.items if _is_looked_at(item))
    if not fresh:
        return state
    known = dict(zip(packed_ids.parts(state.packed), state.times, strict=True))
    times = bytes([min(known.get(title_id, 0) + 1, MOST_TIMES) for title_id in fresh])
    rest = _but(state, fresh)
    return Exposures(
        packed_ids.first(packed_ids.joined(fresh) + rest.packed, KEPT),
        (times + rest.times)[:KEPT],
        (bytes(len(fresh)) + rest.before)[:KEPT],
    )


def _is_looked_at(item: e.Impression) -> bool:
    return item.visible_ms is None or item.visible_ms >= VISIBLE_MS


def _played(state: Exposures, title_id: str) -> Exposures:
    place = packed_ids.place(state.packed, title_id)
    if place < 0 or not state.times[place]:
        return state
    times, before = bytearray(state.times), bytearray(state.before)
    times[place], before[place] = 0, times[place]
    return Exposures(state.packed, bytes(times), bytes(before))


def _but(state: Exposures, gone: Container[bytes]) -> Exposures:
    """The exposures without these titles."""
    parts = packed_ids.parts(state.packed)
    kept = [place for place, part in enumerate(parts) if part not in gone]
    if len(kept) == len(parts):
        return state
    return Exposures(
        packed_ids.joined([parts[place] for place in kept]),
        bytes([state.times[place] for place in kept]),
        bytes([state.before[place] for place in kept]),
    )


def _bytes(counts: Iterable[int]) -> bytes:
    return bytes(min(count, MOST_TIMES) for count in counts)


EXPOSURE = Signal[Exposures](
    name="exposure",
    version=1,
    kind=Stored,
    initial=Exposures(),
    fold=fold,
    events=(e.ImpressionsShown, e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted, e.HistoryRemoved),
    restored=exposures,
)

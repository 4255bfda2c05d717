"""What was shown to the profile, how often, without being played: the more often, the less it is worth showing.

A run of ids and a byte each for what is counted, not an object a title: a record is read and written at each event,
and most events change nothing here.
"""

from collections.abc import Container, Iterable

from msgspec import Struct

from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 60
MOST_TIMES = 255
"""What a byte holds: who was shown a title as often as that is not shown it more."""


class Exposures(Struct, frozen=True, gc=False):
    """Titles that were on screen, newest first.

    ``times``: how often each was since it was last played. ``before``: how often until then, which its impression is
    still judged by when the play ends.
    """

    ids: tuple[str, ...] = ()
    times: bytes = b""
    before: bytes = b""

    def __len__(self) -> int:
        return len(self.ids)

    def counted(self) -> tuple[tuple[str, int], ...]:
        """Titles that were shown since they were last played, and how often."""
        pairs = tuple(zip(self.ids, self.times, strict=True))
        return tuple(pair for pair in pairs if pair[1]) if 0 in self.times else pairs


class Row(Struct, frozen=True, array_like=True, gc=False):
    """A title as it was stored before there were runs."""

    title_id: str
    times: int
    at_s: int
    before: int = 0


Stored = Exposures | tuple[Row, ...]


def exposures(rows: Stored) -> Exposures:
    """What is stored, in whichever form."""
    if isinstance(rows, Exposures):
        return rows
    times, before = (row.times for row in rows), (row.before for row in rows)
    return Exposures(tuple(row.title_id for row in rows), _bytes(times), _bytes(before))


def streaks(state: Exposures) -> dict[str, int]:
    """How often each title was shown until it was played, or until now if it was not."""
    counts = zip(state.ids, state.times, state.before, strict=True)
    return {title_id: times or before for title_id, times, before in counts}


def fold(state: Exposures, event: e.Event) -> Exposures:
    """Counts up what was shown, newest first, and begins anew with what was played. Not idempotent."""
    if isinstance(event, e.ImpressionsShown):
        return _shown(state, event)
    if isinstance(event, e.PlaybackStarted | e.PlaybackStopped | e.PlaybackCompleted):
        return _played(state, event.title_id)
    if isinstance(event, e.HistoryRemoved) and event.title_id in state.ids:
        return _but(state, {event.title_id})
    return state


def _shown(state: Exposures, event: e.ImpressionsShown) -> Exposures:
    fresh = dict.fromkeys(item.title_id for item in event.items)
    known = dict(zip(state.ids, state.times, strict=True))
    times = _bytes(known.get(title_id, 0) + 1 for title_id in fresh)
    rest = _but(state, fresh.keys())
    return Exposures(
        (*fresh, *rest.ids)[:KEPT], (times + rest.times)[:KEPT], (bytes(len(fresh)) + rest.before)[:KEPT]
    )


def _played(state: Exposures, title_id: str) -> Exposures:
    place = state.ids.index(title_id) if title_id in state.ids else -1
    if place < 0 or not state.times[place]:
        return state
    times, before = bytearray(state.times), bytearray(state.before)
    times[place], before[place] = 0, times[place]
    return Exposures(state.ids, bytes(times), bytes(before))


def _but(state: Exposures, gone: Container[str]) -> Exposures:
    """Without these titles."""
    kept = [place for place, title_id in enumerate(state.ids) if title_id not in gone]
    return Exposures(
        tuple(state.ids[place] for place in kept),
        bytes(state.times[place] for place in kept),
        bytes(state.before[place] for place in kept),
    )


def _bytes(counts: Iterable[int]) -> bytes:
    return bytes(min(count, MOST_TIMES) for count in counts)


EXPOSURE = Signal[Exposures](
    name="exposure",
    version=1,
    kind=Stored,
    initial=Exposures(),
    fold=fold,
    hears=(e.ImpressionsShown, e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted, e.HistoryRemoved),
    restored=exposures,
)

"""What the profile chose lately: its last titles, newest first, with how much of each was watched."""

from collections.abc import Sequence
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

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


History = tuple[Watched, ...]

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
    place = next((i for i, watched in enumerate(state) if watched.title_id == event.title_id), -1)
    known = state[place] if place >= 0 else None
    now = _watched(known, event)
    if place == 0:
        return (now, *state[1:])
    if place > 0:
        return (now, *state[:place], *state[place + 1 :])
    return (now, *state[: KEPT - 1])


def _watched(known: Watched | None, event: e.TitleEvent) -> Watched:
    at_s = event.occurred_at // 1000
    if known is None:
        known = Watched(event.title_id, at_s, plays=0, origin=crc32(event.event_id.encode()))
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
    origins = {crc32(event_id.encode()) for event_id in event_ids}
    return [watched.title_id for watched in state if watched.origin in origins]


def _without(state: History, event: e.HistoryRemoved) -> History:
    gone = {event.title_id, *brought_by(state, event.event_ids)}
    kept = tuple(watched for watched in state if watched.title_id not in gone)
    return kept if len(kept) < len(state) else state


HISTORY = Signal[History](
    name="history", version=1, kind=History, initial=(), fold=fold, hears=(*CHOICES, e.HistoryRemoved)
)

"""The playback signal: the title being watched now, its position, and pauses, rewinds and jumps."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal


class Playback(Struct, frozen=True, array_like=True, gc=False):
    """The live play; an empty ``title_id`` means that nothing is being watched.

    ``troubled``: the picture broke or froze, so that an early exit says nothing about the title. ``last_event_s``: time of the
    last event after the start, 0 for none.
    """

    title_id: str = ""
    started_s: int = 0
    position_s: int = 0
    watched_s: int = 0
    duration_s: int = 0
    pauses: int = 0
    rewinds: int = 0
    jumps: int = 0
    troubled: bool = False
    surface: str = "home"
    last_event_s: int = 0

    def on_at(self, at_s: int) -> str:
        """The title being watched at a time, "" for none; a play whose end event was lost is over when the title would have ended."""
        rest_s = max(self.duration_s - self.position_s, LEAST_S) if self.duration_s else LONGEST_S
        return self.title_id if at_s - max(self.last_event_s, self.started_s) <= rest_s else ""


LEAST_S, LONGEST_S = 600, 4 * 3_600
"""How long a play counts as live after its last event: at least, and where its length is unknown."""
IDLE = Playback()
ENDS = (e.PlaybackStopped, e.PlaybackCompleted, e.PlaybackSkipped)
GOES_ON = (
    e.PlaybackPaused,
    e.PlaybackResumed,
    e.PlaybackSeeked,
    e.PlaybackProgress,
    e.PlaybackFailed,
    e.BufferStarted,
)


def fold(state: Playback, event: e.Event) -> Playback:
    """Tracks the play from its start to its end; events of other titles change nothing."""
    if isinstance(event, e.PlaybackStarted):
        return Playback(
            event.title_id,
            event.occurred_at // 1000,
            int(event.position_s or 0),
            duration_s=int(event.duration_s or 0),
        )
    if isinstance(event, e.HistoryRemoved):
        return IDLE if event.title_id == state.title_id else state
    if not isinstance(event, e.TitleEvent) or event.title_id != state.title_id:
        return state
    if isinstance(event, ENDS):
        return IDLE
    return _go_on(state, event, max(state.last_event_s, event.occurred_at // 1000))


def _go_on(state: Playback, event: e.TitleEvent, last_event_s: int) -> Playback:
    if isinstance(event, e.PlaybackProgress):
        return replace(
            state,
            position_s=state.position_s if event.position_s is None else int(event.position_s),
            watched_s=state.watched_s + round(event.watched_s or 0.0),
            last_event_s=last_event_s,
        )
    if isinstance(event, e.PlaybackPaused):
        return replace(
            state, position_s=int(event.position_s), pauses=state.pauses + 1, last_event_s=last_event_s
        )
    if isinstance(event, e.PlaybackResumed):
        return replace(state, position_s=int(event.position_s), last_event_s=last_event_s)
    if isinstance(event, e.PlaybackSeeked):
        back = event.to_s < event.from_s
        return replace(
            state,
            position_s=int(event.to_s),
            rewinds=state.rewinds + back,
            jumps=state.jumps + (not back),
            last_event_s=last_event_s,
        )
    if isinstance(event, e.PlaybackFailed | e.BufferStarted):
        return state if state.troubled else replace(state, troubled=True)
    return state


PLAYBACK = Signal(
    name="playback",
    version=1,
    kind=Playback,
    initial=IDLE,
    fold=fold,
    events=(e.PlaybackStarted, *GOES_ON, *ENDS, e.HistoryRemoved),
)

"""The browsing signal: scrolling speed, hovers, rewinds, skips, previews, searches, devices, the session."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal

FORGET = 0.1
"""Weight of the newest scroll in the moving average: about the last ten count."""


class Browsing(Struct, frozen=True, array_like=True, gc=False):
    """Counts over the profile's life, its mean scrolling speed, and its current session."""

    speed: float = 0.0
    hovers: int = 0
    rewinds: int = 0
    skips: int = 0
    trailers: int = 0
    searches: int = 0
    sessions: int = 0
    gave_up: int = 0
    session_started_s: int = 0
    last_query: str = ""
    devices: dict[str, int] = {}


def fold(state: Browsing, event: e.Event) -> Browsing:  # noqa: PLR0911 - one line a kind of event
    """Counts the event. Order-free but for the speed, the session and the newest query; not idempotent."""
    match event:
        case e.RowScrolled(velocity=velocity) if velocity is not None:
            return replace(state, speed=round(state.speed + FORGET * (abs(velocity) - state.speed), 4))
        case e.TitleHovered():
            return replace(state, hovers=state.hovers + 1)
        case e.PlaybackSeeked(from_s=origin, to_s=target) if target < origin:
            return replace(state, rewinds=state.rewinds + 1)
        case e.PlaybackSkipped():
            return replace(state, skips=state.skips + 1)
        case e.TrailerStarted():
            return replace(state, trailers=state.trailers + 1)
        case e.SearchPerformed(query=query):
            return replace(state, searches=state.searches + 1, last_query=query[:64])
        case e.SessionStarted():
            return _session(state, event)
        case e.SessionEnded(reason="gave_up"):
            return replace(state, gave_up=state.gave_up + 1)
        case _:
            return state


def _session(state: Browsing, event: e.SessionStarted) -> Browsing:
    devices = state.devices
    if event.device and (event.device in devices or len(devices) < 8):
        devices = {**devices, event.device: devices.get(event.device, 0) + 1}
    return replace(
        state, sessions=state.sessions + 1, session_started_s=event.occurred_at // 1000, devices=devices
    )


BROWSING = Signal(
    name="browsing",
    version=1,
    kind=Browsing,
    initial=Browsing(),
    fold=fold,
    events=(
        e.RowScrolled,
        e.TitleHovered,
        e.PlaybackSeeked,
        e.PlaybackSkipped,
        e.TrailerStarted,
        e.SearchPerformed,
        e.SessionStarted,
        e.SessionEnded,
    ),
)

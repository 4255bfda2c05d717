"""The event that other signals fold in place of a playback event: with the seconds that its play added, an end with its true kind."""

from msgspec.structs import asdict, replace

from playhead.domain import events as e
from playhead.labels.definitions import MOST, is_finish
from playhead.signals import covered
from playhead.signals.tracks import AUTOPLAY, REPORTED, Track
from playhead.signals.watching import ENDS


def effective_event(
    track: Track, event: e.PlaybackEvent, length_s: int, grown_s: int, *, done: bool
) -> e.PlaybackEvent:
    """Replaces the seconds of a heartbeat by the newly watched ones (``grown_s``), and an end by one of the kind that ``done`` and the track show."""
    if isinstance(event, ENDS):
        return _ended(track, event, length_s, done=done)
    if not isinstance(event, e.PlaybackProgress):
        return event
    return heartbeat(event, grown_s, track.position_s)


def heartbeat(event: e.PlaybackProgress, grown_s: int, position_s: float) -> e.PlaybackProgress:
    """The heartbeat with ``watched_s`` set to the newly watched seconds."""
    agreed = event.watched_s is not None and round(event.watched_s) == grown_s
    if agreed and event.position_s is not None:
        return event
    return replace(event, watched_s=float(grown_s), position_s=float(position_s))


def _ended(track: Track, event: e.PlaybackEvent, length_s: int, *, done: bool) -> e.PlaybackEvent:
    played_s: float | None = getattr(event, "watched_s", None)
    watched_s = played_s
    if abs((watched_s or 0.0) - track.grown_s) > 1 or (
        watched_s is None and (track.played_s or track.state & REPORTED)
    ):
        watched_s = float(track.grown_s)
    if track.state & AUTOPLAY:
        return _as(e.PlaybackSkipped, event, watched_s=watched_s or 0.0)
    kind = _kind_of_end(track, event, length_s, done=done)
    if type(event) is kind and watched_s == played_s:
        return event
    return _as(kind, event, watched_s=watched_s, duration_s=float(length_s) or None)


def _kind_of_end(track: Track, event: e.PlaybackEvent, length_s: int, *, done: bool) -> type[e.PlaybackEvent]:
    """The kind of end that learners get: after a jump to the credits a title is not finished."""
    if isinstance(event, e.PlaybackSkipped):
        return e.PlaybackSkipped
    if isinstance(event, e.PlaybackCompleted):
        jumped = track.state & REPORTED and track.wall_s and covered.seconds(track.spans) < MOST * length_s
        return e.PlaybackStopped if jumped else e.PlaybackCompleted
    reported = isinstance(event, e.PlaybackStopped) and is_finish(event)
    return e.PlaybackCompleted if done and not reported else e.PlaybackStopped


def _as(kind: type[e.PlaybackEvent], event: e.PlaybackEvent, **fields: float | None) -> e.PlaybackEvent:
    """The event converted to another type, with some fields replaced."""
    known = {name: value for name, value in asdict(event).items() if name in kind.__struct_fields__}
    return kind(**{name: value for name, value in (known | fields).items() if name in kind.__struct_fields__})

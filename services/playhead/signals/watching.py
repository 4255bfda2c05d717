"""Which part of a title was watched between two events of a play, by positions, reported seconds and the clock together.

started 0 ──600 s──▶ paused 600 ──9 h──▶ stopped 600, watched_s 32,400     covered [0, 600)
started 0 ──60 s───▶ seeked 60 to 5,900 ──50 s──▶ stopped 5,950            covered [0, 60), [5,900, 5,950)
started   ──3,000 s, beats lost──▶ position 3,000, watched_s 10            covered [0, 3,000)
started   ──10 s───▶ watched_s 10 ──10 s──▶ watched_s 10                   covered [0, 20)
"""

from playhead.domain import events as e
from playhead.signals.covered import cover, seconds
from playhead.signals.tracks import LIVE, PAUSED, REPORTED, Track

FASTEST = 2
"""Largest playback speed."""
STEP_S, STEP = 600, 0.1
"""Largest step, in seconds or as a part of the title, on which positions and reported seconds overrule the clock if they agree: events
of a batch that is uploaded late often have one time."""
BEAT_S = 60
"""Most seconds of a late heartbeat that are believed."""
ENDS = (e.PlaybackStopped, e.PlaybackCompleted, e.PlaybackSkipped)


def follow(track: Track, event: e.PlaybackEvent, at_s: int, length_s: int) -> None:
    """Updates a track with an event of its play: the position, and the part watched since the last event."""
    if isinstance(event, e.PlaybackSeeked):
        _advance(track, at_s, round(event.from_s), None, length_s)
        track.position_s = round(event.to_s)
        return
    position = position_of(event)
    if isinstance(event, e.PlaybackPaused | e.PlaybackResumed):
        _advance(track, at_s, position, None, length_s)
        track.state = track.state | PAUSED if isinstance(event, e.PlaybackPaused) else track.state & ~PAUSED
    elif isinstance(event, e.PlaybackProgress):
        track.state &= ~PAUSED
        _advance(track, at_s, position, event.watched_s, length_s)
    elif isinstance(event, e.PlaybackCompleted) and length_s and _reaches(track, at_s, length_s):
        track.state |= REPORTED
        _advance(track, at_s, length_s, None, length_s)
    elif isinstance(event, ENDS):
        _advance(track, at_s, position, _rest(track, event.watched_s, at_s), length_s)


def position_of(event: e.PlaybackEvent) -> int | None:
    """The position that an event reports, None for none."""
    position_s: float | None = getattr(event, "position_s", None)
    return None if position_s is None else round(position_s)


def catch_up(track: Track, event: e.PlaybackEvent, *, fresh: bool) -> None:
    """Adds the part that a late or repeated heartbeat reports, as its position shows. Order-free and idempotent.

    A heartbeat without a position advances the play, as it would have done in time, if it is ``fresh``: surely not folded before.
    """
    if not isinstance(event, e.PlaybackProgress) or (event.watched_s or 0.0) > BEAT_S:
        return
    watched = round(event.watched_s or 0.0)
    if event.position_s is not None:
        end = round(event.position_s)
        track.spans = cover(track.spans, max(end - watched, 0), end)
    elif fresh and track.state & LIVE and not track.state & REPORTED:
        begin = track.position_s
        end = begin + max(min(watched, FASTEST * track.wall_s - track.played_s), 0)
        before = seconds(track.spans)
        track.spans = cover(track.spans, begin, end)
        track.saw(begin, end, seconds(track.spans) - before)
        track.position_s = end


def _reaches(track: Track, at_s: int, end_s: int) -> bool:
    """Whether a live play can have come to the end without a jump."""
    return bool(track.state & LIVE) and 0 <= end_s - track.position_s <= FASTEST * _ran(track, at_s)


def _rest(track: Track, total_s: float | None, at_s: int) -> float | None:
    """The seconds that the end of a play reports in total, less those reported before."""
    if total_s is None:
        return None
    if track.state & LIVE:
        total_s = min(total_s, FASTEST * (track.wall_s + _ran(track, at_s)))
    return max(total_s - track.played_s, 0.0)


def _ran(track: Track, at_s: int) -> int:
    """Seconds that a play ran by the clock since its last event."""
    return 0 if track.state & PAUSED or not track.state & LIVE else max(at_s - track.at_s, 0)


def _advance(track: Track, at_s: int, position: int | None, watched: float | None, length_s: int) -> None:
    ran_s = _ran(track, at_s)
    watched_s = None if watched is None else round(watched)
    begin, end = _span(track, ran_s, position, watched_s, length_s)
    if end > begin:
        before = seconds(track.spans)
        track.spans = cover(track.spans, begin, end)
        track.saw(begin, end, seconds(track.spans) - before)
    track.wall_s += ran_s if track.state & LIVE else end - begin
    track.at_s = max(at_s, track.at_s)
    track.position_s = end if position is None else position
    if position is not None:
        track.state |= REPORTED


def _span(
    track: Track, ran_s: int, position: int | None, watched_s: int | None, length_s: int
) -> tuple[int, int]:
    """Begin and end of the part watched since the last event; equal if none was."""
    live, here = track.state & LIVE, track.position_s
    if position is None:
        some = watched_s or 0
        return here, here + (min(some, FASTEST * ran_s) if live else some)
    if not live:
        return max(position - (watched_s or 0), 0), position
    moved = position - here
    if 0 <= moved <= _at_most(track, ran_s, watched_s):
        return here, position
    if watched_s is None:
        return position, position
    agreed = abs(moved - watched_s) <= 2 + moved * STEP and moved <= max(STEP_S, length_s * STEP)
    believed = min(watched_s, moved if agreed and moved > 0 else FASTEST * ran_s)
    return max(position - believed, 0), position


def _at_most(track: Track, ran_s: int, watched_s: int | None) -> int:
    """How far a play can get without a jump, from its reported position or from its estimated one."""
    return farthest(ran_s, watched_s) if track.state & REPORTED else ran_s + 1


def farthest(ran_s: int, watched_s: int | None) -> int:
    """How far a play can get without a jump; bounded by reported seconds, too, if there are any."""
    fastest = FASTEST * ran_s
    return 1 + (fastest if watched_s is None else min(max(watched_s, ran_s), fastest))

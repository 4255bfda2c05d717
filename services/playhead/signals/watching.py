"""How far a play got between two of its events: what positions, seconds and the clock allow together.

started 0 ──600 s──▶ paused 600 ──9 h──▶ stopped 600, watched_s 32,400     covered [0, 600)
started 0 ──60 s───▶ seeked 60 to 5,900 ──50 s──▶ stopped 5,950            covered [0, 60), [5,900, 5,950)
started   ──3,000 s, beats lost──▶ position 3,000, watched_s 10            covered [0, 3,000)
started   ──10 s───▶ watched_s 10 ──10 s──▶ watched_s 10                   covered [0, 20)
"""

from playhead.domain import events as e
from playhead.signals.covered import cover, seconds
from playhead.signals.tracks import LIVE, PAUSED, REPORTED, Track

FASTEST = 2
"""Times its own speed that a title is played at most."""
STEP_S, STEP = 600, 0.1
"""Positions and seconds that agree on so small a step, or such a part of the title, are believed against the clock: of a
batch that is uploaded late, events often have one time."""
BEAT_S = 60
"""A heartbeat that is late reports so much at most."""
ENDS = (e.PlaybackStopped, e.PlaybackCompleted, e.PlaybackSkipped)


def follow(track: Track, event: e.PlaybackEvent, at_s: int, length_s: int) -> None:
    """Takes in where a play stands now, and what it covered since its last event."""
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
    """Where an event says that the play stands, None when it does not."""
    position_s: float | None = getattr(event, "position_s", None)
    return None if position_s is None else round(position_s)


def catch_up(track: Track, event: e.PlaybackEvent, *, fresh: bool) -> None:
    """What a heartbeat adds that is late, or comes again: no more than its positions show. Order-free and idempotent.

    One without a position moves the play on, as it would have done in time, if it is ``fresh``: it never came before.
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
    """Whether a play that is on may have come to the end without a jump."""
    return bool(track.state & LIVE) and 0 <= end_s - track.position_s <= FASTEST * _ran(track, at_s)


def _rest(track: Track, total_s: float | None, at_s: int) -> float | None:
    """Of the seconds that the end of a play reports in all, those that were not reported before."""
    if total_s is None:
        return None
    if track.state & LIVE:
        total_s = min(total_s, FASTEST * (track.wall_s + _ran(track, at_s)))
    return max(total_s - track.played_s, 0.0)


def _ran(track: Track, at_s: int) -> int:
    """Seconds that a play went on by the clock."""
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
    """From where to where the title was watched; nowhere: where it stands, twice."""
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
    """How far a play gets without a jump, from where it stands or, where that was not reported, is thought to stand."""
    return farthest(ran_s, watched_s) if track.state & REPORTED else ran_s + 1


def farthest(ran_s: int, watched_s: int | None) -> int:
    """How far a play gets without a jump. Where seconds are reported, more than they and the clock is one."""
    fastest = FASTEST * ran_s
    return 1 + (fastest if watched_s is None else min(max(watched_s, ran_s), fastest))

"""Plays and viewings: when a play begins, where in its title, and whether it begins a new viewing of it."""

from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import FINISHED_RATIO
from playhead.signals.rows import AGAIN, Watched
from playhead.signals.tracks import AUTOPLAY, LIVE, REPORTED, Track, title_of
from playhead.signals.watching import ENDS, position_of

SAME_PLAY_S = 60
"""A second end so soon after the first, without a start, belongs to the same play; so does one that reports more seconds than have passed."""
REWOUND_S = 30
"""How far players rewind when a title is resumed."""
RESUMED_S = 600
"""Least length of titles that resume where they were left if no position is reported, as players do; shorter clips start from 0."""


def begin_play(
    track: Track,
    known: Watched,
    event: e.PlaybackEvent,
    at_s: int,
    play: int,
    length_s: int,
    *,
    mine: bool,
) -> Watched:
    """The title with the event's play, which may begin with the event; a new viewing may begin with the play."""
    start = event if isinstance(event, e.PlaybackStarted) else None
    position_s = position_of(event)
    auto = AUTOPLAY if start and start.trigger == "autoplay" else 0
    soon = at_s - track.at_s <= SAME_PLAY_S
    if track.state & LIVE and mine and (start is None or play or soon):
        if start and position_s is not None:
            track.at_s, track.position_s = at_s, position_s
        if start and not auto:
            track.state &= ~AUTOPLAY
        return known
    known = _begin_viewing(track, known, event, position_s, length_s)
    goes_on = length_s >= RESUMED_S or (start is not None and start.trigger == "resume")
    here = track.position_s if goes_on else 0
    if start is None:
        track.begin(play, at_s, here, 0)
        return known
    if position_s is None:
        track.begin(play, at_s, here, LIVE | auto)
    else:
        track.begin(play, at_s, position_s, LIVE | auto | REPORTED)
    return replace(known, plays=known.plays + 1)


def _begin_viewing(
    track: Track, known: Watched, event: e.PlaybackEvent, position_s: int | None, length_s: int
) -> Watched:
    """Begins a new viewing if the last one is over or was of another episode: no part is watched yet."""
    begins = isinstance(event, e.PlaybackStarted)
    episode = title_of(event.episode_id) if event.episode_id else 0 if begins else track.episode
    at_end = (
        length_s > 0
        and _first_position(known, event, position_s, length_s) >= FINISHED_RATIO * length_s - REWOUND_S
    )
    over = known.completed and not known.state & AGAIN and not at_end
    if over or episode != track.episode:
        track.spans, track.episode, track.position_s = (), episode, 0
    return replace(known, state=known.state | AGAIN) if over else known


def _first_position(known: Watched, event: e.PlaybackEvent, position_s: int | None, length_s: int) -> int:
    """Position at which a play of a finished title begins: one that resumes into the credits is no new viewing."""
    watched_s = round(getattr(event, "watched_s", None) or 0) if isinstance(event, ENDS) else 0
    if position_s is not None:
        return position_s - watched_s
    goes_on = isinstance(event, ENDS) and watched_s <= length_s - known.position_s
    return known.position_s if goes_on and length_s >= RESUMED_S else 0

"""The history of titles that the profile chose, and the interpretation of playback events.

A play may be reported more than once: by two devices, by a player and its server, by a retried batch. So each event is
interpreted once, before any other signal folds it: ``interpret`` returns the history after it, and the event for the other signals to fold,
with the seconds that it really adds. An event that is not newer than the state of its title can only add a watched part,
which is idempotent, and no other signal folds it.
"""

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from msgspec.structs import replace

from playhead.arrays import packed_ids
from playhead.catalogue.facts import UNKNOWN, TitleFacts
from playhead.domain import events as e
from playhead.labels.definitions import is_over
from playhead.signals import covered, tracks
from playhead.signals.beats import beat
from playhead.signals.effective_event import effective_event, heartbeat
from playhead.signals.rows import (
    AGAIN,
    CHOSEN,
    CLICKED,
    ENDED,
    EPISODE,
    GOING,
    KEPT,
    ORIGINS,
    PASSING,
    PHASE,
    History,
    Stored,
    Watched,
    history,
    stored,
)
from playhead.signals.signal import Signal
from playhead.signals.tracks import AUTOPLAY, LIVE, PREVIEW, Track, title_of
from playhead.signals.viewings import SAME_PLAY_S, begin_play
from playhead.signals.watching import ENDS, FASTEST, catch_up, follow, position_of

CHOICES = (e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted)
"""Events that make a title chosen, unless its play began automatically."""
BREAKS = (e.PlaybackFailed, e.BufferStarted, e.BufferEnded)
"""Events of a play that carry no progress."""
EVENTS = (e.PlaybackEvent, e.TitleClicked, e.HistoryRemoved)


class Interpretation(NamedTuple):
    """An event as interpreted for a profile.

    ``history``: the history after it. ``event``: the event for other signals to fold, with the seconds that its play added. ``news``: the event is neither
    late nor a repetition. ``chosen``: the viewer chose the play, it did not begin automatically. ``finished``: digest of the title or
    episode that is finished with it, 0 for none.
    """

    history: History
    event: e.Event
    news: bool = True
    chosen: bool = True
    finished: int = 0


def interpret(
    state: History, event: e.Event, facts: TitleFacts = UNKNOWN, *, fresh: bool = False
) -> Interpretation:
    """Interprets an event for a profile with this history.

    ``facts``: catalogue facts of its title; ``fresh``: its id proves that it was not folded before.
    """
    if not isinstance(event, EVENTS) or isinstance(event, BREAKS):
        return Interpretation(state, event)
    if isinstance(event, e.PlaybackEvent):
        if facts.versions and packed_ids.place(state.packed, event.title_id) < 0:
            state = state.under(event.title_id, facts.versions)
        return _shortly(state, event, facts) or _played(state, event, facts, fresh=fresh)
    if isinstance(event, e.TitleClicked):
        return _clicked(state, event)
    assert isinstance(event, e.HistoryRemoved)
    return Interpretation(_without(state, event), event)


def fold(state: History, event: e.Event) -> History:
    """Moves the event's title to the place of its time, with its watched parts. Idempotent while the title is among the newest."""
    return interpret(state, event).history


def _shortly(state: History, event: e.PlaybackEvent, facts: TitleFacts) -> Interpretation | None:
    """A fast path for most playback events: a heartbeat, or the end of a play of which nothing else is known; None for all others."""
    if isinstance(event, e.PlaybackProgress):
        if (folded := beat(state, event, facts)) is None:
            return None
        after, seen_s = folded
        return Interpretation(after, heartbeat(event, seen_s, event.position_s or 0.0))
    if not isinstance(event, e.PlaybackStopped | e.PlaybackCompleted) or state.tracks:
        return None
    if event.playback_id or event.episode_id or position_of(event) is not None:
        return None
    at_s = event.occurred_at // 1000
    if packed_ids.place(state.packed, event.title_id) >= 0 or at_s < state.oldest_s():
        return None
    watched_s, length_s = round(event.watched_s or 0.0), int(event.duration_s or facts.duration_s)
    done = isinstance(event, e.PlaybackCompleted) or is_over(watched_s, watched_s, length_s, facts.credits_s)
    origin = crc32(event.event_id.encode()) % ORIGINS
    flags = ENDED | CHOSEN
    watched = Watched(
        event.title_id, at_s, watched_s, length_s, event.device or "", 1, done, False, origin, 0, flags
    )
    return Interpretation(state.put(watched), event, finished=title_of(event.title_id) if done else 0)


def _clicked(state: History, event: e.TitleClicked) -> Interpretation:
    known, place = state.find(event.title_id)
    at_s = event.occurred_at // 1000
    if not _is_news(state, known, at_s, CLICKED):
        return Interpretation(state, event, news=False)
    known = known or _unseen(event)
    flags = known.state & ~(PHASE | PASSING) | CLICKED | CHOSEN
    return Interpretation(
        state.put(replace(known, at_s=at_s, device=event.device or known.device, state=flags), place), event
    )


def _is_news(state: History, known: Watched | None, at_s: int, phase: int) -> bool:
    """Whether an event is newer than the state of its title, or, for a title not in the history, than its oldest entry."""
    if known is None:
        return at_s >= state.oldest_s()
    return (at_s, phase) > (known.at_s, known.phase)


def _unseen(event: e.TitleEvent) -> Watched:
    origin = crc32(event.event_id.encode()) % ORIGINS
    return Watched(event.title_id, event.occurred_at // 1000, plays=0, origin=origin)


def _played(state: History, event: e.PlaybackEvent, facts: TitleFacts, *, fresh: bool) -> Interpretation:
    title, at_s = title_of(event.title_id), event.occurred_at // 1000
    known, place = state.find(event.title_id)
    play = title_of(event.playback_id) if event.playback_id else 0
    track = tracks.find(state.tracks, title) or _remembered(title, known)
    mine = track.turn_to(play) if play else bool(track.state & LIVE)
    if _is_preview(track, event, mine=mine):
        return Interpretation(state.tracked(_previewed(state.tracks, track, event, play)), event, news=False)
    phase = ENDED if isinstance(event, ENDS) else GOING
    goes_on = mine and track.state & LIVE and not isinstance(event, e.PlaybackStarted)
    news = at_s >= track.at_s if goes_on else _is_news(state, known, at_s, phase)
    if not news or (phase == ENDED and _is_repeated_end(track, known, event, play)):
        return _repeated(state, known, place, track, event, fresh=fresh)
    known = known or _unseen(event)
    length_s = int(getattr(event, "duration_s", None) or known.duration_s or facts.duration_s)
    watched = begin_play(track, known, event, at_s, play, length_s, mine=mine)
    grown_s = track.grown_s
    follow(track, event, at_s, length_s)
    done = _is_done(track, event, length_s, facts.credits_s)
    if phase == ENDED:
        track.state &= ~LIVE
    after = _after(watched, track, event, at_s, length_s, phase, done=done)
    return Interpretation(
        state.put(after, place).tracked(_kept(state.tracks, track, after)),
        effective_event(track, event, length_s, track.grown_s - grown_s, done=done),
        chosen=not track.state & AUTOPLAY,
        finished=(track.episode or title) if done else 0,
    )


def _remembered(title: int, known: Watched | None) -> Track:
    """A track built from a row of the history, which assumes that the title was watched from its beginning."""
    if known is None:
        return Track(title)
    return Track(title, covered.cover((), 0, known.watched_s), position_s=known.position_s)


def _is_preview(track: Track, event: e.PlaybackEvent, *, mine: bool) -> bool:
    if isinstance(event, e.PlaybackStarted):
        return event.trigger == "preview"
    return bool(track.state & PREVIEW and track.state & LIVE) and mine


def _previewed(known: bytes, track: Track, event: e.PlaybackEvent, play: int) -> bytes:
    """The tracks with a live preview, so that its later events are recognised; its end removes it."""
    if isinstance(event, e.PlaybackStarted):
        track.begin(play, event.occurred_at // 1000, track.position_s, LIVE | PREVIEW)
    elif isinstance(event, ENDS):
        track.state = 0
    return tracks.put(known, track)


def _is_repeated_end(track: Track, known: Watched | None, event: e.PlaybackEvent, play: int) -> bool:
    """Whether an end repeats that of a play that has ended already, as another device may report it."""
    if known is None or known.phase != ENDED or track.state & LIVE:
        return False
    if play and track.play:
        return play == track.play
    length_s = known.duration_s if isinstance(event, e.PlaybackCompleted) else 0
    length_s = getattr(event, "watched_s", None) or position_of(event) or length_s
    return event.occurred_at // 1000 - known.at_s <= max(SAME_PLAY_S, length_s / FASTEST)


def _repeated(
    state: History, known: Watched | None, place: int, track: Track, event: e.PlaybackEvent, *, fresh: bool
) -> Interpretation:
    """Interprets a late or repeated event: it can only add watched parts, and that the end was reached."""
    if known is None:
        return Interpretation(state, event, news=False)
    before = track.spans
    plain = (
        not known.completed and not known.ahead_s
    )  # in other cases a row does not tell which seconds were watched
    if track.play or track.is_on() or plain:
        catch_up(track, event, fresh=fresh)
    ended = isinstance(event, e.PlaybackCompleted) and not known.completed and not known.state & EPISODE
    if track.spans == before and not ended:
        return Interpretation(state, event, news=False)
    watched_s = covered.seconds(track.spans)
    position_s = max(known.position_s, track.position_s) if track.is_on() else known.position_s
    after = replace(
        known,
        watched_s=watched_s,
        ahead_s=position_s - watched_s,
        completed=known.completed or ended,
    )
    finished = track.title if ended else 0
    return Interpretation(
        state.put(after, place).tracked(_kept(state.tracks, track, after)),
        event,
        news=False,
        finished=finished,
    )


def _is_done(track: Track, event: e.PlaybackEvent, length_s: int, credits_s: int) -> bool:
    """Whether the title is finished: its end was reported, or the position is at the end and most of it was watched."""
    if isinstance(event, e.PlaybackCompleted):
        return True
    if isinstance(event, e.PlaybackSeeked | e.PlaybackStarted):
        return False
    return is_over(track.position_s, covered.seconds(track.spans), length_s, credits_s)


def _after(
    known: Watched,
    track: Track,
    event: e.PlaybackEvent,
    at_s: int,
    length_s: int,
    phase: int,
    *,
    done: bool,
) -> Watched:
    watched_s = covered.seconds(track.spans)
    whole = done and not track.episode
    newest = at_s >= known.at_s  # of two live plays, the one with the newest event sets the title's position
    position_s = track.position_s if newest else known.position_s
    state = known.state & ~(PHASE | EPISODE | PASSING) | (phase if newest else known.phase)
    state |= EPISODE if track.episode else 0
    state |= CHOSEN if _is_choice(track, event) else 0
    alone = track.state & AUTOPLAY and (known.state & PASSING or (not known.watched_s and known.plays <= 1))
    state |= PASSING if alone else 0
    if whole:
        state &= ~AGAIN
    if not track.state & LIVE:
        track.state |= phase != ENDED and LIVE
    return Watched(
        known.title_id,
        max(at_s, known.at_s),
        watched_s,
        length_s,
        event.device or known.device,
        max(known.plays, 1) if phase == ENDED else known.plays,
        known.completed or whole,
        isinstance(event, e.PlaybackSkipped),
        known.origin,
        0 if whole else position_s - watched_s,
        state,
    )


def _is_choice(track: Track, event: e.PlaybackEvent) -> bool:
    """Whether an event shows that the viewer chose to watch the title."""
    return isinstance(event, CHOICES) and not track.state & AUTOPLAY


def _kept(known: bytes, track: Track, watched: Watched) -> bytes:
    """The tracks with this one, which is left out if the title's row holds all of it."""
    over = watched.completed and not watched.state & (AGAIN | EPISODE) and not track.is_on()
    if (over or track.is_plain()) and not track.play:
        return tracks.without(known, track.title)
    return tracks.put(known, track)


def brought_by(state: History, event_ids: Sequence[str]) -> list[str]:
    """Ids of the titles that these events added to the history."""
    origins = {crc32(event_id.encode()) % ORIGINS for event_id in event_ids}
    return [watched.title_id for watched in state if watched.origin % ORIGINS in origins]


def _without(state: History, event: e.HistoryRemoved) -> History:
    gone = {event.title_id, *brought_by(state, event.event_ids)}
    left = state.tracks
    for title_id in gone:
        left = tracks.without(left, title_of(title_id)) if title_id else left
    kept = [watched for watched in state if watched.title_id not in gone]
    if len(kept) == len(state) and left == state.tracks:
        return state
    return history(kept).tracked(left)


HISTORY = Signal[History](
    name="history",
    version=1,
    kind=Stored,
    initial=History(),
    fold=fold,
    events=EVENTS,
    stored=stored,
    restored=history,
)

__all__ = ["HISTORY", "KEPT", "Interpretation", "brought_by", "interpret"]

"""Labels from the end of a play: how long it was watched, and whether another title was played next."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import BINGE_WITHIN_S, End, is_finish
from playhead.labels.impressions import PLAYS, Open, Outcome, is_choice


class Play(Struct, frozen=True, array_like=True, gc=False):
    """The present play; an empty ``title_id`` for none.

    ``at_s`` and ``surface``: of the impression that it came from, if it was ``shown``, else of its own start.
    ``watched_s``: seconds that heartbeats reported so far. ``troubled``: the picture froze or broke.
    """

    title_id: str = ""
    at_s: int = 0
    surface: str = "home"
    shown: bool = False
    watched_s: int = 0
    duration_s: int = 0
    troubled: bool = False


NO_PLAY = Play()


class Afterglow(Struct, frozen=True, array_like=True, gc=False):
    """The title that was finished last, and when, until it is known whether another play followed.

    ``judged_s`` and ``surface``: time and surface of the impression or start that its labels belong to (``Play``), 0 in an older record.
    """

    title_id: str = ""
    at_s: int = 0
    judged_s: int = 0
    surface: str = "home"


def play(state: Play, event: e.Event, met: Open | None) -> tuple[Outcome | None, Play]:
    """The outcome of a play that ends, and the live play; ``met``: the impression whose title the event plays.

    A play ends with its own event, or when the next title starts. A skip is the end of a play that had begun;
    otherwise it settles the impression alone (``labels.impressions``).
    """
    if isinstance(event, e.PlaybackStarted):
        return _start(state, event, met)
    if isinstance(event, e.PlaybackStopped | e.PlaybackCompleted):
        same_title = event.title_id == state.title_id
        ending = state if same_title and met is None else _begun(event, met, event.duration_s)
        return _judged(ending, _end(ending, event)), NO_PLAY if same_title else state
    if not isinstance(event, e.TitleEvent) or event.title_id != state.title_id or met is not None:
        return None, state
    if isinstance(event, e.PlaybackSkipped):
        watched_s = state.watched_s if event.watched_s is None else event.watched_s
        return _judged(state, End(watched_s, state.duration_s, troubled=state.troubled)), NO_PLAY
    return None, _go_on(state, event)


def _start(state: Play, event: e.PlaybackStarted, met: Open | None) -> tuple[Outcome | None, Play]:
    if event.title_id == state.title_id and met is None:
        return None, state
    unseen = state.title_id and state.title_id != event.title_id and (state.watched_s or state.duration_s)
    ended = _judged(state, End(state.watched_s, state.duration_s, troubled=state.troubled))
    begun = _begun(event, met, event.duration_s) if is_choice(event) else NO_PLAY
    return ended if unseen else None, begun


def _begun(event: e.TitleEvent, met: Open | None, duration_s: float | None) -> Play:
    length = int(duration_s or 0)
    if met is None:
        return Play(event.title_id, event.occurred_at // 1000, duration_s=length)
    return Play(met.title_id, met.at_s, met.surface, shown=True, duration_s=length)


def _go_on(state: Play, event: e.TitleEvent) -> Play:
    if isinstance(event, e.PlaybackProgress):
        return replace(state, watched_s=state.watched_s + round(event.watched_s or 0.0))
    if isinstance(event, e.PlaybackFailed | e.BufferStarted) and not state.troubled:
        return replace(state, troubled=True)
    return state


def _end(state: Play, event: e.PlaybackStopped | e.PlaybackCompleted) -> End:
    whole = isinstance(event, e.PlaybackCompleted)
    watched_s = event.watched_s
    if watched_s is None and not whole:
        watched_s = state.watched_s
    return End(watched_s, event.duration_s or state.duration_s, whole, state.troubled)


def _judged(state: Play, end: End) -> Outcome:
    return Outcome(state.title_id, state.at_s, state.surface, {}, end, state.shown, state.shown)


def follow(state: Afterglow, event: e.Event, end: Outcome | None) -> tuple[Outcome | None, Afterglow]:
    """The binge label that an event makes final, and the finished play whose binge label is awaited.

    ``end``: outcome of the play that ends with the event.
    """
    at_s = event.occurred_at // 1000
    label: Outcome | None = None
    after = state
    if state.title_id:
        followed = isinstance(event, PLAYS) and event.title_id != state.title_id
        if at_s - state.at_s > BINGE_WITHIN_S:
            label, after = _binge(state, 0), Afterglow()
        elif followed:
            label, after = _binge(state, 1), Afterglow()
    if end is not None and isinstance(event, e.PlaybackCompleted | e.PlaybackStopped) and is_finish(event):
        after = Afterglow(event.title_id, at_s, end.at_s, end.surface)
    return label, after


def _binge(state: Afterglow, label: int) -> Outcome:
    return Outcome(state.title_id, state.judged_s or state.at_s, state.surface, {"binge": label})

"""What the end of a play says: was it finished, and did the viewer go on to the next title."""

from typing import NamedTuple

from msgspec import Struct

from playhead.domain import events as e
from playhead.labels.definitions import BINGE_WITHIN_S, is_finish, is_whole
from playhead.labels.impressions import PLAYS, Outcome


class Play(NamedTuple):
    """The play that was open when an event came; an empty ``title_id`` for none."""

    title_id: str
    started_s: int
    watched_s: float
    duration_s: float
    troubled: bool


class Afterglow(Struct, frozen=True, array_like=True, gc=False):
    """The title that was finished last, until it is known whether another one followed."""

    title_id: str = ""
    at_s: int = 0


def finish(play: Play, event: e.Event) -> Outcome | None:
    """The finish label that an event makes final; None when there is none, or it says nothing of the title.

    A play left early after the picture froze or broke is censored, and so is one of unknown duration.
    """
    if isinstance(event, e.PlaybackStarted) and play.title_id and play.title_id != event.title_id:
        return _label(play, play.watched_s, play.duration_s, whole=False)
    if not isinstance(event, e.PlaybackStopped | e.PlaybackCompleted | e.PlaybackSkipped):
        return None
    mine = play.title_id == event.title_id
    at_s = event.occurred_at // 1000
    if not mine:
        play = Play(event.title_id, at_s, 0.0, 0.0, troubled=False)
    if isinstance(event, e.PlaybackSkipped):
        # A skip ends a play only if one had begun; otherwise it judges the impression alone.
        return (
            Outcome(event.title_id, play.started_s, "home", {"finish": 0})
            if mine and not play.troubled
            else None
        )
    duration_s = event.duration_s or play.duration_s
    watched_s = play.watched_s if event.watched_s is None else event.watched_s
    return _label(play, watched_s, duration_s, whole=is_finish(event))


def _label(play: Play, watched_s: float, duration_s: float, *, whole: bool) -> Outcome | None:
    whole = whole or is_whole(watched_s, duration_s)
    if not whole and (play.troubled or duration_s <= 0):
        return None
    return Outcome(play.title_id, play.started_s, "home", {"finish": int(whole)})


def follow(state: Afterglow, event: e.Event) -> tuple[Outcome | None, Afterglow]:
    """The binge label that an event makes final, and the finished play that waits for its own."""
    at_s = event.occurred_at // 1000
    label: Outcome | None = None
    after = state
    if state.title_id:
        followed = isinstance(event, PLAYS) and event.title_id != state.title_id
        if at_s - state.at_s > BINGE_WITHIN_S:
            label, after = _binge(state, 0), Afterglow()
        elif followed:
            label, after = _binge(state, 1), Afterglow()
    if isinstance(event, e.PlaybackCompleted | e.PlaybackStopped) and is_finish(event):
        after = Afterglow(event.title_id, at_s)
    return label, after


def _binge(state: Afterglow, label: int) -> Outcome:
    return Outcome(state.title_id, state.at_s, "home", {"binge": label})

"""Outcomes that are still awaited: of open impressions, of the live play, of the last finished one; and counts of past outcomes."""

from typing import NamedTuple

from msgspec import Struct

from playhead.domain import events as e
from playhead.labels.definitions import judge
from playhead.labels.impressions import Open, Outcome, open_up, settle
from playhead.labels.plays import NO_PLAY, Afterglow, Play, follow, play
from playhead.labels.provisional import Provisionals, correct, expire, given, is_left
from playhead.signals.responses import Responses, amend, count
from playhead.signals.signal import Signal


class Pending(Struct, frozen=True, array_like=True, gc=False):
    """Open impressions, newest first, the finished play that may become a binge, and the live play.

    ``responses``: counts of settled outcomes; ``provisional``: labels that may be corrected. A record of 0.1.0 has no
    plays, counts and provisional labels.
    """

    opens: tuple[Open, ...] = ()
    afterglow: Afterglow = Afterglow()
    playing: Play = NO_PLAY
    responses: Responses = ()
    provisional: Provisionals = ()


class Resolved(NamedTuple):
    """The outcomes that an event settles, and those that are still awaited."""

    outcomes: list[Outcome]
    pending: Pending


def resolve(state: Pending, event: e.Event, finished: int = 0) -> Resolved:
    """Settles outcomes by an event. A retracted title is dropped without a label.

    ``finished``: digest of the title (or episode) that the event finishes, over all sessions, 0 for none (``history.interpret``).
    """
    if isinstance(event, e.HistoryRemoved):
        state = _without(state, event.title_id)
    outcomes, opens, played = settle(state.opens, event)
    if isinstance(event, e.ImpressionsShown):
        pushed_out, opens = open_up(opens, event)
        outcomes += pushed_out
    end, playing = play(state.playing, event, played)
    if end is not None:
        if finished and isinstance(event, e.TitleEvent) and end.title_id == event.title_id:
            end = _over_sessions(end)
        end = end._replace(final=not is_left(end))
        outcomes = _with_end(outcomes, end)
    responses = count(state.responses, outcomes, event.occurred_at // 1000) if outcomes else state.responses
    binge, afterglow = follow(state.afterglow, event, end)
    if binge is not None:
        outcomes.append(binge)
    confirmed, provisional = expire(state.provisional, event.occurred_at // 1000)
    if finished and provisional and isinstance(event, e.TitleEvent):
        corrections, provisional = correct(provisional, event.title_id, "finish", event.occurred_at // 1000)
        outcomes += corrections
        responses = amend(responses, corrections)
    if end is not None and not end.final:
        pushed_out, provisional = given(provisional, end, "finish", event)
        confirmed += pushed_out
    outcomes += confirmed
    after = Pending(opens, afterglow, playing, responses, provisional)
    return Resolved(outcomes, state if after == state else after)


def _over_sessions(end: Outcome) -> Outcome:
    """Marks the play that finished its title as whole, even if parts were watched in other sessions."""
    assert end.end is not None
    if judge(end.end).labels.get("finish") != 0:
        return end
    return end._replace(end=end.end._replace(whole=True))


def _with_end(outcomes: list[Outcome], end: Outcome) -> list[Outcome]:
    """Adds the end of a play; merged with the outcome of its start if both come with one event."""
    last = outcomes[-1] if outcomes else None
    if last is not None and last.end is None and (last.title_id, last.at_s) == (end.title_id, end.at_s):
        return [*outcomes[:-1], last._replace(end=end.end, final=end.final)]
    return [*outcomes, end]


def fold(state: Pending, event: e.Event) -> Pending:
    """Keeps the outcomes still awaited: those that ``resolve`` settles are dropped, so that no label is emitted twice. Not idempotent."""
    return resolve(state, event).pending


def _without(state: Pending, title_id: str | None) -> Pending:
    opens = tuple(o for o in state.opens if o.title_id != title_id)
    afterglow = Afterglow() if state.afterglow.title_id == title_id else state.afterglow
    playing = NO_PLAY if state.playing.title_id == title_id else state.playing
    provisional = tuple(label for label in state.provisional if label.title_id != title_id)
    return Pending(opens, afterglow, playing, state.responses, provisional)


PENDING = Signal(name="pending", version=1, kind=Pending, initial=Pending(), fold=fold, events=(e.Event,))

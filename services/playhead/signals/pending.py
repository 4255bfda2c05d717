"""What waits for its outcome: impressions that were neither chosen nor passed over yet, and the last finished play."""

from msgspec import Struct

from playhead.domain import events as e
from playhead.labels.impressions import Open, Outcome, open_up, settle
from playhead.labels.plays import Afterglow, follow
from playhead.signals.signal import Signal


class Pending(Struct, frozen=True, array_like=True, gc=False):
    """Open impressions, newest first, and the finished play that may become a binge."""

    opens: tuple[Open, ...] = ()
    afterglow: Afterglow = Afterglow()


def resolve(state: Pending, event: e.Event) -> tuple[list[Outcome], Pending]:
    """What an event settles, and what then still waits. A retracted title is forgotten without a label."""
    if isinstance(event, e.HistoryRemoved):
        state = _without(state, event.title_id)
    outcomes, opens = settle(state.opens, event)
    if isinstance(event, e.ImpressionsShown):
        pushed_out, opens = open_up(opens, event)
        outcomes += pushed_out
    binge, afterglow = follow(state.afterglow, event)
    if binge is not None:
        outcomes.append(binge)
    if opens is state.opens and afterglow is state.afterglow:
        return outcomes, state
    return outcomes, Pending(opens, afterglow)


def fold(state: Pending, event: e.Event) -> Pending:
    """Keeps what is open; what it lets go is what ``resolve`` gives out, so no label is given twice. Not idempotent."""
    return resolve(state, event)[1]


def _without(state: Pending, title_id: str | None) -> Pending:
    opens = tuple(o for o in state.opens if o.title_id != title_id)
    return Pending(opens, Afterglow() if state.afterglow.title_id == title_id else state.afterglow)


PENDING = Signal(name="pending", version=1, kind=Pending, initial=Pending(), fold=fold, hears=(e.Event,))

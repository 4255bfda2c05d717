"""What the profile asked not to see again."""

from msgspec import Struct

from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 100


class Hidden(Struct, frozen=True, array_like=True, gc=False):
    """A title, and how much of its kin goes with it: ``title``, ``series``, ``genre`` or ``person``."""

    title_id: str
    scope: str = "title"


def fold(state: tuple[Hidden, ...], event: e.Event) -> tuple[Hidden, ...]:
    """Adds a wish, newest first; playing a title takes the wish against that title back. Idempotent."""
    if isinstance(event, e.NotInterested):
        wish = Hidden(event.title_id, event.scope)
        return state if wish in state else (wish, *state[: KEPT - 1])
    if isinstance(event, e.PlaybackStarted | e.WatchlistAdded):
        gone = Hidden(event.title_id, "title")
        return tuple(wish for wish in state if wish != gone) if gone in state else state
    return state


HIDDEN = Signal[tuple[Hidden, ...]](
    name="hidden",
    version=1,
    kind=tuple[Hidden, ...],
    initial=(),
    fold=fold,
    hears=(e.NotInterested, e.PlaybackStarted, e.WatchlistAdded),
)

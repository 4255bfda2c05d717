"""What the profile says itself: thumbs and stars, its watchlist, and how it feels."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 50


class Opinions(Struct, frozen=True, array_like=True, gc=False):
    """Ratings and watchlist, newest first, and the newest mood (valence, arousal, -1 to 1, at ``mood_s``)."""

    ratings: tuple[tuple[str, float], ...] = ()
    watchlist: tuple[str, ...] = ()
    valence: float = 0.0
    arousal: float = 0.0
    mood_s: int = 0


def fold(state: Opinions, event: e.Event) -> Opinions:
    """The newest word on each title counts; idempotent."""
    match event:
        case e.TitleRated(title_id=title_id, value=value):
            others = tuple(r for r in state.ratings if r[0] != title_id)
            return replace(state, ratings=(others if value is None else ((title_id, value), *others)[:KEPT]))
        case e.WatchlistAdded(title_id=title_id):
            kept = (t for t in state.watchlist if t != title_id)
            return replace(state, watchlist=(title_id, *kept)[:KEPT])
        case e.WatchlistRemoved(title_id=title_id):
            return replace(state, watchlist=tuple(t for t in state.watchlist if t != title_id))
        case e.MoodObserved(valence=valence, arousal=arousal):
            return replace(state, valence=valence, arousal=arousal, mood_s=event.occurred_at // 1000)
        case e.HistoryRemoved(title_id=title_id) if title_id is not None:
            return replace(
                state,
                ratings=tuple(r for r in state.ratings if r[0] != title_id),
                watchlist=tuple(t for t in state.watchlist if t != title_id),
            )
        case _:
            return state


OPINIONS = Signal(
    name="opinions",
    version=1,
    kind=Opinions,
    initial=Opinions(),
    fold=fold,
    hears=(e.TitleRated, e.WatchlistAdded, e.WatchlistRemoved, e.MoodObserved, e.HistoryRemoved),
)

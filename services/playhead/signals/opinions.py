"""Explicit feedback of the profile: ratings, watchlist, and mood."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import NO_CHOICE
from playhead.signals.signal import Signal

KEPT = 50
WISH = 1e-9
"""The rating of a title marked as not interesting: it counts as a thumb down, and is taken back with that wish."""
CERTAINTY = {"voice": 0.7, "inferred": 0.4}
"""Weight of a mood by its source; a mood that the viewer reports has weight 1. These are guesses; the weight of moods in ranking is learned."""

Ratings = tuple[tuple[str, float], ...]


class Opinions(Struct, frozen=True, array_like=True, gc=False):
    """Ratings and watchlist, newest first, and the newest mood (valence, arousal, -1 to 1, at ``mood_s``)."""

    ratings: Ratings = ()
    watchlist: tuple[str, ...] = ()
    valence: float = 0.0
    arousal: float = 0.0
    mood_s: int = 0


def fold(state: Opinions, event: e.Event) -> Opinions:
    """Keeps the newest opinion on each title; idempotent."""
    match event:
        case e.TitleRated() | e.NotInterested() | e.PlaybackStarted():
            ratings = _rated(state.ratings, event)
            return state if ratings == state.ratings else replace(state, ratings=ratings)
        case e.WatchlistAdded(title_id=title_id):
            kept = (t for t in state.watchlist if t != title_id)
            ratings = _without_wish(state.ratings, title_id)
            return replace(state, ratings=ratings, watchlist=(title_id, *kept)[:KEPT])
        case e.WatchlistRemoved(title_id=title_id):
            return replace(state, watchlist=tuple(t for t in state.watchlist if t != title_id))
        case e.MoodObserved(valence=valence, arousal=arousal, source=source):
            sure = CERTAINTY.get(source or "", 1.0)
            at_s = event.occurred_at // 1000
            return replace(state, valence=sure * valence, arousal=sure * arousal, mood_s=at_s)
        case e.HistoryRemoved(title_id=title_id) if title_id is not None:
            return replace(
                state,
                ratings=tuple(r for r in state.ratings if r[0] != title_id),
                watchlist=tuple(t for t in state.watchlist if t != title_id),
            )
        case _:
            return state


def _rated(ratings: Ratings, event: e.TitleRated | e.NotInterested | e.PlaybackStarted) -> Ratings:
    title_id = event.title_id
    match event:
        case e.TitleRated(value=None):
            return tuple(r for r in ratings if r[0] != title_id)
        case e.TitleRated(value=value) if value is not None:
            return ((title_id, value), *(r for r in ratings if r[0] != title_id))[:KEPT]
        case e.NotInterested(undo=False):
            return ((title_id, WISH), *(r for r in ratings if r[0] != title_id))[:KEPT]
        case e.PlaybackStarted(trigger=trigger) if trigger in NO_CHOICE:
            return ratings
    return _without_wish(ratings, title_id)


def _without_wish(ratings: Ratings, title_id: str) -> Ratings:
    return tuple(r for r in ratings if r != (title_id, WISH))


OPINIONS = Signal(
    name="opinions",
    version=1,
    kind=Opinions,
    initial=Opinions(),
    fold=fold,
    events=(
        e.TitleRated,
        e.NotInterested,
        e.PlaybackStarted,
        e.WatchlistAdded,
        e.WatchlistRemoved,
        e.MoodObserved,
        e.HistoryRemoved,
    ),
)


MOOD_NAMES = tuple(f"{light}, {pace}" for light in ("bright", "dark") for pace in ("lively", "calm"))
"""Names of the four quadrants of valence and arousal."""


def mood_of(event: e.MoodObserved) -> tuple[str, str]:
    """Source and quadrant of a mood, for metrics: a bounded set of labels, whatever a producer sends."""
    source = event.source if event.source in CERTAINTY else "self"
    return source, MOOD_NAMES[2 * (event.valence <= 0.0) + (event.arousal <= 0.0)]

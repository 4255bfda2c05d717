"""What was shown to the profile, how often, without being played: the more often, the less it is worth showing."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal

KEPT = 60


class Exposure(Struct, frozen=True, array_like=True, gc=False):
    """A title that was on screen ``times`` times since it was last played, the last time at ``at_s``.

    ``before``: how often until it was last played, which its impression is still judged by when the play ends.
    """

    title_id: str
    times: int
    at_s: int
    before: int = 0


Exposures = tuple[Exposure, ...]


def streaks(state: Exposures) -> dict[str, int]:
    """How often each title was shown until it was played, or until now if it was not."""
    return {seen.title_id: seen.times or seen.before for seen in state}


def fold(state: Exposures, event: e.Event) -> Exposures:
    """Counts up what was shown, newest first, and begins anew with what was played. Not idempotent."""
    if isinstance(event, e.ImpressionsShown):
        return _shown(state, event)
    if isinstance(event, e.PlaybackStarted | e.PlaybackStopped | e.PlaybackCompleted):
        if not any(seen.title_id == event.title_id and seen.times for seen in state):
            return state
        return tuple(
            replace(seen, times=0, before=seen.times) if seen.title_id == event.title_id else seen
            for seen in state
        )
    if isinstance(event, e.HistoryRemoved):
        kept = tuple(seen for seen in state if seen.title_id != event.title_id)
        return kept if len(kept) < len(state) else state
    return state


def _shown(state: Exposures, event: e.ImpressionsShown) -> Exposures:
    at_s = event.occurred_at // 1000
    times = {seen.title_id: seen.times for seen in state}
    fresh = {
        item.title_id: Exposure(item.title_id, times.get(item.title_id, 0) + 1, at_s) for item in event.items
    }
    return (*fresh.values(), *(seen for seen in state if seen.title_id not in fresh))[:KEPT]


EXPOSURE = Signal[Exposures](
    name="exposure",
    version=1,
    kind=Exposures,
    initial=(),
    fold=fold,
    hears=(e.ImpressionsShown, e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted, e.HistoryRemoved),
)

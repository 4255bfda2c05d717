"""The outcomes that are predicted, each defined once.

click   the title was opened or played from where it was shown
start   it was played
finish  of a play: it reached the end (``is_finish``)
binge   of a finished play: another title was played within ``BINGE_WITHIN_S``
"""

from playhead.domain import events as e

HEADS: tuple[str, ...] = ("click", "start", "finish", "binge")

CLICK_HORIZON_S = 600
"""An impression without a click this long after it was shown counts as passed over."""
BINGE_WITHIN_S = 900
"""A break for a cup of tea is still the same sitting."""
FINISHED_RATIO = 0.9
"""A play counts as finished from this watch ratio on: credits are not watched."""


def is_finish(event: e.PlaybackStopped | e.PlaybackCompleted) -> bool:
    """Whether the play that ends here reached the end, as far as the event itself tells."""
    if isinstance(event, e.PlaybackCompleted):
        return True
    return event.duration_s is not None and is_whole(event.watched_s, event.duration_s)


def is_whole(watched_s: float, duration_s: float) -> bool:
    """Whether so much was watched that the play counts as finished; never when the duration is not known."""
    return duration_s > 0 and watched_s >= FINISHED_RATIO * duration_s

"""When the profile watches: decayed counts of plays by part of the day and by day of the week, in local time."""

from msgspec import Struct

from playhead.domain import events as e
from playhead.signals.signal import Signal

PARTS_OF_DAY = 8
HALF_LIFE_S = 28 * 86_400
"""Four weeks: each day of the week occurs a few times, and a change of habit shows within a month."""
MONDAY_OFFSET_DAYS = 3
"""1970-01-01 was a Thursday."""


class Rhythm(Struct, frozen=True, array_like=True, gc=False):
    """Decayed numbers of plays by 3-hour part of the local day, and by day of the week from Monday, at ``at_s``."""

    parts: tuple[float, ...] = (0.0,) * PARTS_OF_DAY
    days: tuple[float, ...] = (0.0,) * 7
    at_s: int = 0


def part_of_day(at_s: int, utc_offset_min: int) -> int:
    """Which of the eight 3-hour parts of the local day a moment falls in.

    >>> part_of_day(0, 0), part_of_day(0, 13 * 60)
    (0, 4)
    """
    return (at_s + 60 * utc_offset_min) % 86_400 * PARTS_OF_DAY // 86_400


def day_of_week(at_s: int, utc_offset_min: int) -> int:
    """The local day of the week, 0 for Monday.

    >>> day_of_week(0, 0), day_of_week(0, -60)
    (3, 2)
    """
    return ((at_s + 60 * utc_offset_min) // 86_400 + MONDAY_OFFSET_DAYS) % 7


def fold(state: Rhythm, event: e.Event) -> Rhythm:
    """Adds one play (forward decay: Cormode et al., 2009); order-free up to rounding, not idempotent."""
    if not isinstance(event, e.PlaybackStarted | e.PlaybackCompleted):
        return state
    at_s = event.occurred_at // 1000
    now = max(at_s, state.at_s)
    fade = 2.0 ** ((state.at_s - now) / HALF_LIFE_S)
    weight = 2.0 ** ((at_s - now) / HALF_LIFE_S)
    offset = event.utc_offset_min or 0
    return Rhythm(
        _add(state.parts, fade, part_of_day(at_s, offset), weight),
        _add(state.days, fade, day_of_week(at_s, offset), weight),
        now,
    )


def _add(values: tuple[float, ...], fade: float, place: int, weight: float) -> tuple[float, ...]:
    return tuple(round(v * fade + (weight if i == place else 0.0), 4) for i, v in enumerate(values))


RHYTHM = Signal(
    name="rhythm",
    version=1,
    kind=Rhythm,
    initial=Rhythm(),
    fold=fold,
    events=(e.PlaybackStarted, e.PlaybackCompleted),
)

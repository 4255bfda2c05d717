"""A snapshot of a profile at a time: all of its state that scoring and learning read."""

from typing import NamedTuple

from msgspec import Struct, field

from playhead.signals.identity import Identity
from playhead.signals.responses import Responses
from playhead.signals.rows import History


class ImpressionCounts(Struct, frozen=True, gc=False):
    """Packed ids of titles, and one byte for each with the number of times that it was shown."""

    packed: bytes = field(default=b"", name="run")
    times: bytes = b""


class ObservedMood(NamedTuple):
    """A viewer's mood, -1 to 1 each, observed at ``at_s``; 0 for never."""

    valence: float = 0.0
    arousal: float = 0.0
    at_s: int = 0


NO_MOOD = ObservedMood()


class ContextSnapshot(NamedTuple):
    """A profile as of ``until_s``: only earlier entries of its history count."""

    identity: Identity
    history: History
    ratings: tuple[tuple[str, float], ...]
    until_s: int
    surface: str = "home"
    responses: Responses = ()
    seen: ImpressionCounts = ImpressionCounts()
    """Titles that were shown before and not chosen since, and how often."""
    shown: bytes = b""
    """Packed ids of the titles that were shown last, chosen or not, newest first."""
    mood: ObservedMood = NO_MOOD
    """The mood that was observed last."""

"""The identity signal: newest market, language, device, UTC offset and kind of the profile."""

from msgspec import Struct

from playhead.domain.events import Event
from playhead.domain.fields import UNKNOWN_MARKET
from playhead.signals.signal import Signal


class Identity(Struct, frozen=True, array_like=True, gc=False):
    """The newest values that events carried; a field that an event leaves out stays as it was.

    ``kind`` stays, too: a kids' profile does not become an adult's because an event leaves it out.
    """

    market: str = UNKNOWN_MARKET
    language: str = ""
    device: str = ""
    utc_offset_min: int = 0
    kind: str = "adult"


def fold(state: Identity, event: Event) -> Identity:
    """Takes the values of the newest event. Not order-free; idempotent."""
    market = event.market or state.market
    language = event.language or state.language
    device = event.device or state.device
    offset = state.utc_offset_min if event.utc_offset_min is None else event.utc_offset_min
    kind = event.kind or state.kind
    if (market, language, device, offset, kind) == (
        state.market,
        state.language,
        state.device,
        state.utc_offset_min,
        state.kind,
    ):
        return state
    return Identity(market, language, device, offset, kind)


IDENTITY = Signal(name="identity", version=1, kind=Identity, initial=Identity(), fold=fold, events=(Event,))

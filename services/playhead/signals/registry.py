"""The list of signals. To add a signal, write its file and name it here."""

from typing import Any

from playhead.domain.events import AnyEvent, Event, HistoryRemoved
from playhead.signals.browsing import BROWSING
from playhead.signals.exposure import EXPOSURE
from playhead.signals.finished import FINISHED
from playhead.signals.hidden import HIDDEN
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY
from playhead.signals.looks import LOOKS
from playhead.signals.opinions import OPINIONS
from playhead.signals.pace import PACE
from playhead.signals.pending import PENDING
from playhead.signals.playback import PLAYBACK
from playhead.signals.rhythm import RHYTHM
from playhead.signals.search import SEARCH
from playhead.signals.session_intent import SESSION_INTENT
from playhead.signals.signal import Signal
from playhead.signals.usage import USAGE

SIGNALS: tuple[Signal[Any], ...] = (
    IDENTITY,
    HISTORY,
    FINISHED,
    HIDDEN,
    EXPOSURE,
    PENDING,
    PLAYBACK,
    RHYTHM,
    BROWSING,
    OPINIONS,
    PACE,
    USAGE,
    SEARCH,
    SESSION_INTENT,
    LOOKS,
)

STORED = tuple((signal, signal.stored) for signal in SIGNALS if signal.stored is not None)
"""Signals with a different stored form, and the function that makes it."""
RESTORED = tuple((signal, signal.restored) for signal in SIGNALS if signal.restored is not None)
"""Signals with a different stored form, or older forms, and the function that restores the value from any of them."""

BY_EVENT: dict[type[Event], tuple[Signal[Any], ...]] = {
    kind: tuple(signal for signal in SIGNALS if issubclass(kind, signal.events)) for kind in AnyEvent.__args__
}
"""For each type of event the signals that it can change, so that a heartbeat costs only these."""
_FIRST = {HISTORY, FINISHED}
FOLDED_BY: dict[type[Event], tuple[Signal[Any], ...]] = {
    kind: tuple(
        signal
        for signal in signals
        if signal not in _FIRST or (signal is FINISHED and kind is HistoryRemoved)
    )
    for kind, signals in BY_EVENT.items()
}
"""For each type of event the signals that fold it after its interpretation (``history.interpret``), which itself gives history and finished titles."""
LATE: tuple[Signal[Any], ...] = (HIDDEN, OPINIONS)
"""Signals that fold a late or repeated playback event, which they do idempotently."""
PASSING: tuple[Signal[Any], ...] = (IDENTITY, PENDING, PLAYBACK)
"""Signals that fold a play that began automatically."""

FOLLOWING: tuple[Signal[Any], ...] = (FINISHED, PENDING, PLAYBACK)
"""Signals that drop a title whose event is retracted: they do not keep the ids of events."""

"""The list of signals. To add one: write its file, name it here."""

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
"""Those that records hold in another form, and what makes it."""
RESTORED = tuple((signal, signal.restored) for signal in SIGNALS if signal.restored is not None)
"""Those that records hold, or older ones held, in another form, and what makes the one to work with of either."""

BY_EVENT: dict[type[Event], tuple[Signal[Any], ...]] = {
    kind: tuple(signal for signal in SIGNALS if issubclass(kind, signal.events)) for kind in AnyEvent.__args__
}
"""For each type of event the signals that it can change, so that a heartbeat costs only what it moves."""
_FIRST = {HISTORY, FINISHED}
FOLDED_BY: dict[type[Event], tuple[Signal[Any], ...]] = {
    kind: tuple(
        signal
        for signal in signals
        if signal not in _FIRST or (signal is FINISHED and kind is HistoryRemoved)
    )
    for kind, signals in BY_EVENT.items()
}
"""Those that fold what the history made of the event (``history.interpret``), which says too what is finished with it."""
LATE: tuple[Signal[Any], ...] = (HIDDEN, OPINIONS)
"""Who folds a play that is late or sent again: a wish that comes again is taken back again."""
PASSING: tuple[Signal[Any], ...] = (IDENTITY, PENDING, PLAYBACK)
"""Who folds a play that began by itself."""

FOLLOWING: tuple[Signal[Any], ...] = (FINISHED, PENDING, PLAYBACK)
"""What goes with a title that is taken out of the history by the event that brought it: they don't keep events' ids."""

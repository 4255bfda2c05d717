"""The value of a signal after some events."""

from typing import TypeVar

from playhead.domain.events import AnyEvent
from playhead.signals.signal import Signal

S = TypeVar("S")


def folded(signal: Signal[S], *events: AnyEvent) -> S:
    """The value after these events, from the signal's initial one."""
    state = signal.initial
    for event in events:
        state = signal.fold(state, event)
    return state

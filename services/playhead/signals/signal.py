"""What a signal is: a named, versioned value folded from the events of one profile."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from playhead.domain.events import Event

S = TypeVar("S")


class Signal(Generic[S]):
    """Something remembered of a profile.

    Args:
        name: What it is called in the stored record, with its version behind it.
        version: Raised when the meaning of the stored value changes; the old value is then forgotten.
        kind: The type of the value, as msgspec stores it.
        initial: The value of a stranger.
        fold: The next value of the old one and an event, the old one itself when nothing changed. Total: it accepts every event in every order, also late and repeated ones.
        events: The events that can change it.
        stored: The value as a record holds it, where that is another form of it.
        restored: The value of what a record holds, where that, or what older ones hold, is another form of it.
    """

    __slots__ = ("events", "field", "fold", "initial", "kind", "name", "restored", "stored", "version")

    def __init__(
        self,
        *,
        name: str,
        version: int,
        kind: Any,
        initial: S,
        fold: Callable[[S, Event], S],
        events: tuple[type[Event], ...],
        stored: Callable[[S], Any] | None = None,
        restored: Callable[[Any], S] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.kind = kind
        self.initial = initial
        self.fold = fold
        self.events = events
        self.stored = stored
        self.restored = restored
        self.field = f"{name}_v{version}"

    def of(self, profile: Any) -> S:
        """This signal's value in a profile's record."""
        value: S = getattr(profile, self.field)
        return value

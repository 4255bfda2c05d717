"""The definition of a signal: a named, versioned value folded from the events of one profile."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from playhead.domain.events import Event

S = TypeVar("S")


class Signal(Generic[S]):
    """A value that is remembered of each profile.

    Args:
        name: Name of the field in the stored record, to which the version is appended.
        version: Raised when the meaning of the stored value changes; old values are then dropped.
        kind: Type of the stored value, for msgspec.
        initial: The value of a new profile.
        fold: Computes the next value from the old one and an event; returns the old object when nothing changed. Total: it accepts every event in every order, also late and repeated ones.
        events: The types of events that can change it.
        stored: Converts the value to its stored form, if that differs.
        restored: Converts a stored form, present or older, to the value, if one differs.
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

"""Attributes that are computed on first access; those of a slice of a batch are taken from the whole batch."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar, overload

Value = TypeVar("Value")


class Whole(NamedTuple):
    """The batch that an object is a slice of: its rows from ``first`` to before ``last``."""

    of: Any
    first: int
    last: int


class lazy(Generic[Value]):  # noqa: N801 - used as a decorator
    """``functools.cached_property`` without the lock that it takes before Python 3.12, which costs 3 µs.

    ``part``: computes the value of a slice (an object with a ``whole``) from the whole's value; without it, a slice computes its own.
    """

    def __init__(
        self, make: Callable[[Any], Value], part: Callable[[Value, int, int], Value] | None = None
    ) -> None:
        self._make = make
        self._part = part
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> Value: ...
    def __get__(self, owner: object | None, kind: type) -> "Value | lazy[Value]":
        if owner is None:
            return self
        whole: Whole | None = None if self._part is None else owner.__dict__["whole"]
        if self._part is None or whole is None:
            value = self._make(owner)
        else:
            value = self._part(getattr(whole.of, self._name), whole.first, whole.last)
        owner.__dict__[self._name] = value
        return value


def by_row(make: Callable[[Any], Value]) -> lazy[Value]:
    """A lazy value with one row for each member of a batch: a slice takes its rows."""
    return lazy(make, _rows)


def in_runs(make: Callable[[Any], Value]) -> lazy[Value]:
    """A lazy value that selects the part of some rows by its own method ``between``."""
    return lazy(make, _between)


def _rows(value: Any, first: int, last: int) -> Any:
    return value[first:last]


def _between(value: Any, first: int, last: int) -> Any:
    return value.between(first, last)

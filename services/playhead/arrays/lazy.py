"""Values that are computed when they are first asked for; of a part of a batch, taken from those of the whole."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar, overload

Value = TypeVar("Value")


class Whole(NamedTuple):
    """What an object is a part of: rows of another one, from ``first`` to before ``last``."""

    of: Any
    first: int
    last: int


class lazy(Generic[Value]):  # noqa: N801 - used as a decorator
    """What ``functools.cached_property`` is from Python 3.12 on: before, it takes a lock, which costs 3 µs.

    ``part``: how an object that is a part (its ``whole``) takes its value from the whole's; without, it computes its own.
    """

    def __init__(
        self, make: Callable[[Any], Value], part: Callable[[Value, int, int], Value] | None = None
    ) -> None:
        self._make = make
        self._part = part
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, one: None, kind: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, one: object, kind: type) -> Value: ...
    def __get__(self, one: object | None, kind: type) -> "Value | lazy[Value]":
        if one is None:
            return self
        whole: Whole | None = None if self._part is None else one.__dict__["whole"]
        if self._part is None or whole is None:
            value = self._make(one)
        else:
            value = self._part(getattr(whole.of, self._name), whole.first, whole.last)
        one.__dict__[self._name] = value
        return value


def by_row(make: Callable[[Any], Value]) -> lazy[Value]:
    """A lazy value with a row for each of a batch: a part's are some of these."""
    return lazy(make, _rows)


def in_runs(make: Callable[[Any], Value]) -> lazy[Value]:
    """A lazy value that says itself what belongs to some rows (``between``)."""
    return lazy(make, _between)


def _rows(value: Any, first: int, last: int) -> Any:
    return value[first:last]


def _between(value: Any, first: int, last: int) -> Any:
    return value.between(first, last)

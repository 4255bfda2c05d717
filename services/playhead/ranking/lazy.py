"""A value that is computed when it is first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 - used as a decorator
    """What ``functools.cached_property`` is from Python 3.12 on: before, it takes a lock, which costs 3 µs."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, one: None, kind: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, one: object, kind: type) -> Value: ...
    def __get__(self, one: object | None, kind: type) -> "Value | lazy[Value]":
        if one is None:
            return self
        value = one.__dict__[self._name] = self._make(one)
        return value

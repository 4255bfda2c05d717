"""What an arm may change: every setting that a recipe names, by its path, such as ``pipeline.weights.finish``.

The recipe itself is the table of settings: it is walked, so that a new field can be tried without an entry anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from math import isfinite
from typing import Any, TypeVar

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Setting

R = TypeVar("R")


def settings(recipe: object, fixed: frozenset[str] = frozenset()) -> dict[str, Setting]:
    """The settings of a recipe with their values, without those that are ``fixed`` and what is below them.

    Parts (sources, re-rankers) stand as the list of their names.
    """
    return dict(_walk(recipe, "", fixed))


def changed(recipe: R, changes: Mapping[str, Setting], fixed: frozenset[str] = frozenset()) -> R:
    """The recipe with settings changed; parts are chosen and ordered by their names, among those the recipe has.

    Raises:
        Rejected: a setting is unknown, its value is of another kind, or the recipe does not build with it.
    """
    known = settings(recipe, fixed)
    for name, value in changes.items():
        if name not in known:
            raise Rejected(f"There is no setting {name!r}.", _closest(name, known))
        recipe = _replaced(recipe, name.split("."), name, value)
    return recipe


def _walk(node: object, path: str, fixed: frozenset[str]) -> Iterator[tuple[str, Setting]]:
    for name, value in _fields(node):
        at = f"{path}{name}"
        if at in fixed:
            continue
        if isinstance(value, bool | float | int | str):
            yield at, value
        elif isinstance(value, tuple) and not hasattr(value, "_fields"):
            names = [_name(part) for part in value]
            if None not in names:
                yield at, tuple(map(str, names))
        else:
            yield from _walk(value, f"{at}.", fixed)


def _fields(node: object) -> Iterator[tuple[str, Any]]:
    if is_dataclass(node) and not isinstance(node, type):
        yield from ((field.name, getattr(node, field.name)) for field in fields(node) if field.init)
    elif hasattr(node, "_fields"):
        yield from zip(node._fields, node, strict=True)  # type: ignore[call-overload]  # a named tuple


def _name(part: object) -> str | None:
    """The name of a part: a function's, or the first of a pair; of a string itself."""
    if isinstance(part, tuple) and part and isinstance(part[0], str):
        return part[0]
    return part if isinstance(part, str) else getattr(part, "__name__", None)


def _replaced(node: Any, path: list[str], full: str, value: Setting) -> Any:
    head, *rest = path
    inner = getattr(node, head)
    new = _replaced(inner, rest, full, value) if rest else _converted(inner, full, value)
    try:
        if hasattr(node, "_replace"):
            return node._replace(**{head: new})
        return replace(node, **{head: new})
    except (TypeError, ValueError) as error:
        raise Rejected(
            f"No recipe can be built with {full} = {value!r}: {error}.", "Give a value that it accepts."
        ) from error


def _converted(old: Any, name: str, value: Setting) -> Any:
    """The value as the setting holds it."""
    if isinstance(old, tuple):
        return _chosen(old, name, value)
    if isinstance(old, bool):
        return _of_kind(value, name, "true or false", lambda given: isinstance(given, bool))
    if isinstance(old, str):
        return _of_kind(value, name, "a string", lambda given: isinstance(given, str))
    if isinstance(old, int):
        whole = "a whole number, 0 or more"
        return int(
            _of_kind(value, name, whole, lambda given: _number(given) and given >= 0 and given == int(given))
        )
    return float(_of_kind(value, name, "a finite number", _number))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _of_kind(value: Any, name: str, wanted: str, fits: Callable[[Any], bool]) -> Any:
    if not fits(value):
        raise Rejected(f"{name} can't be {value!r}.", f"Give {wanted}.")
    return value


def _chosen(old: tuple[Any, ...], name: str, value: Setting) -> tuple[Any, ...]:
    parts = {_name(part): part for part in old}
    if not old and isinstance(value, tuple) and all(isinstance(part_name, str) for part_name in value):
        return value
    unknown = (
        [part_name for part_name in value if part_name not in parts] if isinstance(value, tuple) else [value]
    )
    if unknown or not isinstance(value, tuple) or len({*value}) < len(value):
        raise Rejected(
            f"{name} can't be {value!r}.", f"Give a list of some of {', '.join(map(str, parts))}, each once."
        )
    return tuple(parts[part_name] for part_name in value)


def _closest(name: str, known: Mapping[str, Setting]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Name one of {', '.join(known)}."

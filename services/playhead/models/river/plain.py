"""The state of a linear or factorisation model of River as numbers by name: no class is stored, so a later version of River can read it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
from river import base, compose, facto, linear_model, optim, preprocessing, utils

KNOWN = (
    *(compose.Pipeline, preprocessing.StandardScaler, linear_model.LogisticRegression),
    *(linear_model.LinearRegression, facto.FMClassifier, facto.FMRegressor),
)
_PARTS = (optim.base.Optimizer, optim.base.Scheduler, optim.base.Initializer, optim.base.Loss)


class Column(msgspec.Struct, array_like=True, frozen=True):
    """A dict of numbers, or of vectors of ``width`` numbers (0: scalars). ``whole``: all are integers; ``vector``: a ``VectorDict`` of River."""

    names: tuple[str, ...]
    width: int
    values: bytes
    whole: bool = False
    vector: bool = False


class Tree(msgspec.Struct, array_like=True, frozen=True):
    """Attributes of an object: numbers, dicts of numbers, and nested objects."""

    numbers: dict[str, int | float] = {}
    columns: dict[str, Column] = {}
    parts: "dict[str, Tree]" = {}


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Tree)


def is_known(model: Any) -> bool:
    """Whether a model and all its parts are of known classes."""
    kinds = type(model) in KNOWN or isinstance(model, _PARTS)
    return kinds and all(is_known(part) for _, part in _parts(model))


def plain(model: Any) -> bytes:
    """The encoded state of a model.

    Raises:
        TypeError: a dict of the model holds keys that are no strings, or numbers of different shapes.
    """
    return _encoder.encode(_tree(model))


def restore(model: Any, data: bytes) -> None:
    """Restores the state of a model into a clone of it.

    Raises:
        ValueError: the state does not fit the model.
    """
    try:
        _fill(model, _decoder.decode(data))
    except (msgspec.MsgspecError, AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"does not fit: {error}") from error


def _attributes(model: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of an object's attributes, sorted; of a pipeline, its steps."""
    if isinstance(model, compose.Pipeline):
        yield from ((str(name), step) for name, step in model.steps.items())
        return
    yield from sorted(vars(model).items())


def _parts(model: Any) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in _attributes(model) if isinstance(value, (base.Base, *_PARTS)))


def _tree(model: Any) -> Tree:
    numbers: dict[str, int | float] = {}
    columns: dict[str, Column] = {}
    for name, value in _attributes(model):
        if isinstance(value, int) and not isinstance(value, bool):
            numbers[name] = value
        elif isinstance(value, float):  # numpy's, too
            numbers[name] = float(value)
        elif hasattr(value, "items"):
            columns[name] = _column(dict(value.items()), vector=isinstance(value, utils.VectorDict))
    return Tree(numbers, columns, {name: _tree(part) for name, part in _parts(model)})


def _column(values: Mapping[Any, Any], *, vector: bool) -> Column:
    if not all(isinstance(name, str) for name in values):
        raise TypeError("a column of numbers whose names are not all text")
    whole = bool(values) and all(type(value) is int for value in values.values())
    rows = [np.atleast_1d(np.asarray(value, dtype="<i8" if whole else "<f8")) for value in values.values()]
    width = len(rows[0]) if rows else 1
    if any(row.shape != (width,) for row in rows):
        raise TypeError("a column of unlike numbers")
    scalar = not any(isinstance(value, np.ndarray) for value in values.values())
    return Column(
        tuple(values), 0 if scalar else width, b"".join(row.tobytes() for row in rows), whole, vector
    )


def _fill(model: Any, tree: Tree) -> None:
    of = dict(_attributes(model))
    for name, number in tree.numbers.items():
        if name not in of:
            raise KeyError(name)
        setattr(model, name, number)
    for name, column in tree.columns.items():
        target = of[name]
        if target is None:  # some attributes are None until the first example, and a dict from then on
            target = utils.VectorDict() if column.vector else defaultdict(float)
            setattr(model, name, target)
        for key in list(dict(target.items())):
            del target[key]
        values = np.frombuffer(column.values, dtype="<i8" if column.whole else "<f8")
        rows = values.reshape(len(column.names), max(column.width, 1))
        for key, row in zip(column.names, rows, strict=True):
            target[key] = row.copy() if column.width else row.item()
    for name, part in tree.parts.items():
        _fill(of[name], part)

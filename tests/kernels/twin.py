"""A compiled function beside a plain one that says the same in numpy or Python, and arguments to hold them together by."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Hashes, Ids, Ints

Rng = np.random.Generator


class Twin(NamedTuple):
    """``exact``: to the last bit; else to twelve digits, where numpy's exponential is not that of machine code."""

    kernel: Callable[..., Any]
    plain: Callable[..., Any]
    arguments: Callable[[Rng], tuple[Any, ...]]
    exact: bool = True


def disagreement(twin: Twin, rng: Rng) -> str | None:
    """What differs between the two, of what they return and of what they write into; None if nothing does."""
    arguments = twin.arguments(rng)
    one, other = deepcopy(arguments), deepcopy(arguments)
    returned, expected = twin.kernel(*one), twin.plain(*other)
    if not _same(returned, expected, exact=twin.exact):
        return f"returned\n{returned}\ninstead of\n{expected}\nfor\n{arguments}"
    if not _same(one, other, exact=twin.exact):
        return f"left\n{one}\ninstead of\n{other}\nfor\n{arguments}"
    return None


def _same(one: Any, other: Any, *, exact: bool) -> bool:
    if isinstance(one, np.ndarray):
        if one.shape != np.shape(other):
            return False
        if exact or one.dtype.kind != "f":
            return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        digits = 1e-12 if one.dtype == np.float64 else 1e-5
        return np.allclose(one, other, rtol=digits, atol=digits, equal_nan=True)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(
            _same(mine, its, exact=exact) for mine, its in zip(one, other, strict=True)
        )
    if isinstance(one, float) and not exact:
        digits = 1e-5 if isinstance(other, np.float32) else 1e-12
        return bool(np.isclose(one, other, rtol=digits, atol=digits))
    return bool(one == other)


# Arguments: small, with equal values among them, so that ties and repetitions are met.


def sizes(rng: Rng, lists: int, most: int) -> Ints:
    """Where lists of random lengths begin, [lists + 1]; some are empty."""
    return starts(rng.integers(0, most + 1, lists).tolist())


def some(rng: Rng, size: int, least: int, end: int) -> Ints:
    """Integers from ``least`` to before ``end``."""
    return rng.integers(least, end, size)


def ids(rng: Rng, shape: tuple[int, ...], end: int) -> Ids:
    """Numbers of titles, -1 among them."""
    return rng.integers(-1, end, shape).astype(np.int32)


def coarse(rng: Rng, *shape: int) -> Floats:
    """Values of which many are equal, 0 among them."""
    return rng.integers(-4, 5, shape) / 2.0


def hashes(rng: Rng, size: int) -> Hashes:
    """Tie-breaks, some of them equal."""
    return rng.integers(0, 50, size).astype(np.uint32)


def bits(rng: Rng, size: int) -> NDArray[np.bool_]:
    """Flags."""
    return rng.integers(0, 2, size).astype(np.bool_)

"""A compiled function, its twin in plain numpy or Python, and random arguments to compare them."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Hashes, Ids, Ints

Rng = np.random.Generator


class Twin(NamedTuple):
    """A kernel and its twin. ``exact``: they agree to the last bit; else to twelve digits, as numpy's exponential differs from that of compiled code."""

    kernel: Callable[..., Any]
    plain: Callable[..., Any]
    arguments: Callable[[Rng], tuple[Any, ...]]
    exact: bool = True


def disagreement(twin: Twin, rng: Rng) -> str | None:
    """A message about the first difference of the two, in results or in arguments that they write to; None if they agree."""
    arguments = twin.arguments(rng)
    for_kernel, for_plain = deepcopy(arguments), deepcopy(arguments)
    returned, expected = twin.kernel(*for_kernel), twin.plain(*for_plain)
    if not _same(returned, expected, exact=twin.exact):
        return f"returned\n{returned}\ninstead of\n{expected}\nfor\n{arguments}"
    if not _same(for_kernel, for_plain, exact=twin.exact):
        return f"left\n{for_kernel}\ninstead of\n{for_plain}\nfor\n{arguments}"
    return None


def _same(returned: Any, expected: Any, *, exact: bool) -> bool:
    if isinstance(returned, np.ndarray):
        if returned.shape != np.shape(expected):
            return False
        if exact or returned.dtype.kind != "f":
            return np.array_equal(returned, expected, equal_nan=returned.dtype.kind == "f")
        digits = 1e-12 if returned.dtype == np.float64 else 1e-5
        return np.allclose(returned, expected, rtol=digits, atol=digits, equal_nan=True)
    if isinstance(returned, tuple):
        return len(returned) == len(expected) and all(
            _same(mine, its, exact=exact) for mine, its in zip(returned, expected, strict=True)
        )
    if isinstance(returned, float) and not exact:
        digits = 1e-5 if isinstance(expected, np.float32) else 1e-12
        return bool(np.isclose(returned, expected, rtol=digits, atol=digits))
    return bool(returned == expected)


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

"""Compilation of inner loops, which run once a candidate: to machine code on their first call, cached on disk.

The cache is keyed by the sources: a change of any constant that is compiled in compiles anew.
"""

import os
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.types import unliteral

Function = TypeVar("Function", bound=Callable[..., object])
Call = tuple[str, str, tuple[object, ...]]
"""Module and name of a compiled function, and the types of its arguments."""
PARTS = ("arrays", "catalogue", "signals", "labels", "models", "features", "candidates", "ranking", "page")
"""Folders of the package, with all below them, that hold compiled functions and the constants in them."""


def folder() -> Path:
    """The cache folder of the machine code, one for each state of the sources."""
    package = Path(__file__).parents[1]
    sources = sorted(path for part in PARTS for path in (package / part).rglob("*.py"))
    state = blake2b(b"\0".join(path.read_bytes() for path in sources), digest_size=8).hexdigest()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "playhead" / "compiled" / state


def _kept() -> bool:
    """Whether there is a writable cache folder; without one each process compiles for itself."""
    if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]  # made when numba is imported
        numba.config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]
    try:
        Path(numba.config.CACHE_DIR).mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
    except OSError:
        return False
    return os.access(numba.config.CACHE_DIR, os.W_OK)  # type: ignore[attr-defined]


_KEPT = _kept()
CALLS: dict[Call, None] = {}
"""When compilation is disabled (``NUMBA_DISABLE_JIT=1``): the calls of compiled functions from Python, in order of their first occurrence."""


def kept_in() -> Path | None:
    """The cache folder of the machine code, None where each process compiles for itself."""
    return Path(numba.config.CACHE_DIR) if _KEPT else None  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """Decorator: compiles a function for the types it is called with; division by zero gives inf, as in numpy.

    Sums are not reordered (no fast-math), so the same inputs give the same bits.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return cast(Function, wraps(function)(lambda *arguments: _Interpreted.call(function, arguments)))
    dispatcher: Any = numba.njit(cache=_KEPT, error_model="numpy")(function)
    dispatcher.get_call_template = _for_any_number(dispatcher.get_call_template)
    return cast(Function, dispatcher)


def _for_any_number(template: Callable[..., object]) -> Callable[..., object]:
    """Makes calls with a literal use the machine code for any number.

    numba would compile a version for each literal, which takes longer than it saves.
    """

    def of_types(types: tuple[object, ...], named: dict[str, object]) -> object:
        plain = {name: unliteral(kind) for name, kind in named.items()}  # type: ignore[no-untyped-call]
        return template(tuple(map(unliteral, types)), plain)

    return of_types


class _Interpreted:
    """Runs a function without compiling it, and notes in ``CALLS`` each call that does not come from another compiled function."""

    inside = False

    @classmethod
    def call(cls, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
        if cls.inside:
            return function(*arguments)
        types = tuple(map(numba.typeof, arguments))
        CALLS[function.__module__, function.__name__, types] = None
        cls.inside = True
        try:
            return _plain(function(*arguments))
        finally:
            cls.inside = False


def _plain(value: object) -> object:
    """A result as machine code returns it: numpy scalars become Python numbers."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.item() if isinstance(value, np.generic) else value

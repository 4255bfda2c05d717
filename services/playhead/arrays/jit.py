"""Inner loops that run once a candidate: compiled to machine code when first called, and kept on disk.

What is kept belongs to the sources it was made from: a change of any constant that was compiled in makes it anew.
"""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])
PARTS = ("arrays", "catalogue", "signals", "labels", "models", "features", "candidates", "ranking", "page")
"""Folders that hold compiled loops and the constants in them, however deep."""


def folder() -> Path:
    """Where machine code is kept: a folder for each state of the sources."""
    package = Path(__file__).parents[1]
    sources = sorted(path for part in PARTS for path in (package / part).rglob("*.py"))
    state = blake2b(b"\0".join(path.read_bytes() for path in sources), digest_size=8).hexdigest()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "playhead" / "compiled" / state


def _kept() -> bool:
    """Whether there is a folder for it; without one each process compiles for itself."""
    if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]  # made when numba is imported
        numba.config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]
    try:
        Path(numba.config.CACHE_DIR).mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
    except OSError:
        return False
    return os.access(numba.config.CACHE_DIR, os.W_OK)  # type: ignore[attr-defined]


_KEPT = _kept()


def kept_in() -> Path | None:
    """The folder where machine code is kept, None where each process compiles for itself."""
    return Path(numba.config.CACHE_DIR) if _KEPT else None  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """The function, compiled for the types it is called with; division by zero gives inf, as in numpy.

    No sums are reordered (no fast-math): the same inputs give the same bits.
    """
    return cast(Function, numba.njit(cache=_KEPT, error_model="numpy")(function))

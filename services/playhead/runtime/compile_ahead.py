"""Machine code made ahead of its first use, by as many processes as there are cores.

Which loops are compiled, and for which types, shows only when they are called. So the made-up viewer of the warm-up is
served by the interpreter first, which is quick enough for three films, and notes what calls each loop; then the loops are
compiled side by side. What they share is compiled by more than one of them, which costs less than it saves.
"""

import os
import subprocess
import sys
from importlib import import_module
from multiprocessing import get_context

import numpy as np

from playhead.arrays.jit import CALLS, Call

MOST = 4
"""Processes at once: each takes 300 MB."""


def compile_ahead() -> None:
    """Compiles what the warm-up calls and keeps it on disk; does nothing where there is but one core.

    It may fail without harm: what is not there is compiled when it is called.
    """
    if _processes() > 1:
        interpreted = os.environ | {"NUMBA_DISABLE_JIT": "1"}
        subprocess.run([sys.executable, "-m", __name__], env=interpreted, check=False)  # noqa: S603 - our own


def _processes() -> int:
    return min(len(os.sched_getaffinity(0)), MOST)


def _compile(calls: list[Call]) -> None:
    """Compiles one loop for all types that it is called with: the list of its versions on disk is written by one process only."""
    for module, name, types in calls:
        loop = getattr(import_module(module), name)
        if hasattr(loop, "compile"):  # not one that its own module leaves to the interpreter
            loop.compile(types)


def _main() -> None:
    from playhead.runtime.warmup import serve_viewer

    # This process has read it; those of the pool, which import meanwhile, shall not.
    del os.environ["NUMBA_DISABLE_JIT"]
    with get_context("spawn").Pool(_processes(), import_module, [serve_viewer.__module__]) as pool:
        with np.errstate(all="ignore"):  # hashes overflow, as they should
            serve_viewer()
        of_loop: dict[tuple[str, str], list[Call]] = {}
        for call in CALLS:
            of_loop.setdefault(call[:2], []).append(call)
        pool.map(_compile, of_loop.values(), chunksize=1)


if __name__ == "__main__":
    _main()

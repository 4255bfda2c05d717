"""Gives free memory back to the system.

glibc keeps what is freed between what is used, and gives each of a dozen threads an arena of its own. Memtables, publications and
fetches come and go at different times, so a worker would grow for hours towards the sum of peaks that never came together.
"""

import asyncio
import ctypes
from typing import Any

EVERY_S = 30.0
ARENAS = 2
_M_ARENA_MAX = -8
"""The option of ``mallopt`` that bounds the arenas (malloc.h)."""


def share_arenas() -> None:
    """Makes the threads of this process share a few arenas; to be called before there are any threads."""
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


async def give_back(every_s: float = EVERY_S) -> None:
    """Gives free memory back now and then, for as long as the worker lives; returns where the C library has no ``malloc_trim``."""
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(trim, 0)  # without Python's lock: the loop goes on

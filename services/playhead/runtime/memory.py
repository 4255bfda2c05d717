"""Free memory goes back to the system.

glibc keeps what is freed between what is used, and gives each of a dozen threads an arena of its own. Memtables, publications and
fetches come and go at different times, so a worker would grow for hours towards the sum of peaks that never came together.
"""

import asyncio
import ctypes
from typing import Any

EVERY_S = 30.0
ARENAS = 2
LARGE = 2**20
"""Bytes from which on a block is the system's own, and goes back when it is freed: those that memtables are made of, a
thirty-second of ``store.MEMTABLE_BYTES``. Among small ones, such blocks left holes that grew for hours. (glibc begins
with less, and goes up to the largest block that was ever freed.)
"""
AT_HAND = 2**28
"""Free bytes at the end of the heap that stay until they are given back: at the usual 128 KiB, a batch took them anew."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Of ``mallopt`` (malloc.h)."""


def keep_tidy() -> None:
    """Let the threads of this process share arenas, and large blocks have none; to be called before there are any."""
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, LARGE)
        mallopt(_M_TRIM_THRESHOLD, AT_HAND)


async def give_back(every_s: float = EVERY_S) -> None:
    """Do so now and then, for as long as the worker lives; where the C library has no way to it, never."""
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(trim, 0)  # without Python's lock: the loop goes on

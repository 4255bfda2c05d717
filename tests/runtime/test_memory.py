"""What is freed between what is used goes back."""

import asyncio
import ctypes
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from playhead.runtime.memory import ARENAS, give_back

BLOCKS, BLOCK, NAIL = 2_000, 100_000, 1_000
"""Below the size at which glibc takes memory from the system for each block, above that of Python's own pools."""

pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc")


def _resident() -> int:
    return 4_096 * int(Path("/proc/self/statm").read_text().split()[1])


async def _for_a_while() -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(give_back(0.01), 0.5)


def test_gives_back_what_is_free_between_what_is_used() -> None:
    held = [(bytearray(BLOCK), bytearray(NAIL)) for _ in range(BLOCKS)]
    for block, _ in held:
        block[:] = b"x" * BLOCK
    nails = [nail for _, nail in held]
    del held, block
    before = _resident()
    asyncio.run(_for_a_while())
    assert before - _resident() > BLOCKS * BLOCK // 2
    assert len(nails) == BLOCKS


THREADS = """
import ctypes, sys, threading
from playhead.runtime.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
gate = threading.Barrier(8)
def work():
    gate.wait()
    held = [bytearray(1_000) for _ in range(1_000)]
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
ctypes.CDLL(None).malloc_stats()
"""


def _arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", THREADS, how], check=True, capture_output=True, text=True)
    return done.stderr.count("Arena ")


def test_threads_share_a_few_arenas() -> None:
    assert _arenas("shared") <= ARENAS < _arenas("own")

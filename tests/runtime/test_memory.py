"""Memory that was freed between blocks in use goes back to the system."""

import ctypes
import subprocess
import sys

import pytest

from playhead.runtime.memory import ARENAS

BLOCKS, BLOCK, NAIL = 2_000, 100_000, 1_000
"""Bytes of a block: below the size at which glibc takes memory from the system for each block, above that of Python's own pools."""

pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc")


FREED = f"""
import asyncio
from contextlib import suppress
from pathlib import Path
from playhead.runtime.memory import give_back

def resident():
    return 4_096 * int(Path("/proc/self/statm").read_text().split()[1])

async def for_a_while():
    with suppress(TimeoutError):
        await asyncio.wait_for(give_back(0.01), 0.5)

held = [(bytearray({BLOCK}), bytearray({NAIL})) for _ in range({BLOCKS})]
for block, _ in held:
    block[:] = b"x" * {BLOCK}
nails = [nail for _, nail in held]
del held, block
before = resident()
asyncio.run(for_a_while())
print(before - resident())
"""


def test_gives_back_what_is_free_between_what_is_used() -> None:
    # A process of its own: in that of the tests others leave room, too, which is used first.
    done = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)
    assert int(done.stdout) > BLOCKS * BLOCK // 2


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

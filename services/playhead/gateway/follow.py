"""Follows topics beside requests: reads in a thread, applies on the event loop in short slices."""

import asyncio
from collections.abc import Callable

from playhead.domain.records import Incoming
from playhead.runtime.reading import BEGINNING, Reader
from playhead.runtime.settings import Settings
from playhead.runtime.slices import in_slices

READ = 500
READ_WAIT_S = 0.1
SLICE_S = 0.001
"""Longest time that records are applied while a request waits; a ranking is to be answered within 5 ms."""


async def follow(
    settings: Settings,
    topics: tuple[str, ...],
    take: Callable[[Incoming], None],
    *,
    caught_up: Callable[[], None],
    offset: int = BEGINNING,
) -> None:
    """Follows for ever; ``caught_up`` is called once, when the records that were there at first are applied.

    Raises:
        Unavailable: the topics can't be read.
    """
    reader = await asyncio.to_thread(lambda: Reader(settings, *topics, offset=offset))
    behind = True
    try:
        while True:
            await in_slices(await asyncio.to_thread(reader.read_soon, READ, READ_WAIT_S), take, SLICE_S)
            if behind and not reader.unfinished:
                behind = False
                caught_up()
    finally:
        reader.close()

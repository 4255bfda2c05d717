"""How records are applied on the event loop beside other work: a few milliseconds at a time."""

import asyncio
import time
from collections.abc import Callable, Sequence

from playhead.domain.records import Incoming

SLICE_S = 0.003
"""Longest time that records are applied without letting the lanes have a turn."""


async def in_slices(
    records: Sequence[Incoming], apply: Callable[[Incoming], None], slice_s: float = SLICE_S
) -> None:
    """Apply records in order, and let others have a turn in between."""
    until = time.perf_counter() + slice_s
    for record in records:
        apply(record)
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + slice_s

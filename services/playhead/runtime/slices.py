"""How records are applied on the event loop beside other work: a few milliseconds at a time."""

import asyncio
import time
from collections.abc import Callable, Sequence

from playhead.domain.records import Incoming

SLICE_S = 0.003
"""Longest time of the processor that records are applied without letting the partition workers have a turn: where others take it away, a
slice must still get somewhere."""
REST_S = 2 * SLICE_S
"""Rest between two slices while viewers wait for rankings: 20,000 titles published at once take a third of the loop."""


async def in_slices(
    records: Sequence[Incoming],
    apply: Callable[[Incoming], None],
    slice_s: float = SLICE_S,
    *,
    rest_s: float = 0.0,
) -> None:
    """Applies records in order in short slices, yielding the event loop between them."""
    until = time.thread_time() + slice_s
    for record in records:
        apply(record)
        if time.thread_time() > until:
            await asyncio.sleep(rest_s)
            until = time.thread_time() + slice_s

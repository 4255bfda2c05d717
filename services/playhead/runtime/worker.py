"""The process of a role: starts it, ends it on SIGTERM, SIGINT or failure, and says by its exit code which it was."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

from playhead.domain.errors import Unavailable
from playhead.observe import endpoint
from playhead.runtime import logs, memory
from playhead.runtime.settings import Settings

log = logs.Log(__name__)

STOP_S = 4.5
"""A supervisor that waits five seconds sees a clean end; everything needed is committed long before."""

COLLECT_AFTER = (50_000, 20, 50)
"""Records are plain values without cycles: the collector finds next to nothing in them, and at Python's own
thresholds it took a quarter of the time of a loaded worker."""


class Service(Protocol):
    """The work of a process; to be made inside a running event loop."""

    failure: "asyncio.Future[BaseException]"
    """Set once, when the process can't go on."""

    async def run(self) -> None:
        """Start; returns when it is at work."""

    async def stop(self) -> None:
        """Finish what is in hand."""

    def fail(self, error: BaseException) -> None:
        """Set ``failure``, unless it is set already."""


def run(role: str, settings: Settings, make: Callable[[], Service]) -> int:
    """Runs a role until it is stopped, and returns 0; a failure ends the process with 1.

    Each role's module starts itself with this, so that a process imports what its own role uses.
    """
    logs.configure(settings)
    memory.share_arenas()
    if settings.metrics_port:
        endpoint.identify(role, settings.instance)
        endpoint.serve(settings.metrics_port, settings.metrics_host)
    gc.freeze()  # what was imported stays; there is no need to look at it again and again
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
    asyncio.run(_serve(make, settings.data_dir))
    return 0


async def _serve(make: Callable[[], Service], folder: Path) -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    try:
        shell = make()
    except OSError as error:
        _fail(error, folder)
    starting = asyncio.create_task(shell.run())
    starting.add_done_callback(lambda task: _report(shell, task))
    stopping = asyncio.create_task(stopped.wait())
    ends: set[asyncio.Future[Any]] = {stopping, shell.failure}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if shell.failure.done():
        _fail(shell.failure.result(), folder)
    log.info("stopping")
    if not await _stop(shell, starting):
        _end(0)


def _fail(failure: BaseException, folder: Path) -> NoReturn:
    failure = of_folder(failure, folder)
    # Who must act on an Unavailable knows from its text; anything else is a bug, and its traceback is wanted.
    error = None if isinstance(failure, Unavailable) else failure
    log.error("worker failed", error=error, why=str(failure))
    _end(1)


def of_folder(error: BaseException, folder: Path) -> BaseException:
    """The error; an ``Unavailable`` with its repair when the system refuses something below the data folder."""
    if not isinstance(error, OSError) or not error.filename:
        return error
    if not Path(error.filename).absolute().is_relative_to(folder.absolute()):
        return error
    return Unavailable(
        f"{error.filename} can't be written: {error.strerror}.",
        "Mend the folder's rights or its disk, or name another with PLAYHEAD_DATA_DIR.",
    )


def _end(code: int) -> NoReturn:
    """Ends the process as kill -9 does, which is safe at any moment.

    After a failure there is nothing to wait for, and what asyncio and Faust would still wait for may never come: a
    worker hung for minutes after the broker's kill -9, dead for its partitions and alive for its supervisor.
    """
    logging.shutdown()
    os._exit(code)


def _report(shell: Service, starting: asyncio.Task[None]) -> None:
    error = None if starting.cancelled() else starting.exception()
    if error is not None:
        shell.fail(error)
    elif not starting.cancelled():
        log.info("worker ready")


async def _stop(shell: Service, starting: asyncio.Task[None]) -> bool:
    starting.cancel()
    stopping = asyncio.ensure_future(shell.stop())
    # Not wait_for: that waits for what it cancelled, and what hangs may not end at a cancel.
    await asyncio.wait({stopping}, timeout=STOP_S)
    error = stopping.exception() if stopping.done() else TimeoutError()
    if error is not None:
        # It ends either way; what counts is durable or will be read again.
        log.warning("worker didn't stop cleanly", why=repr(error))
    return error is None

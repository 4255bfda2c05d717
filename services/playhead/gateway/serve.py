"""The gateway's process: starts everything, says where it listens, ends all on SIGTERM, SIGINT or failure."""

import asyncio
import gc
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web

from playhead.domain.errors import Unavailable
from playhead.domain.topics import ERASURES, RANKINGS, TITLES
from playhead.gateway.access import Key, need_key, read_key
from playhead.gateway.follow import follow
from playhead.gateway.house import House, furnish
from playhead.gateway.loop import run
from playhead.gateway.server import application
from playhead.observe.endpoint import identify
from playhead.runtime import logs
from playhead.runtime.connection import producer_config
from playhead.runtime.outbox import Outbox
from playhead.runtime.settings import Settings

log = logs.Log(__name__)
THREADS = 16
"""Reads that block: one a followed set of topics, the rest for records that are looked up."""
MAX_LINE = 256 * 1024
"""A request's first line: as many titles as may be asked for at once, their ids as long as they may be."""
GRACE_S = 2.0
COLLECT_AFTER = (50_000, 20, 50)
"""As in workers: records are plain values without cycles, and a full collection is a pause that clients notice."""


def run_gateway(settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop.

    Raises:
        Unavailable: the port is taken, the broker doesn't answer, a key is missing.
    """
    logs.configure(settings)
    identify("gateway", settings.instance)
    key = read_key(settings)
    need_key(host, key)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    run(_serve(settings, host, port, key))


async def _serve(settings: Settings, host: str, port: int, key: Key) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "gateway"))
    told = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    outbox = Outbox(producer_config(settings))
    house = furnish(settings, outbox.produce)
    runner = web.AppRunner(
        application(house, key),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=GRACE_S,
        max_line_size=MAX_LINE,
    )
    tasks: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(told.wait()),
        asyncio.ensure_future(
            follow(settings, (RANKINGS, TITLES, ERASURES), house.take, caught_up=house.caught_up.set)
        ),
        asyncio.ensure_future(house.profiles.run()),
        asyncio.ensure_future(house.strangers.run()),
    ]
    try:
        await runner.setup()
        log.info("gateway listens", url=await _listen(runner, host, port))
        ready = asyncio.ensure_future(_say_when_ready(house))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        for task in done:
            task.result()
        log.info("stopping")
    finally:
        house.stopping.set()
        await runner.cleanup()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await house.crowd.close()
        outbox.close()
        await asyncio.to_thread(house.lookup.close)


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise Unavailable(
            f"{host}:{port} can't be listened on: {error.strerror or error}.",
            "Choose another --port; 0 takes a free one.",
        ) from error
    address = runner.addresses[0]
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{shown}:{address[1]}/"
    print(url, flush=True)  # noqa: T201 - the result
    return url


async def _say_when_ready(house: House) -> None:
    await house.caught_up.wait()
    await house.strangers.ready.wait()
    # What was read by now stays for long: collections need not look at it again and again.
    gc.collect()
    gc.freeze()
    log.info("gateway ready", profiles=len(house.shelves.newest), titles=len(house.titles))

"""The gateway's process: starts everything, says where it listens, ends all on SIGTERM, SIGINT or failure."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playhead.domain.topics import ERASURES, RANKINGS, TAGS, TITLES
from playhead.gateway.access import Key, need_key, read_key
from playhead.gateway.follow import follow
from playhead.gateway.listening import listening
from playhead.gateway.loop import run
from playhead.gateway.server import application
from playhead.gateway.state import GatewayState, make_state
from playhead.observe.endpoint import identify
from playhead.runtime import logs
from playhead.runtime.connection import producer_config
from playhead.runtime.outbox import Outbox
from playhead.runtime.pulse import give_pulse
from playhead.runtime.settings import Settings
from playhead.runtime.topology import layout

log = logs.Log(__name__)
THREADS = 16
"""Threads for blocking reads: one a followed set of topics, the rest for records that are looked up."""
COLLECT_AFTER = (50_000, 20, 50)
"""Thresholds of the garbage collector, as in workers: records are plain values without cycles, and a full collection is a pause that clients notice."""


def run_gateway(settings: Settings, host: str, port: int, pulse: Path | None = None) -> None:
    """Serves until it is stopped; touches the file ``pulse`` every second, for a supervisor.

    Raises:
        Unavailable: the port is taken, a topic was made anew, a key is missing.
    """
    logs.configure(settings)
    identify("gateway", settings.instance)
    key = read_key(settings)
    need_key(host, key)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    run(_serve(settings, host, port, key, pulse))


async def _serve(settings: Settings, host: str, port: int, key: Key, pulse: Path | None) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "gateway"))
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    outbox = Outbox(producer_config(settings))
    state = make_state(settings, outbox.produce)
    parts: list[Coroutine[Any, Any, Any]] = [
        stopped.wait(),
        state.upstream.watch(),
        _follow(state, outbox),
        state.profiles.run(),
        _say_when_ready(state),
    ]
    if pulse is not None:
        parts.append(give_pulse(pulse))
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        async with listening(application(state, key), settings, host, port) as (url, _):
            log.info("gateway listens", url=url)
            print(url, flush=True)  # noqa: T201 - the result
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                log.info("stopping")
            finally:
                state.stopping.set()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await state.live_stats.close()
        outbox.close()
        await asyncio.to_thread(state.lookup.close)


async def _follow(state: GatewayState, outbox: Outbox) -> None:
    """Follows the topics, once all of them exist."""
    await state.upstream.there.wait()
    outbox.layout = await asyncio.to_thread(layout, state.settings)
    topics = (RANKINGS, TITLES, TAGS, ERASURES)
    await asyncio.gather(
        follow(state.settings, topics, state.take, caught_up=state.caught_up.set), state.cold_start.run()
    )


async def _say_when_ready(state: GatewayState) -> None:
    await state.caught_up.wait()
    await state.cold_start.ready.wait()
    # What was read by now stays for long: collections need not look at it again and again.
    gc.collect()
    gc.freeze()
    log.info("gateway ready", profiles=len(state.rankings.newest), titles=len(state.titles))
    await state.stopping.wait()

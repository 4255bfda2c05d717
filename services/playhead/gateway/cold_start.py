"""Cold-start rankings: what a profile without a ranking gets at once, the ranking of an empty record, cached for a second.

The core runs in a child process, as applying models would hold up requests for tens of milliseconds.
"""

import asyncio
import os
import sys
import time
from asyncio.subprocess import Process
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import fields
from typing import NamedTuple

import msgspec
from msgspec import Struct

from playhead.domain.errors import Unavailable
from playhead.domain.fields import Kind, Market, Text
from playhead.domain.rankings import Ranking
from playhead.runtime.logs import Log
from playhead.runtime.settings import Settings

log = Log(__name__)

FRESH_S = 1.0
KEPT = 256
"""Cached rankings, one for each combination of market, kind of profile and surface."""
WAIT_S = 3.0
RESTART_S = 1.0
LINE_BYTES = 4_000_000
COMMAND = (sys.executable, "-m", "playhead.gateway.cold_start_core")


class ColdStartRequest(Struct, frozen=True):
    """What a cold-start ranking depends on: market, kind of profile, surface."""

    market: Market = "ZZ"
    kind: Kind = "adult"
    surface: Text = "home"


class _Kept(NamedTuple):
    ranking: Ranking
    at_s: float


class ColdStartRankings:
    """Gets rankings from the child process, a line each; answers from the cache, and refreshes it meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child: Process | None = None
        self._asked: deque[asyncio.Future[Ranking]] = deque()
        self._kept: OrderedDict[ColdStartRequest, _Kept] = OrderedDict()
        self._asking: dict[ColdStartRequest, asyncio.Task[Ranking]] = {}
        self.ready = asyncio.Event()
        """Set once the child has read titles and models."""

    async def ranking(self, asked: ColdStartRequest) -> Ranking:
        """The cold-start ranking for a request; a second old at most if it was asked for lately.

        Raises:
            Unavailable: the child doesn't answer.
        """
        kept = self._kept.get(asked)
        if kept is None or time.monotonic() - kept.at_s > FRESH_S:
            asking = self._asking.get(asked) or self._begin(asked)
            if kept is None:
                try:
                    return await asyncio.wait_for(asyncio.shield(asking), WAIT_S)
                except TimeoutError as error:
                    raise Unavailable("Rankings for cold-start users are not ready.", "Ask again.") from error
        assert kept is not None
        return kept.ranking

    def _begin(self, asked: ColdStartRequest) -> "asyncio.Task[Ranking]":
        task = asyncio.create_task(self._ask(asked))
        self._asking[asked] = task
        task.add_done_callback(lambda done: self._end(asked, done))
        return task

    def _end(self, asked: ColdStartRequest, done: "asyncio.Task[Ranking]") -> None:
        self._asking.pop(asked, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[asked] = _Kept(done.result(), time.monotonic())
        self._kept.move_to_end(asked)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _ask(self, asked: ColdStartRequest) -> Ranking:
        if self._child is None or self._child.stdin is None or not self.ready.is_set():
            raise Unavailable("Rankings for cold-start users are not ready.", "Ask again in a moment.")
        answer: asyncio.Future[Ranking] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._child.stdin.write(msgspec.json.encode(asked) + b"\n")
        return await answer

    async def run(self) -> None:
        """Keeps the child process alive for ever."""
        try:
            while True:
                await self._live()
                log.warning("the process that ranks for cold-start users ended; it starts again")
                await asyncio.sleep(RESTART_S)
        finally:
            if self._child is not None and self._child.returncode is None:
                with suppress(ProcessLookupError):
                    self._child.kill()
                await self._child.wait()

    async def _live(self) -> None:
        self._child = child = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(self._settings),
            limit=LINE_BYTES,
        )
        assert child.stdout is not None
        decode = msgspec.json.Decoder(Ranking).decode
        try:
            await child.stdout.readline()  # the first one says that it is ready
            self.ready.set()
            while line := await child.stdout.readline():
                if not (answer := self._asked.popleft()).done():
                    answer.set_result(decode(line))
        finally:
            self.ready.clear()
            while self._asked:
                if not (answer := self._asked.popleft()).done():
                    answer.set_exception(
                        Unavailable("The ranking for cold-start users was lost.", "Ask again.")
                    )


def _environment(settings: Settings) -> dict[str, str]:
    own = {f"PLAYHEAD_{each.name.upper()}": str(getattr(settings, each.name)) for each in fields(settings)}
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **own}

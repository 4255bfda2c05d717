"""The child process that makes cold-start rankings: a request a line on standard input, a ranking a line on standard output.

It follows titles and models as a personalize worker does, and ends when its parent closes the pipe.
"""

import asyncio
import sys
import time

import msgspec

from playhead.domain.rankings import Cause
from playhead.domain.topics import MODELS, RULES, TAGS, TITLES
from playhead.features.request import cold_start_request
from playhead.gateway.cold_start import LINE_BYTES, ColdStartRequest
from playhead.gateway.loop import run
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.page.records import Stamp, encode_rankings
from playhead.ranking.pipeline import rank
from playhead.recipe import RECIPE
from playhead.runtime import logs
from playhead.runtime.follower import Follower
from playhead.runtime.settings import Settings, from_environment
from playhead.runtime.topology import layout
from playhead.runtime.warmup import warm_up
from playhead.signals.identity import Identity

NOBODY = "-"
"""Placeholder for the profile id until the ranking is sent."""


class ColdStartCore:
    """The core of a personalize worker, for empty records."""

    def __init__(self) -> None:
        self.followed = FollowerState()
        self._views = MarketSnapshotCache(self.followed)

    def rank(self, asked: ColdStartRequest, now_ms: int) -> bytes:
        """The ranking of a profile of which only the request is known; all filters apply."""
        identity = Identity(market=asked.market, kind=asked.kind)
        request = cold_start_request(NOBODY, identity, now_ms, asked.surface)
        cause = Cause(event_id=f"{asked.market}-{asked.kind}", partition=-1, offset=-1, occurred_at=now_ms)
        result = rank(RECIPE.pipeline, [(self._views.of(asked.market, request.identity.kind), [request])])
        # Version 0 is below every version of a profile that has acted; the time tells two rankings apart.
        [encoded] = encode_rankings(result, [Stamp(0, cause, now_ms)], RECIPE.page)
        named = f"{now_ms:x}-{encoded.ranking_id}"[: len(encoded.ranking_id)]
        return encoded.ranking.replace(encoded.ranking_id.encode(), named.encode(), 1)


async def serve(settings: Settings) -> None:
    """Answers requests until the pipe is closed."""
    core = ColdStartCore()
    core.followed.spread = (await asyncio.to_thread(layout, settings)).shards
    follower = Follower(settings, (TITLES, TAGS, RULES, MODELS), core.followed.follow)
    following = asyncio.create_task(follower.run())
    answering = asyncio.create_task(_answer(core, follower))
    done, waiting = await asyncio.wait({following, answering}, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    for task in done:
        task.result()


async def _answer(core: ColdStartCore, follower: Follower) -> None:
    questions = asyncio.StreamReader(limit=LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    await asyncio.gather(*(follower.caught_up(topic) for topic in (TITLES, TAGS, RULES, MODELS)))
    _say(b"ready")
    while line := await questions.readline():
        _say(core.rank(msgspec.json.decode(line, type=ColdStartRequest), time.time_ns() // 1_000_000))


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    settings = from_environment()
    logs.configure(settings)
    warm_up()
    run(serve(settings))

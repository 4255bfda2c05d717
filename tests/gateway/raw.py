"""A gateway on a real socket without a broker, and bytes to it as no HTTP client would send them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from playhead.gateway.access import Key
from playhead.gateway.connections import Connections
from playhead.gateway.listening import listening
from playhead.gateway.loop import run
from playhead.gateway.server import application
from playhead.gateway.state import GatewayState, make_state
from playhead.runtime.settings import Settings

NOWHERE = "127.0.0.1:1"


class Gate(NamedTuple):
    """Where it listens, and what it holds."""

    port: int
    state: GatewayState
    connections: Connections
    wires: list["Wire"]

    async def connect(self) -> "Wire":
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port))
        self.wires.append(wire)
        return wire

    async def says(self, *parts: bytes) -> bytes:
        """All that is answered to these bytes until it closes, or is silent for a moment."""
        wire = await self.connect()
        for part in parts:
            wire.outgoing.write(part)
            await asyncio.sleep(0.01)
        received = await wire.all_within(0.5)
        wire.outgoing.close()
        return received


class Wire(NamedTuple):
    """A connection."""

    incoming: asyncio.StreamReader
    outgoing: asyncio.StreamWriter

    async def all_within(self, seconds: float) -> bytes:
        """What comes until the end, or for so long."""
        received = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while more := await self.incoming.read(65_536):
                    received += more
        except (TimeoutError, ConnectionError):  # an end with a request unread is a reset
            pass
        return bytes(received)

    async def ended_within(self, seconds: float) -> bool:
        """Whether the gateway ends it in that time, whatever it still says."""
        try:
            async with asyncio.timeout(seconds):
                while await self.incoming.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


@asynccontextmanager
async def _gate(settings: Settings, *more: web.RouteDef) -> AsyncIterator[Gate]:
    state = make_state(settings, lambda *_: None)
    app = application(state, Key(""))
    app.add_routes(more)
    try:
        async with listening(app, settings, "127.0.0.1", 0) as (url, connections):
            gate = Gate(int(urlsplit(url).port or 0), state, connections, [])
            yield gate
            for wire in gate.wires:
                wire.outgoing.close()
            state.stopping.set()
    finally:
        state.lookup.close()


def visit(story: Callable[[Gate], Awaitable[None]], *more: web.RouteDef, **settings: float) -> None:
    """Runs the story with a gateway of these bounds, without a broker."""

    async def run_story() -> None:
        async with _gate(Settings(bootstrap=NOWHERE, **settings), *more) as gate:  # type: ignore[arg-type]
            await story(gate)

    run(run_story())


def statuses(received: bytes) -> list[int]:
    """The status of each answer in a connection's bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]

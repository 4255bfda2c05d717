"""Limits on client connections: how many there may be, and how long a client may take to send a request and read the answer.

aiohttp closes connections that are idle between two requests; those that never send a first one, or never read, are closed here.
"""

import asyncio
import time
from typing import Any, cast

import msgspec
from aiohttp import web

from playhead.gateway.problems import PROBLEM_JSON, RETRY_AFTER_S, Refused
from playhead.gateway.room import Room, peer_of
from playhead.observe import metrics
from playhead.runtime.settings import Settings

LOOK_S = 1.0
CHECKED_AT_ONCE = 256
"""Connections that are checked without yielding to requests: a fraction of a millisecond."""
LINGERING_S = 2.0
"""How long the rest of a refused body is read, so that its sender gets to the answer."""
LEAST_READ = 16 * 1024
"""Bytes of a large answer that are to be read within the time in which a small one is: half a kilobyte a second."""
REFUSING_S = 1.0
MOST_REFUSED = 256
"""Refused connections that may take their second to read why; more are closed without an answer."""
MAX_LINE = 256 * 1024
"""A request's first line: as many titles as may be asked for at once, their ids as long as they may be."""


class Connections:
    """All open connections; the listening socket calls this object for the protocol of each."""

    def __init__(self, settings: Settings, server: web.Server) -> None:
        self.room = Room(settings.gateway_connections, settings.gateway_connections_per_peer)
        self.open: set[Connection] = set()
        self.refused = 0
        self._server = server
        self._settings = settings
        metrics.GATEWAY_CONNECTIONS.set_function(lambda: self.room.count)

    def __call__(self) -> "Connection":
        """The protocol object of one more connection."""
        return Connection(self, self._server, self._settings)

    async def run(self) -> None:
        """Closes connections that are too slow, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            for number, connection in enumerate(tuple(self.open), 1):
                connection.look(time.monotonic())
                if number % CHECKED_AT_ONCE == 0:
                    await asyncio.sleep(0)


class Connection(web.RequestHandler):
    """aiohttp's connection handler, with limits."""

    __slots__ = (
        "_all",
        "_head_s",
        "_kept_up_s",
        "_peer",
        "_since_s",
        "_unread",
        "_wire",
        "_write_s",
        "asked",
    )

    def __init__(self, connections: Connections, server: web.Server, settings: Settings) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            max_line_size=MAX_LINE,
            keepalive_timeout=settings.gateway_idle_s,
            lingering_time=LINGERING_S,
        )
        self.asked = False
        """Whether a request's head has come: from then on aiohttp closes the connection when it is idle."""
        self._all = connections
        self._head_s = settings.gateway_head_s
        self._write_s = settings.gateway_write_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepts the connection, or refuses it above the limit."""
        self._wire = cast("asyncio.Transport", transport)
        self._peer = peer_of(transport.get_extra_info("peername"))
        bound = self._all.room.full_for(self._peer)
        if bound is not None:
            metrics.GATEWAY_REFUSED.labels("connection", bound).inc()
            self._wire.set_protocol(_Refusal(self._all, self._wire))
            return
        self._since_s = self._kept_up_s = time.monotonic()
        self._unread = 0
        self._all.room.enter(self._peer)
        self._all.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Releases the place of the connection."""
        self._all.room.leave(self._peer)
        self._all.open.discard(self)
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Notes that the client reads again."""
        self._kept_up_s = time.monotonic()
        super().resume_writing()

    def look(self, now_s: float) -> None:
        """Closes the connection if its client is too slow."""
        if not self.asked and now_s - self._since_s > self._head_s:
            self._end("head")
        elif self._keeps_up():
            self._kept_up_s = now_s
        elif now_s - self._kept_up_s > self._write_s:
            self._end("answer")

    def _keeps_up(self) -> bool:
        """Whether the client has read all that was written, or enough of it lately."""
        unread = self._wire.get_write_buffer_size()
        if unread and unread > self._unread - LEAST_READ:
            self._unread = max(self._unread, unread)
            return False
        self._unread = unread
        return True

    def _end(self, part: str) -> None:
        metrics.GATEWAY_SLOW.labels(part).inc()
        self._all.open.discard(self)
        # Not close: that waits until what is to be written is written.
        self._wire.abort()


class _Refusal(asyncio.Protocol):
    """A connection above the limit: answers any request with a refusal, and closes."""

    def __init__(self, connections: Connections, wire: asyncio.Transport) -> None:
        self._all = connections
        connections.refused += 1
        if connections.refused > MOST_REFUSED:
            wire.abort()
            return
        wire.write(_NO_ROOM)
        # Closed at once, with a request unread, the kernel would take the answer back.
        wire.write_eof()
        asyncio.get_running_loop().call_later(REFUSING_S, wire.abort)

    def connection_lost(self, _: Exception | None) -> None:
        self._all.refused -= 1


def _no_room() -> bytes:
    problem = Refused(
        503, "The gateway has no room for one more connection.", "Come again, with fewer at a time."
    ).problem
    body = msgspec.json.encode(problem)
    head = (
        f"HTTP/1.1 503 {problem.title}\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {len(body)}\r\n"
        f"Retry-After: {RETRY_AFTER_S}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_NO_ROOM = _no_room()


def asked(request: web.Request) -> None:
    """Notes that a connection has sent the head of a request."""
    protocol: Any = request.protocol
    if isinstance(protocol, Connection):
        protocol.asked = True

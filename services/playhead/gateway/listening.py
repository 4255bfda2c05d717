"""The listening socket, and its shutdown: first no more new connections, then those that are open."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from playhead.domain.errors import Unavailable
from playhead.gateway.connections import Connections
from playhead.runtime.logs import Log
from playhead.runtime.settings import Settings

log = Log(__name__)

GRACE_S = 2.0
BACKLOG = 1_024
OTHER_FILES = 256
"""Files open beside connections: Kafka's, the child's pipes, the log."""


@asynccontextmanager
async def listening(
    app: web.Application, settings: Settings, host: str, port: int
) -> AsyncIterator[tuple[str, Connections]]:
    """Serves while the block runs; yields its address and its connections.

    Raises:
        Unavailable: the port is taken.
    """
    # A client that leaves cancels its handler: otherwise a stream would count as open until its next message.
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=GRACE_S, handler_cancellation=True)
    await runner.setup()
    try:
        assert runner.server is not None
        connections = Connections(within_files(settings), runner.server)
        try:
            server = await asyncio.get_running_loop().create_server(connections, host, port, backlog=BACKLOG)
        except OSError as error:
            raise Unavailable(
                f"{host}:{port} can't be listened on: {error.strerror or error}.",
                "Choose another --port; 0 takes a free one.",
            ) from error
        looking = asyncio.ensure_future(connections.run())
        try:
            yield _url(server), connections
        finally:
            server.close()
            looking.cancel()
    finally:
        await runner.cleanup()


def within_files(settings: Settings) -> Settings:
    """The settings, with no more connections than this process may have open files; that limit is raised first.

    A connection that can't be accepted for want of a file would hold up all others.
    """
    wanted = settings.gateway_connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return settings
    most = max(1, soft - OTHER_FILES)
    log.warning("fewer connections than set, for want of files", connections=most, repair="Raise ulimit -n.")
    return replace(settings, gateway_connections=most)


def _url(server: asyncio.Server) -> str:
    host, port = server.sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

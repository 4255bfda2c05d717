"""Server-sent events: a stream of messages with an id, and a comment now and then that keeps connections open."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from playhead.gateway.problems import Refused
from playhead.gateway.room import peer_of
from playhead.gateway.state import STATE
from playhead.observe import metrics

HEARTBEAT_S = 15.0


def message(event: str, data: bytes, event_id: str = "") -> bytes:
    r"""One message; ``data`` has no line breaks, as compact JSON has none.

    >>> message("ranking", b"{}", "41")
    b'event: ranking\nid: 41\ndata: {}\n\n'
    """
    named = f"id: {event_id}\n" if event_id else ""
    return f"event: {event}\n{named}".encode() + b"data: " + data + b"\n\n"


async def stream(
    request: web.Request, name: str, next_message: Callable[[], Awaitable[bytes]]
) -> web.StreamResponse:
    """Sends messages until the client disconnects or the gateway stops.

    Raises:
        Refused: there are too many streams.
    """
    state, peer = request.app[STATE], peer_of(request.get_extra_info("peername"))
    bound = state.streams.full_for(peer)
    if bound is not None:
        metrics.GATEWAY_REFUSED.labels("stream", bound).inc()
        whose = "all" if bound == "all" else "this address"
        raise Refused(503, f"Too many streams of {whose} are open.", "Come again, or ask without a stream.")
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    state.streams.enter(peer)
    metrics.GATEWAY_STREAMS.labels(name).inc()
    stopping = asyncio.ensure_future(state.stopping.wait())
    following = asyncio.ensure_future(next_message())
    try:
        await response.prepare(request)
        while not stopping.done():
            await asyncio.wait(
                {following, stopping}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if following.done():
                # Waits while the client's buffer is full; what comes meanwhile replaces what waits.
                await response.write(following.result())
                following = asyncio.ensure_future(next_message())
            elif not stopping.done():
                await response.write(b": still here\n\n")
    except (ConnectionError, StopAsyncIteration):
        pass
    finally:
        state.streams.leave(peer)
        metrics.GATEWAY_STREAMS.labels(name).dec()
        following.cancel()
        stopping.cancel()
        # The caller may close its source of messages only when nothing waits for a message any more.
        await asyncio.wait({following, stopping})
    return response

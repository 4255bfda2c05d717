"""Clients that are too many or too slow: they are refused or ended, and the others do not notice."""

import asyncio
import json
import resource
import socket
import time
from collections.abc import Callable

import pytest
from aiohttp import web
from tests.gateway.raw import Gate, statuses, visit

from playhead.gateway import connections, listening, live_stats
from playhead.gateway.room import Room
from playhead.gateway.sse import stream
from playhead.observe import metrics
from playhead.runtime.settings import Settings

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
STREAM = b"GET /v1/profiles/p/ranking/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
BIG = b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOOK_S", 0.02)
    monkeypatch.setattr(connections, "LINGERING_S", 0.1)


def counted(what: str) -> Callable[[], float]:
    begin = metrics.GATEWAY_SLOW.labels(what)._value.get()
    return lambda: float(metrics.GATEWAY_SLOW.labels(what)._value.get() - begin)


@pytest.mark.parametrize("half", [b"", GET[:20], GET[:-1]])
def test_who_does_not_finish_the_head_of_a_request_is_ended(half: bytes) -> None:
    async def story(gate: Gate) -> None:
        slow = counted("head")
        wire = await gate.connect()
        wire.outgoing.write(half)
        assert await wire.ended_within(2)
        assert slow() == 1

    visit(story, gateway_head_s=0.1)


def test_who_sends_a_head_a_byte_at_a_time_gains_nothing() -> None:
    async def story(gate: Gate) -> None:
        wire = await gate.connect()
        until_s = time.monotonic() + 5
        ended = asyncio.ensure_future(wire.ended_within(5))
        wire.outgoing.write(b"GET /healthz HTTP/1.1\r\nX-Long: ")
        while not ended.done() and time.monotonic() < until_s:
            wire.outgoing.write(b"x")
            await asyncio.sleep(0.01)
        assert await ended

    visit(story, gateway_head_s=0.2)


def test_who_has_asked_once_is_kept_until_it_is_idle_too_long() -> None:
    async def story(gate: Gate) -> None:
        wire = await gate.connect()
        for _ in range(3):
            wire.outgoing.write(GET)
            await asyncio.sleep(0.2)  # longer than for a first head
        wire.outgoing.write(GET[:20])  # half of one more
        begun_s = time.monotonic()
        received = await wire.all_within(5)
        assert statuses(received) == [200, 200, 200]
        assert time.monotonic() - begun_s < 4

    visit(story, gateway_head_s=0.1, gateway_idle_s=0.5)


def test_a_body_that_does_not_come_is_answered_and_ended() -> None:
    async def story(gate: Gate) -> None:
        slow = counted("body")
        wire = await gate.connect()
        wire.outgoing.write(POST + b"[")
        received = await wire.all_within(3)
        assert statuses(received) == [408]
        assert b"nothing of it was taken" in received
        assert await wire.ended_within(1)
        assert slow() == 1

    visit(story, gateway_body_s=0.1)


async def big(_: web.Request) -> web.Response:
    return web.Response(body=b"x" * 32_000_000)


async def deaf(gate: Gate, request: bytes) -> socket.socket:
    """A client that asks and reads nothing, with next to no room for what comes."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", gate.port))
    await asyncio.get_running_loop().sock_sendall(client, request)
    return client


async def until(condition: Callable[[], bool], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what it waits for is not its own
            await asyncio.sleep(0.01)


def test_who_does_not_read_an_answer_is_ended_and_who_reads_it_slowly_is_not() -> None:
    async def story(gate: Gate) -> None:
        slow = counted("answer")
        client = await deaf(gate, BIG)
        await until(lambda: gate.connections.room.count == 1)
        await until(lambda: gate.connections.room.count == 0)
        assert slow() == 1
        client.close()
        # 32 MB in pieces, over more than the time that an answer may wait for nothing to be read of it.
        wire = await gate.connect()
        wire.outgoing.write(BIG)
        read = 0
        while read < 32_000_000:
            read += len(await wire.incoming.readexactly(min(1_000_000, 32_000_000 - read)))
            await asyncio.sleep(0.05)
        assert slow() == 1

    visit(story, web.get("/big", big), gateway_write_s=1.0)


def test_a_stream_that_nobody_reads_is_ended() -> None:
    async def story(gate: Gate) -> None:
        client = await deaf(gate, BIG)
        await until(lambda: gate.state.streams.count == 1)
        await until(lambda: gate.state.streams.count == 0)
        client.close()

    async def endless() -> bytes:
        await asyncio.sleep(0)
        return b"x" * 100_000

    async def flood(request: web.Request) -> web.StreamResponse:
        return await stream(request, "ranking", endless)

    visit(story, web.get("/big", flood), gateway_write_s=0.2)


def refused(received: bytes) -> bool:
    head, _, body = received.partition(b"\r\n\r\n")
    return (
        statuses(received) == [503]
        and b"\r\nRetry-After: 1\r\n" in head
        and b"\r\nConnection: close" in head
        and json.loads(body)["repair"] != ""
    )


@pytest.mark.parametrize("bounds", [{"gateway_connections": 2}, {"gateway_connections_per_peer": 2}])
def test_connections_beyond_the_bound_are_told_so_and_closed(bounds: dict[str, int]) -> None:
    async def story(gate: Gate) -> None:
        first, second = await gate.connect(), await gate.connect()
        for wire in (first, second):
            wire.outgoing.write(GET)
        await until(lambda: gate.connections.room.count == 2)
        assert refused(await gate.says(GET))
        assert refused(await gate.says())  # also who says nothing
        first.outgoing.close()
        await until(lambda: gate.connections.room.count == 1)
        assert statuses(await gate.says(GET)) == [200]
        assert statuses(await second.all_within(0.1)) == [200]  # and who was in has noticed nothing
        await until(lambda: gate.connections.refused == 0)

    visit(story, **bounds)


def test_a_crowd_that_is_refused_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_REFUSED", 3)
    monkeypatch.setattr(connections, "REFUSING_S", 0.2)

    async def story(gate: Gate) -> None:
        wires = [await gate.connect() for _ in range(10)]
        received = [await wire.all_within(2) for wire in wires]
        assert sorted(map(refused, received)) == [False] * 7 + [True] * 3
        await until(lambda: gate.connections.refused == 0)

    visit(story, gateway_connections=0)


@pytest.mark.parametrize("bounds", [{"gateway_streams": 2}, {"gateway_streams_per_peer": 2}])
def test_streams_beyond_the_bound_are_refused_and_who_leaves_makes_room(bounds: dict[str, int]) -> None:
    async def story(gate: Gate) -> None:
        wires = [await gate.connect() for _ in range(2)]
        for wire in wires:
            wire.outgoing.write(STREAM)
        await until(lambda: gate.state.streams.count == 2)
        assert statuses(await gate.says(STREAM)) == [503]
        assert statuses(await gate.says(GET)) == [200]
        wires[0].outgoing.close()
        await until(lambda: gate.state.streams.count == 1, 1)  # not only with its next message
        assert statuses(await gate.says(STREAM)) == [200]

    visit(story, **bounds)


def test_room_forgets_who_has_left() -> None:
    room = Room(2, 1)
    room.enter("a")
    assert (room.full_for("a"), room.full_for("b")) == ("peer", None)
    room.enter("b")
    assert room.full_for("c") == "all"
    room.leave("a")
    assert room.full_for("a") is None
    assert list(room._peers) == ["b"]


def test_connections_are_no_more_than_files_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(1_024, 2_000)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: limits.append(to))
    assert listening.within_files(Settings(gateway_connections=1_500)).gateway_connections == 1_500
    assert limits[-1] == (1_756, 2_000)
    assert listening.within_files(Settings(gateway_connections=3_000)).gateway_connections == 1_744
    assert limits[-1] == (2_000, 2_000)


def test_who_leaves_a_stream_while_it_waits_for_a_message_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def nothing(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(live_stats, "follow", nothing)

    async def story(gate: Gate) -> None:
        wire = await gate.connect()
        wire.outgoing.write(STREAM.replace(b"profiles/p/ranking", b"crowd"))
        await wire.incoming.readuntil(b"event: crowd")
        await asyncio.sleep(0.1)
        wire.outgoing.close()
        await until(lambda: not gate.state.streams.count)
        await asyncio.sleep(0.1)
        assert "request failed" not in caplog.text

    visit(story)

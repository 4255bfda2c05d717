"""Bytes that are no proper HTTP: no request hides in another, nothing is held for them, each gets an answer or an end."""

import asyncio
from itertools import pairwise

import pytest
from tests.gateway.raw import Gate, statuses, visit

HOST = b"Host: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /v1/events HTTP/1.1\r\n" + HOST + JSON
HIDDEN = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(HIDDEN)


@pytest.mark.parametrize(
    "request_",
    [
        POST + LENGTH + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
        POST + CHUNKED + LENGTH + b"\r\n0\r\n\r\n" + HIDDEN,
        POST + LENGTH + b"Content-Length: 0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 0\r\n" + LENGTH + b"\r\n" + HIDDEN,
        POST + b"Content-Length: 0, 5\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length : 0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 0x5\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"X-Folded: a\r\n Content-Length: 5\r\n\r\n" + HIDDEN,  # obs-fold
        POST + b"X-Bare: a\nContent-Length: 0\r\n\r\n" + HIDDEN,  # a bare line feed
        POST + b"X-Bare: a\rContent-Length: 0\r\n\r\n" + HIDDEN,
        POST + b"X-Nul: a\x00b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
        POST + CHUNKED + b"\r\n-1\r\n\r\n" + HIDDEN,
        POST + CHUNKED + b"\r\n0x0\r\n\r\n" + HIDDEN,
        POST + CHUNKED + b"\r\n1\r\n[]\r\n0\r\n\r\n" + HIDDEN,  # a chunk that is longer than it says
        POST.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\n") + b"Content-Length: 0\r\n\r\n" + HIDDEN,
        HOST + HIDDEN,
        b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + HIDDEN,  # two hosts
    ],
)
def test_no_request_hides_behind_one_whose_end_is_in_doubt(request_: bytes) -> None:
    async def story(gate: Gate) -> None:
        # In one piece, and cut at each of some places.
        for parts in ((request_,), tuple(request_[a:b] for a, b in pairwise((0, 60, 90, len(request_))))):
            codes = statuses(await gate.says(*parts))
            assert 200 not in codes
            assert codes in ([400], [])

    visit(story)


def test_what_ends_where_it_says_is_answered_and_so_is_what_follows() -> None:
    async def story(gate: Gate) -> None:
        proper = POST + b"Content-Length: 2\r\n\r\n[]"
        assert statuses(await gate.says(proper + HIDDEN)) == [400, 200]
        chunked = POST + CHUNKED + b"\r\n2\r\n[]\r\n0\r\n\r\n"
        assert statuses(await gate.says(chunked + HIDDEN)) == [400, 200]

    visit(story)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Large: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X" * 70_000 + b": 1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(5_000)) + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Endless: " + b"x" * 4_000_000,
    ],
)
def test_a_head_without_measure_is_refused(head: bytes) -> None:
    async def story(gate: Gate) -> None:
        wire = await gate.connect()
        wire.outgoing.write(head)
        assert statuses(await wire.all_within(1)) in ([400], [])
        assert await wire.ended_within(1)
        assert statuses(await gate.says(HIDDEN)) == [200]

    visit(story)


def test_a_thousand_streams_are_served_and_the_rest_is_told_to_come_again() -> None:
    async def story(gate: Gate) -> None:
        ask = b"GET /v1/profiles/p/ranking/stream HTTP/1.1\r\n" + HOST + b"\r\n"
        wires = [await gate.connect() for _ in range(1_250)]
        for wire in wires:
            wire.outgoing.write(ask)
        heads = await asyncio.gather(*(wire.incoming.readuntil(b"\r\n") for wire in wires))
        assert [sum(b" %d " % status in head for head in heads) for status in (200, 503)] == [1_000, 250]
        assert statuses(await gate.says(HIDDEN)) == [200]  # the others are answered
        for wire in wires:
            wire.outgoing.close()
        async with asyncio.timeout(5):
            while gate.connections.room.count or gate.state.streams.count:  # noqa: ASYNC110 - it is not its own
                await asyncio.sleep(0.01)

    visit(story)

"""``GET /v1/profiles/{id}/ranking`` and its stream: the newest ranking, now and as it changes."""

import asyncio
from typing import NamedTuple

import msgspec
from aiohttp import web

from playhead.domain.errors import Unavailable
from playhead.domain.fields import MATURITY
from playhead.domain.rankings import Ranking
from playhead.gateway.cold_start import ColdStartRequest
from playhead.gateway.contract import RankingQuery
from playhead.gateway.newest import Place
from playhead.gateway.requests import json_response, profile_of, query_of
from playhead.gateway.sse import message, stream
from playhead.gateway.state import STATE, GatewayState

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Ranking).decode


AGAIN_S = 0.2
"""What can't be had for a stream yet is asked for again after this; what comes first, comes first."""


class Shelf(NamedTuple):
    """A ranking as it is sent: its version, its ETag, its bytes."""

    version: int
    etag: str
    body: bytes


async def get_ranking(request: web.Request) -> web.Response:
    """The newest ranking, byte for byte as it is on the topic; a stranger's where there is none."""
    house, profile_id = request.app[STATE], profile_of(request)
    query = query_of(request, RankingQuery)
    shelf = await _shelf(house, profile_id, query, await house.shelves.newest.find(profile_id.encode()))
    headers = {"ETag": shelf.etag, "Cache-Control": "private, no-cache"}
    if _matches(request, shelf.etag):
        return web.Response(status=304, headers=headers)
    return json_response(shelf.body, headers=headers)


async def stream_ranking(request: web.Request) -> web.StreamResponse:
    """Each ranking from now on, the newest at once; a client that is slow misses some, never the newest."""
    house, profile_id = request.app[STATE], profile_of(request)
    query, key = query_of(request, RankingQuery), profile_id.encode()
    slot = house.shelves.watch(key)
    seen = request.headers.get("Last-Event-ID", "")

    async def next_message() -> bytes:
        while True:
            found = await slot.next()
            try:
                shelf = await _shelf(house, profile_id, query, found)
            except Unavailable:
                await asyncio.sleep(AGAIN_S)
                slot.put_back(found)
            else:
                return message("ranking" if found else "stranger", shelf.body, shelf.etag.strip('"'))

    try:
        found = await house.shelves.newest.find(key)
        if found is None or f"{found[0].version}-{found[0].tag}" != seen:
            slot.put(found)
        return await stream(request, "ranking", next_message)
    finally:
        house.shelves.leave(key, slot)


async def _shelf(
    house: GatewayState, profile_id: str, query: RankingQuery, found: tuple[Place, bytes] | None
) -> Shelf:
    limit = MATURITY.get(query.kind or "adult")
    if found is not None:
        place, body = found
        tag = f"{place.version}-{place.tag}"
        if limit is None:
            return Shelf(place.version, f'"{tag}"', body)
        # The ranking does not say for what kind of profile it was made, so what the client says is held to as well.
        suitable = await _suitable(house, _decode(body), limit)
        return Shelf(place.version, f'"{tag}-{query.kind}"', _encode(suitable))
    stranger = ColdStartRequest(query.market or "ZZ", query.kind or "adult", query.surface or "home")
    ranking = await house.strangers.ranking(stranger)
    own = msgspec.structs.replace(ranking, profile_id=profile_id)
    return Shelf(0, f'"0-{ranking.ranking_id}"', _encode(own))


async def _suitable(house: GatewayState, ranking: Ranking, limit: int) -> Ranking:
    """The ranking without what is not rated, or rated for older ones."""
    named = {item.title_id for item in ranking.items}.union(*(row.title_ids for row in ranking.rows))
    rated = dict(zip(named, await asyncio.gather(*map(house.maturity, named)), strict=True))

    def may(title_id: str) -> bool:
        rating = rated[title_id]
        return rating is not None and rating <= limit

    return msgspec.structs.replace(
        ranking,
        items=tuple(item for item in ranking.items if may(item.title_id)),
        rows=tuple(
            msgspec.structs.replace(row, title_ids=tuple(filter(may, row.title_ids))) for row in ranking.rows
        ),
    )


def _matches(request: web.Request, etag: str) -> bool:
    asked = request.headers.get("If-None-Match", "")
    return any(one.strip().removeprefix("W/") in {etag, "*"} for one in asked.split(","))

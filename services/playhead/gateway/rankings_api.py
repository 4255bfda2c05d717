"""Handlers of ``GET /v1/profiles/{id}/ranking`` and its stream: the newest ranking, now and as it changes."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec
from aiohttp import web

from playhead.domain.errors import Unavailable
from playhead.domain.fields import MATURITY
from playhead.domain.rankings import RankedItem, Ranking, Row
from playhead.gateway.cold_start import ColdStartRequest
from playhead.gateway.contract import RankingQuery, RankingWithStories
from playhead.gateway.newest import NewestPosition
from playhead.gateway.requests import json_response, profile_of, query_of
from playhead.gateway.sse import message, stream
from playhead.gateway.state import STATE, GatewayState
from playhead.stories.stories import stories
from playhead.stories.wording import language_of

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Ranking).decode


AGAIN_S = 0.2
"""Wait of a stream before a ranking that could not be had is tried again."""

BECAUSE = "because_"
"""Prefix of the ids of rows that are named after a title."""


class SentRanking(NamedTuple):
    """A ranking as it is sent: its version, its ETag, its bytes."""

    version: int
    etag: str
    body: bytes


async def get_ranking(request: web.Request) -> web.Response:
    """Answers with the newest ranking, byte for byte as it is on the topic; a cold-start ranking where there is none."""
    state, profile_id = request.app[STATE], profile_of(request)
    query = query_of(request, RankingQuery)
    sent = await _sent_ranking(
        state, profile_id, query, await state.rankings.newest.find(profile_id.encode())
    )
    headers = {"ETag": sent.etag, "Cache-Control": "private, no-cache"}
    if _matches(request, sent.etag):
        return web.Response(status=304, headers=headers)
    return json_response(sent.body, headers=headers)


async def stream_ranking(request: web.Request) -> web.StreamResponse:
    """Streams each ranking from now on, the newest at once; a slow client misses some, never the newest."""
    state, profile_id = request.app[STATE], profile_of(request)
    query, key = query_of(request, RankingQuery), profile_id.encode()
    slot = state.rankings.watch(key)
    seen = request.headers.get("Last-Event-ID", "")

    async def next_message() -> bytes:
        while True:
            newest = await slot.next()
            try:
                sent = await _sent_ranking(state, profile_id, query, newest)
            except Unavailable:
                await asyncio.sleep(AGAIN_S)
                slot.put_back(newest)
            else:
                return message("ranking" if newest else "stranger", sent.body, sent.etag.strip('"'))

    try:
        newest = await state.rankings.newest.find(key)
        if newest is None or f"{newest[0].version}-{newest[0].tag}" != seen:
            slot.put(newest)
        return await stream(request, "ranking", next_message)
    finally:
        state.rankings.leave(key, slot)


async def _sent_ranking(
    state: GatewayState, profile_id: str, query: RankingQuery, newest: tuple[NewestPosition, bytes] | None
) -> SentRanking:
    limit, language = MATURITY.get(query.kind or "adult"), language_of(query.language or "")
    if newest is not None:
        place, body = newest
        tag = f"{place.version}-{place.tag}"
        if limit is None and language is None:
            return SentRanking(place.version, f'"{tag}"', body)
        ranking = _decode(body)
        if limit is not None:
            # The ranking does not say for what kind of profile it was made, so the client's kind is applied as well.
            ranking, tag = await _suitable(state, ranking, limit), f"{tag}-{query.kind}"
        return await _with_stories(state, ranking, tag, language)
    asked = ColdStartRequest(query.market or "ZZ", query.kind or "adult", query.surface or "home")
    ranking = await state.cold_start.ranking(asked)
    own = msgspec.structs.replace(ranking, profile_id=profile_id)
    return await _with_stories(state, own, f"0-{ranking.ranking_id}", language)


async def _with_stories(state: GatewayState, ranking: Ranking, tag: str, language: str | None) -> SentRanking:
    """A ranking with its stories, where a language was asked for that has texts."""
    if language is None:
        return SentRanking(ranking.version, f'"{tag}"', _encode(ranking))
    named = sorted(named_in(ranking))
    entries = zip(named, await asyncio.gather(*map(state.title, named)), strict=True)
    titles = {title_id: title for title_id, title in entries if title is not None}
    # In a thread: a text that was not said before takes half a millisecond, and others wait for the event loop.
    why = await asyncio.to_thread(stories, language, ranking, titles)
    ranking_with_stories = RankingWithStories(**msgspec.structs.asdict(ranking), stories=why)
    return SentRanking(ranking.version, f'"{tag}-{language}"', _encode(ranking_with_stories))


async def _suitable(state: GatewayState, ranking: Ranking, limit: int) -> Ranking:
    """The ranking without titles that are not rated, or rated for older viewers."""
    named = sorted(named_in(ranking))
    rated = dict(zip(named, await asyncio.gather(*map(state.maturity, named)), strict=True))

    def may(title_id: str) -> bool:
        rating = rated[title_id]
        return rating is not None and rating <= limit

    return suitable(ranking, may)


def named_in(ranking: Ranking) -> set[str]:
    """Every title that a ranking names: in its list, as a reason, in a row or over one."""
    reasons = {
        reason.title_id for item in ranking.items for reason in item.reasons if reason.title_id is not None
    }
    rows = {title_id for row in ranking.rows for title_id in row.title_ids}
    return (
        {item.title_id for item in ranking.items}
        | reasons
        | rows
        | set(filter(None, map(_cause, ranking.rows)))
    )


def suitable(ranking: Ranking, may: Callable[[str], bool]) -> Ranking:
    """A ranking that names no title but those that may be shown; a row goes with the title that it is named after."""
    kept = (row for row in ranking.rows if (cause := _cause(row)) is None or (cause and may(cause)))
    rows = (_left(row, may) for row in kept)
    return msgspec.structs.replace(
        ranking,
        items=tuple(_shown_item(item, may) for item in ranking.items if may(item.title_id)),
        rows=tuple(row for row in rows if row.title_ids),
    )


def _cause(row: Row) -> str | None:
    """The title that a row is named after: None for no title, "" for one that is not in the row's id."""
    if row.row_id == "more_like_this":
        return ""
    return row.row_id.removeprefix(BECAUSE) if row.row_id.startswith(BECAUSE) else None


def _shown_item(item: RankedItem, may: Callable[[str], bool]) -> RankedItem:
    reasons = tuple(reason for reason in item.reasons if reason.title_id is None or may(reason.title_id))
    return msgspec.structs.replace(item, reasons=reasons)


def _left(row: Row, may: Callable[[str], bool]) -> Row:
    """A row with those of its titles that may be shown."""
    places = [place for place, title_id in enumerate(row.title_ids) if may(title_id)]

    def left(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(values[place] for place in places) if values else ()

    return msgspec.structs.replace(
        row,
        title_ids=left(row.title_ids),
        positions_s=left(row.positions_s),
        artwork_ids=left(row.artwork_ids),
    )


def _matches(request: web.Request, etag: str) -> bool:
    header = request.headers.get("If-None-Match", "")
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in header.split(","))

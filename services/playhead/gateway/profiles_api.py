"""What is known of a profile, the receipt of its erasure, titles by their ids, and the crowd."""

import msgspec
from aiohttp import web

from playhead.gateway.contract import TitlesAnswer, TitlesQuery
from playhead.gateway.problems import Refused
from playhead.gateway.requests import json_response, profile_of, query_of
from playhead.gateway.sse import message, stream
from playhead.gateway.state import STATE

_encode = msgspec.json.Encoder().encode


async def get_profile(request: web.Request) -> web.Response:
    """Everything that is remembered of a profile, signal by signal."""
    profile_id = profile_of(request)
    state = await request.app[STATE].profiles.state(profile_id)
    if state is None:
        raise Refused(404, "Nothing is known of this profile.", "It has not acted yet, or was forgotten.")
    return json_response(_encode(state))


async def get_erasure(request: web.Request) -> web.Response:
    """The receipt of the newest erasure of a profile, as it is on the topic."""
    found = await request.app[STATE].receipts.find(profile_of(request).encode())
    if found is None:
        raise Refused(
            404,
            "There is no receipt.",
            "Ask for the erasure with DELETE; the receipt follows within a minute.",
        )
    return json_response(found[1])


async def get_titles(request: web.Request) -> web.Response:
    """Entries of the catalogue by id, in the order asked for."""
    titles = request.app[STATE].titles
    found = [await titles.find(each.encode()) for each in query_of(request, TitlesQuery).id]
    answer = TitlesAnswer(titles=[msgspec.Raw(one[1]) for one in found if one is not None])
    return json_response(_encode(answer))


async def stream_crowd(request: web.Request) -> web.StreamResponse:
    """What all viewers do, twice a second."""
    pictures = request.app[STATE].crowd.pictures()

    async def next_message() -> bytes:
        return message("crowd", _encode(await anext(pictures)))

    try:
        return await stream(request, "crowd", next_message)
    finally:
        await pictures.aclose()

"""Handlers for the stored state of a profile, the receipt of its erasure, titles by their ids, and live statistics."""

import msgspec
from aiohttp import web

from playhead.gateway.contract import TitlesAnswer, TitlesQuery
from playhead.gateway.problems import Refused
from playhead.gateway.requests import json_response, profile_of, query_of
from playhead.gateway.sse import message, stream
from playhead.gateway.state import STATE

_encode = msgspec.json.Encoder().encode


async def get_profile(request: web.Request) -> web.Response:
    """Answers with the stored state of a profile, signal by signal."""
    profile_id = profile_of(request)
    state = await request.app[STATE].profiles.state(profile_id)
    if state is None:
        raise Refused(404, "Nothing is known of this profile.", "It has not acted yet, or was forgotten.")
    return json_response(_encode(state))


async def get_erasure(request: web.Request) -> web.Response:
    """Answers with the receipt of a profile's newest erasure, as it is on the topic."""
    receipt = await request.app[STATE].receipts.find(profile_of(request).encode())
    if receipt is None:
        raise Refused(
            404,
            "There is no receipt.",
            "Ask for the erasure with DELETE; the receipt follows within a minute.",
        )
    return json_response(receipt[1])


async def get_titles(request: web.Request) -> web.Response:
    """Answers with entries of the catalogue by id, in the order asked for, and their tags."""
    state = request.app[STATE]
    asked = [title_id.encode() for title_id in query_of(request, TitlesQuery).id]
    entries = [await state.titles.find(title_id) for title_id in asked]
    answer = TitlesAnswer(
        titles=[msgspec.Raw(entry[1]) for entry in entries if entry is not None],
        tags=[tags_of for title_id in asked if (tags_of := await state.title_tags(title_id)) is not None],
    )
    return json_response(_encode(answer))


async def stream_live_stats(request: web.Request) -> web.StreamResponse:
    """Streams live statistics of all viewers, twice a second."""
    pictures = request.app[STATE].live_stats.pictures()

    async def next_message() -> bytes:
        return message("crowd", _encode(await anext(pictures)))

    try:
        return await stream(request, "crowd", next_message)
    finally:
        await pictures.aclose()


async def stream_trial_stats(request: web.Request) -> web.StreamResponse:
    """Streams results of experiments and take fractions of pictures, once a second."""
    reports = request.app[STATE].trial_stats.reports()

    async def next_message() -> bytes:
        return message("experiments", _encode(await anext(reports)))

    try:
        return await stream(request, "experiments", next_message)
    finally:
        await reports.aclose()

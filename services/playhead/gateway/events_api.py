"""Handlers of ``POST /v1/events`` and ``DELETE /v1/profiles/{id}``."""

import asyncio
import time
from urllib.parse import quote
from uuid import uuid4

import msgspec
from aiohttp import web

from playhead.domain.events import ProfileErased
from playhead.domain.topics import EVENTS
from playhead.gateway.contract import ErasureAsked
from playhead.gateway.intake import MAX_BODY
from playhead.gateway.problems import Refused
from playhead.gateway.requests import json_response, profile_of
from playhead.gateway.state import STATE
from playhead.observe import metrics

JSON, NDJSON = "application/json", "application/x-ndjson"
_encode = msgspec.json.Encoder().encode


async def post_events(request: web.Request) -> web.Response:
    """Publishes the events of a request: 202 when the broker has all, 207 when some were rejected, 400 when all were."""
    # Asked for strictly: a page of another origin can't send this type to a loopback port without a preflight request.
    if request.content_type not in {JSON, NDJSON}:
        raise Refused(
            415, f"The content type is {request.content_type[:64]}.", f"Send events as {JSON} or {NDJSON}."
        )
    state = request.app[STATE]
    state.upstream.need(EVENTS)
    body = await _body(request, state.settings.gateway_body_s)
    answer = await state.intake.take(body, lines=request.content_type == NDJSON)
    status = 202 if not answer.rejected else 207 if answer.accepted else 400
    return web.Response(body=_encode(answer), status=status, content_type=JSON)


async def _body(request: web.Request, within_s: float) -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise too_large()
    try:
        async with asyncio.timeout(within_s):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    except TimeoutError as error:
        metrics.GATEWAY_SLOW.labels("body").inc()
        raise Refused(
            408, f"The body took longer than {within_s:g} s.", "Send less at once; nothing of it was taken."
        ) from error


def too_large() -> Refused:
    """The answer to a body that is too large to be read."""
    return Refused(413, f"The body has more than {MAX_BODY:,} bytes.", "Send the events in several requests.")


async def delete_profile(request: web.Request) -> web.Response:
    """Asks the workers to erase a profile, by publishing an event."""
    profile_id = profile_of(request)
    event = ProfileErased(
        event_id=str(uuid4()), occurred_at=time.time_ns() // 1_000_000, profile_id=profile_id
    )
    state = request.app[STATE]
    state.upstream.need(EVENTS)
    await state.intake.take(_encode(event))
    receipt = f"/v1/profiles/{quote(profile_id, safe='')}/erasure"
    asked = ErasureAsked(profile_id=profile_id, event_id=event.event_id, receipt=receipt)
    return json_response(_encode(asked), status=202, headers={"Location": receipt})

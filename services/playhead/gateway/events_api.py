"""``POST /v1/events`` and ``DELETE /v1/profiles/{id}``: what comes in."""

import time
from urllib.parse import quote
from uuid import uuid4

import msgspec
from aiohttp import web

from playhead.domain.events import ProfileErased
from playhead.gateway.contract import ErasureAsked
from playhead.gateway.house import HOUSE
from playhead.gateway.intake import MAX_BODY
from playhead.gateway.problems import Refused
from playhead.gateway.requests import json_response, profile_of

JSON, NDJSON = "application/json", "application/x-ndjson"
_encode = msgspec.json.Encoder().encode


async def post_events(request: web.Request) -> web.Response:
    """202 when the broker has all events, 207 when some were rejected, 400 when all were."""
    # Asked for strictly: a page elsewhere can't send this type to a loopback port without asking first.
    if request.content_type not in {JSON, NDJSON}:
        raise Refused(
            415, f"The content type is {request.content_type[:64]}.", f"Send events as {JSON} or {NDJSON}."
        )
    if (request.content_length or 0) > MAX_BODY:
        raise too_large()
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    answer = await request.app[HOUSE].intake.take(body, lines=request.content_type == NDJSON)
    status = 202 if not answer.rejected else 207 if answer.accepted else 400
    return web.Response(body=_encode(answer), status=status, content_type=JSON)


def too_large() -> Refused:
    """The answer to a body that is not even looked at."""
    return Refused(413, f"The body has more than {MAX_BODY:,} bytes.", "Send the events in several requests.")


async def delete_profile(request: web.Request) -> web.Response:
    """Ask the workers to forget a profile, as an event like any other."""
    profile_id = profile_of(request)
    event = ProfileErased(
        event_id=str(uuid4()), occurred_at=time.time_ns() // 1_000_000, profile_id=profile_id
    )
    await request.app[HOUSE].intake.take(_encode(event))
    receipt = f"/v1/profiles/{quote(profile_id, safe='')}/erasure"
    asked = ErasureAsked(profile_id=profile_id, event_id=event.event_id, receipt=receipt)
    return json_response(_encode(asked), status=202, headers={"Location": receipt})

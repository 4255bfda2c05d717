"""The routes, and what happens around each request: access, problems as JSON, how long it took."""

import asyncio
import time

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from playhead.domain.errors import Rejected, Unavailable
from playhead.gateway import events_api, profiles_api, rankings_api
from playhead.gateway.access import Key, check
from playhead.gateway.connections import asked
from playhead.gateway.contract import Health
from playhead.gateway.intake import MAX_BODY
from playhead.gateway.openapi import openapi
from playhead.gateway.page_files import PageFiles
from playhead.gateway.problems import Refused, answer
from playhead.gateway.requests import json_response
from playhead.gateway.state import STATE, GatewayState
from playhead.observe import metrics
from playhead.observe.endpoint import exposition
from playhead.runtime.logs import Log

log = Log(__name__)
PROFILE = "/v1/profiles/{profile_id}"
REPAIRS = {404: "See /openapi.json for what there is.", 405: "See the header Allow for what may be asked."}


def application(state: GatewayState, key: Key) -> web.Application:
    """The gateway as an aiohttp application; ``serve`` runs its background tasks."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_guard(key)])
    app[STATE] = state
    page = PageFiles()
    app.add_routes(
        [
            web.post("/v1/events", events_api.post_events),
            web.get(f"{PROFILE}/ranking", rankings_api.get_ranking),
            web.get(f"{PROFILE}/ranking/stream", rankings_api.stream_ranking, allow_head=False),
            web.get(PROFILE, profiles_api.get_profile),
            web.delete(PROFILE, events_api.delete_profile),
            web.get(f"{PROFILE}/erasure", profiles_api.get_erasure),
            web.get("/v1/titles", profiles_api.get_titles),
            web.get("/v1/crowd/stream", profiles_api.stream_live_stats, allow_head=False),
            web.get("/v1/experiments/stream", profiles_api.stream_trial_stats, allow_head=False),
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz),
            web.get("/metrics", _metrics),
            web.get("/openapi.json", _openapi),
            web.get("/", page.index),
            web.get("/page/{name}", page.file),
        ]
    )
    return app


def _guard(key: Key) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked(request)
        began_s = time.perf_counter()
        response = await _answered(request, handler, key)
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        metrics.GATEWAY_SECONDS.labels(route, str(response.status)).observe(time.perf_counter() - began_s)
        return response

    return guard


async def _answered(request: web.Request, handler: Handler, key: Key) -> web.StreamResponse:
    try:
        check(request, key)
        return await handler(request)
    except Refused as error:
        headers = {"WWW-Authenticate": "Bearer"} if error.problem.status == 401 else None
        return answer(error.problem, headers)
    except Rejected as error:
        return answer(Refused(400, error.reason, error.repair).problem)
    except Unavailable as error:
        # What is the matter with Kafka explains the rest.
        cause = request.app[STATE].upstream.trouble or error
        return answer(Refused(503, cause.reason, cause.repair).problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        repair = REPAIRS.get(error.status, "See /openapi.json.")
        return answer(Refused(error.status, error.reason, repair).problem, allow)
    except ConnectionResetError:
        raise
    except Exception as error:  # noqa: BLE001 - told without its details, which go to the log
        log.error("request failed", error=error, route=str(request.rel_url.path)[:64])  # noqa: TRY400
        return answer(Refused(500, "This is a defect of the gateway.", "Its log says more.").problem)


async def _healthz(_: web.Request) -> web.Response:
    return json_response(msgspec.json.encode(Health(status="ok")))


async def _readyz(request: web.Request) -> web.Response:
    health = request.app[STATE].health
    return json_response(msgspec.json.encode(health), status=200 if health.status == "ok" else 503)


async def _metrics(request: web.Request) -> web.Response:
    state = request.app[STATE]
    metrics.GATEWAY_PROFILES.set(len(state.rankings.newest))
    metrics.GATEWAY_READY.set(state.health.status == "ok")
    # In a thread: to write it all down takes milliseconds, in which nobody would be answered.
    body, content_type = await asyncio.to_thread(exposition, request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


async def _openapi(_: web.Request) -> web.Response:
    return json_response(_DOCUMENT)


_DOCUMENT = msgspec.json.encode(openapi())

"""The OpenAPI 3.1 description of the API; its schemas are made from the types that read and write the bodies."""

from typing import Any, get_args

import msgspec
from msgspec import Struct

from playhead import __version__
from playhead.domain.events import AnyEvent
from playhead.domain.fields import Kind, Market, ProfileId, Text, TitleId
from playhead.domain.rankings import Erasure, Ranking
from playhead.domain.schemas import Schema, components, tidy
from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Title
from playhead.gateway.contract import (
    MAX_EVENTS,
    MAX_TITLES,
    ErasureAsked,
    EventsAnswer,
    Health,
    ProfileState,
)
from playhead.gateway.problems import Problem

REF = "#/components/schemas/{name}"
OWN: tuple[type[Struct], ...] = (EventsAnswer, ErasureAsked, ProfileState, Health, Problem)
STREAM = "text/event-stream"
RANKING_WITH_STORIES: Schema = {
    "allOf": [
        {"$ref": REF.format(name="Ranking")},
        {
            "type": "object",
            "properties": {
                "stories": {
                    "description": "Why each title is there, by its id: where a language was asked for that has texts.",
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                }
            },
        },
    ]
}
DESCRIPTION = """Events of viewers in, their rankings out. An event is accepted when Kafka has it; the ranking that it
causes follows within a second, on the profile's stream at once. Where the gateway asks for a key, send it as bearer
token. What can't be answered is a problem (RFC 9457) that names its repair."""


def openapi() -> dict[str, Any]:
    """The OpenAPI document; ``schemas/openapi.json`` is a copy, and a check holds them equal."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Playhead gateway",
            "version": __version__,
            "description": " ".join(DESCRIPTION.split()),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"key": []}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    profile = "/v1/profiles/{profile_id}"
    named = {"parameters": [_parameter("profile_id", ProfileId, "path")]}
    rankings_by = [
        _parameter("market", Market),
        _parameter("kind", Kind),
        _parameter("surface", Text),
        _parameter("language", Text),
    ]
    return {
        "/v1/events": {"post": _post_events()},
        profile: {
            **named,
            "get": _operation(
                "getProfile", "What is known of a profile", {200: _ref("ProfileState"), **_no(400, 404, 503)}
            ),
            "delete": _operation(
                "eraseProfile",
                "Forget a profile",
                {202: _ref("ErasureAsked"), **_no(400, 429, 503)},
            ),
        },
        f"{profile}/erasure": {
            **named,
            "get": _operation(
                "getErasure",
                "The receipt of a profile's erasure",
                {200: _ref("Erasure"), **_no(400, 404, 503)},
            ),
        },
        f"{profile}/ranking": {
            **named,
            "get": _operation(
                "getRanking",
                "The newest ranking of a profile; that of a cold-start user where there is none",
                {200: _json(RANKING_WITH_STORIES), 304: None, **_no(400, 503)},
                [*rankings_by, _parameter("If-None-Match", str, "header")],
            ),
        },
        f"{profile}/ranking/stream": {
            **named,
            "get": _operation(
                "streamRanking",
                "Each new ranking of a profile as a server-sent event, the newest at once",
                {200: {STREAM: {"schema": {"type": "string"}}}, **_no(400, 503)},
                [*rankings_by, _parameter("Last-Event-ID", str, "header")],
            ),
        },
        "/v1/titles": {
            "get": _operation(
                "getTitles",
                "Entries of the catalogue by their ids, and what is understood of them",
                {
                    200: _json(
                        {
                            "type": "object",
                            "required": ["titles"],
                            "properties": {
                                "titles": {"type": "array", "items": {"$ref": _at("Title")}},
                                "tags": {"type": "array", "items": {"$ref": _at("TitleTags")}},
                            },
                        }
                    ),
                    **_no(400, 503),
                },
                [
                    {
                        "name": "id",
                        "in": "query",
                        "required": True,
                        "schema": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MAX_TITLES,
                            "items": _schema(TitleId),
                        },
                    }
                ],
            ),
        },
        "/v1/crowd/stream": {
            "get": _operation(
                "streamCrowd",
                "What all viewers do, twice a second, as server-sent events",
                {200: {STREAM: {"schema": {"type": "string"}}}, **_no(503)},
            ),
        },
        "/v1/experiments/stream": {
            "get": _operation(
                "streamExperiments",
                "Results of experiments and take fractions of pictures, once a second, as server-sent events",
                {200: {STREAM: {"schema": {"type": "string"}}}, **_no(503)},
            ),
        },
        "/healthz": {"get": _open_operation("health", "Whether the process runs", {200: _ref("Health")})},
        "/readyz": {
            "get": _open_operation(
                "readiness",
                "Whether Kafka answers, has all topics, and what has to be read of them is read",
                {200: _ref("Health"), 503: _ref("Health")},
            )
        },
        "/metrics": {
            "get": _open_operation(
                "metrics", "Metrics for Prometheus", {200: {"text/plain": {"schema": {"type": "string"}}}}
            )
        },
        "/openapi.json": {
            "get": _open_operation("description", "This document", {200: _json({"type": "object"})}),
        },
    }


def _post_events() -> dict[str, Any]:
    event = {"$ref": _at("Event")}
    return {
        **_operation(
            "sendEvents",
            "Send events: accepted when the broker has them, one by one",
            {
                202: _ref("EventsAnswer"),
                207: _ref("EventsAnswer"),
                400: {**_ref("EventsAnswer"), **_problem()},
                **_no(408, 413, 415, 429, 503),
            },
        ),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            event,
                            {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_EVENTS},
                        ]
                    }
                },
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "One event a line."},
                },
            },
        },
    }


def _operation(
    name: str, summary: str, answers: dict[int, Any], parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    operation = _open_operation(name, summary, {**answers, **_no(401)})
    return {**operation, "parameters": parameters} if parameters else operation


def _open_operation(name: str, summary: str, answers: dict[int, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): _response(status, answers[status]) for status in sorted(answers)},
    }


def _response(status: int, content: Any) -> dict[str, Any]:
    response: dict[str, Any] = {"description": _MEANINGS[status]}
    if content is not None:
        response["content"] = content
    if status in {429, 503}:
        response["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        }
    return response


_MEANINGS = {
    200: "Here it is.",
    202: "Kafka has it.",
    207: "Kafka has the accepted ones; the others say what is wrong with them.",
    304: "It is the one that If-None-Match names.",
    400: "The request is not what this document says; nothing was sent.",
    401: "The API key is missing or wrong.",
    404: "There is none.",
    408: "The body took too long; nothing of it was taken.",
    413: "Too large; send less at once.",
    415: "The body is of another content type.",
    429: "Too many events wait for Kafka; hold back and come again.",
    503: "Something it needs is not there yet; come again.",
}


def _no(*statuses: int) -> dict[int, Any]:
    return dict.fromkeys(statuses, _problem())


def _problem() -> dict[str, Any]:
    return {"application/problem+json": {"schema": {"$ref": _at("Problem")}}}


def _ref(name: str) -> dict[str, Any]:
    return _json({"$ref": _at(name)})


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _at(name: str) -> str:
    return REF.format(name=name)


def _parameter(name: str, kind: Any, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": _schema(kind)}


def _schema(kind: Any) -> Schema:
    return dict(tidy(msgspec.json.schema(kind)))


def _schemas() -> dict[str, Schema]:
    """The schemas of requests and answers: those of the wire that are used, and the gateway's own."""
    _, own = msgspec.json.schema_components(OWN, ref_template=REF)
    wire = [*get_args(AnyEvent), Ranking, Erasure, Title, TitleTags]
    named = {struct.__name__ for struct in wire}
    schemas = {name: _moved(components()[name]) for name in sorted(_reached(named))}
    events = [struct.__name__ for struct in get_args(AnyEvent)]
    tags = {str(struct.__struct_config__.tag): _at(struct.__name__) for struct in get_args(AnyEvent)}
    union = {
        "description": "Any event; `type` tells which.",
        "oneOf": [{"$ref": _at(name)} for name in events],
        "discriminator": {"propertyName": "type", "mapping": tags},
    }
    return {**schemas, "Event": union, **{name: tidy(schema) for name, schema in own.items()}}


def _reached(names: set[str]) -> set[str]:
    """The names of structs, with those that they refer to."""
    known = components()
    reached, waiting = set[str](), set(names)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= {each for each in known if f"#/$defs/{each}'" in str(known[name])} - reached
    return reached


def _moved(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _moved(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_moved(value) for value in node]
    return node.replace("#/$defs/", "#/components/schemas/") if isinstance(node, str) else node

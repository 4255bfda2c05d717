"""Validates paths and queries of requests; makes plain JSON answers."""

from functools import cache
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from playhead.domain.fields import ProfileId
from playhead.gateway.problems import Refused

Query = TypeVar("Query", bound=msgspec.Struct)


def profile_of(request: web.Request) -> str:
    """The profile in a request's path.

    Raises:
        Refused: it is no profile's id.
    """
    try:
        profile_id = msgspec.convert(request.match_info["profile_id"], ProfileId)
        profile_id.encode()  # an escape in a path may be half of a character
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Refused(400, f"The profile's id: {error}.", "Send 1 to 128 characters, in UTF-8.") from error
    return profile_id


def query_of(request: web.Request, kind: type[Query]) -> Query:
    """The query as a struct; a repeated name becomes a list where the struct has one.

    Raises:
        Refused: a value is not what the API's description says.
    """
    given: dict[str, Any] = {}
    for name in _names(kind) if request.query_string else ():
        values = request.query.getall(name, [])
        if values:
            given[name] = values if kind.__name__ == "TitlesQuery" else _single(name, values)
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Refused(400, f"The query: {error}.", "See /openapi.json for what it may say.") from error


@cache
def _names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a query. Cached: inspecting a struct takes as long as half of a ranking's answer."""
    return tuple(each.encode_name for each in msgspec.structs.fields(kind))


def _single(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise Refused(400, f"The query says {name} {len(values)} times.", "Say it once.")
    return values[0]


def json_response(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A response with JSON that is encoded already."""
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)

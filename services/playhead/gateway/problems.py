"""Answers to requests that can't be fulfilled: RFC 9457 problem details, with the repair."""

from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import Struct

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = "1"


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request was not fulfilled (RFC 9457), and what to do about it."""

    title: str
    status: int
    detail: str
    repair: str


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, detail: str, repair: str) -> None:
        super().__init__(detail)
        self.problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, repair=repair)


def answer(problem: Problem, headers: dict[str, str] | None = None) -> web.Response:
    """The problem as a response; a temporary one says when to retry."""
    more = {"Retry-After": RETRY_AFTER_S} if problem.status in {429, 503} else {}
    return web.Response(
        body=msgspec.json.encode(problem),
        status=problem.status,
        content_type=PROBLEM_JSON,
        headers={**(headers or {}), **more},
    )

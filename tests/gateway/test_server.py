"""The routes without a broker: who gets in, what the page may do, and how refusals look."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from playhead.domain.errors import Unavailable
from playhead.gateway.access import Key, need_key, read_key
from playhead.gateway.openapi import openapi
from playhead.gateway.page_files import FOLDER
from playhead.gateway.server import application
from playhead.gateway.state import make_state
from playhead.runtime.settings import Settings, explain

SECRET = "a-key-of-sixteen-and-more"
ROOT = Path(__file__).parents[2]
Client = TestClient[Any, Any]


def visit(story: Callable[[Client], Awaitable[None]], key: str = "") -> None:
    async def run() -> None:
        state = make_state(Settings(bootstrap="127.0.0.1:1"), lambda *_: None)
        async with TestClient(TestServer(application(state, Key(key)))) as client:
            await story(client)
        state.lookup.close()

    asyncio.run(run())


def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = await answer.text()
        assert "http://" not in page
        assert "https://" not in page
        assert (await client.get("/", headers={"If-None-Match": answer.headers["ETag"]})).status == 304
        for name in ("app.js", "style.css", "icon.svg"):
            assert (await client.get(f"/page/{name}")).status == 200
        assert (await client.get("/page/..%2Fserver.py")).status == 404

    visit(story)


def test_no_script_of_the_page_makes_markup_of_data() -> None:
    for script in FOLDER.glob("*.js"):
        text = script.read_text()
        for bad in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert bad not in text, script.name


def test_a_name_that_was_made_to_point_here_is_not_served() -> None:
    async def story(client: Client) -> None:
        for host, status in (
            ("evil.example", 421),
            ("localhost:1", 200),
            ("[::1]:8080", 200),
            ("127.0.0.1", 200),
        ):
            assert (await client.get("/healthz", headers={"Host": host})).status == status

    visit(story)


def test_the_key_opens_the_api_and_is_shown_nowhere() -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/v1/titles?id=t")).status == 401
        for headers in ({"Authorization": f"Bearer {SECRET}"}, {"X-API-Key": SECRET}):
            assert (await client.get("/v1/titles?id=t", headers=headers)).status == 200
        for headers in (
            {"Authorization": f"Basic {SECRET}"},
            {"X-API-Key": SECRET + "x"},
            {"X-API-Key": "é"},
        ):
            assert (await client.get("/v1/titles?id=t", headers=headers)).status == 401
        assert (await client.get("/healthz", headers={"Host": "anything.example"})).status == 200

    visit(story, SECRET)
    settings = Settings(api_key=SECRET)
    assert SECRET not in repr(settings) + repr(Key(SECRET)) + repr(explain(settings, {}))


def test_refusals_are_problems_with_a_repair() -> None:
    async def story(client: Client) -> None:
        for method, path, status in (
            ("GET", "/nothing", 404),
            ("PUT", "/v1/events", 405),
            ("GET", "/v1/titles", 400),
            ("GET", f"/v1/profiles/{'x' * 129}", 400),
            ("GET", "/v1/profiles/p/ranking?market=brazil", 400),
            ("GET", "/v1/profiles/p/ranking?kind=kids&kind=adult", 400),
            ("GET", "/v1/profiles/p/ranking", 503),  # nothing is read yet
        ):
            answer = await client.request(method, path)
            assert answer.status == status
            assert answer.content_type == "application/problem+json"
            assert (await answer.json())["repair"]
        assert "POST" in (await client.put("/v1/events")).headers["Allow"]
        assert (await client.get("/readyz")).status == 503

    visit(story)


def test_the_description_is_the_committed_one_and_names_every_route() -> None:
    async def story(client: Client) -> None:
        served = await (await client.get("/openapi.json")).json()
        assert served == json.loads((ROOT / "schemas" / "openapi.json").read_text())
        routes = {
            (route.method, route.resource.canonical)
            for route in client.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
        described = {
            (method.upper(), path)
            for path, of in served["paths"].items()
            for method in of
            if method != "parameters"
        }
        assert routes - described == {("GET", "/"), ("GET", "/page/{name}")}
        assert described <= routes

    visit(story)


def test_references_of_the_description_lead_somewhere() -> None:
    text = json.dumps(openapi())
    schemas = openapi()["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(SECRET + "\n")
    assert bool(read_key(Settings(api_key_file=str(path))))
    for text in ("short", ""):
        path.write_text(text)
        with pytest.raises(Unavailable):
            read_key(Settings(api_key_file=str(path)))
    with pytest.raises(Unavailable, match="Mend PLAYHEAD_API_KEY_FILE"):
        read_key(Settings(api_key_file=str(tmp_path / "none")))


def test_what_others_reach_needs_a_key() -> None:
    with pytest.raises(Unavailable, match="no API key"):
        need_key("0.0.0.0", Key(""))
    need_key("0.0.0.0", Key(SECRET))
    need_key("::1", Key(""))

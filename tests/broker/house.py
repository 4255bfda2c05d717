"""Workers of both roles, a catalogue and a gateway on a real broker, for the tests that talk HTTP."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from tests.broker.forked import Forked, command_line
from tests.broker.world import World, delete_topics, wait_until

from playhead.domain.topics import TITLES
from playhead.lab.demo.catalogue import catalogue
from playhead.lab.kafka import EmbeddedBroker
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.settings import Settings

TITLE_COUNT = 200
JSON = {"Content-Type": "application/json"}


class Reply(NamedTuple):
    """An answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """A gateway's process, and requests to it."""

    def __init__(self, settings: Settings, log: Path, port: int = 0, /, **environment: str) -> None:
        self.log = log
        reading, writing = os.pipe()
        with log.open("wb") as output, os.fdopen(writing, "wb"):
            self.process = Forked(
                command_line,
                *("gateway", "--port", str(port)),
                env=os.environ | {"PLAYHEAD_BOOTSTRAP": settings.bootstrap} | environment,
                stdout=writing,
                stderr=output.fileno(),
            )
        self._told = os.fdopen(reading)
        self.url = self._told.readline().strip()
        assert self.url, log.read_text()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """One request on a connection of its own."""
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def connection(self) -> HTTPConnection:
        where = urlsplit(self.url)
        return HTTPConnection(str(where.hostname), where.port, timeout=20)

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def send(self, *events: dict[str, Any]) -> Reply:
        return self.ask("POST", "/v1/events", json.dumps(events).encode(), JSON)

    def stop(self) -> int:
        """Ask to end; the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self._told.close()


class House(NamedTuple):
    """What the tests of a module share."""

    world: World
    gateway: Gateway

    def holds(self, profile_id: str, place: dict[str, Any]) -> dict[str, Any]:
        """The profile's ranking, once it holds the event at that place."""

        def there() -> bool:
            cause = self.ranking(profile_id)["caused_by"]
            return bool(cause["partition"] == place["partition"] and cause["offset"] >= place["offset"])

        wait_until(there, "the ranking holds the event", poll_s=0.02)
        return self.ranking(profile_id)

    def ranking(self, profile_id: str, query: str = "") -> dict[str, Any]:
        ranking: dict[str, Any] = self.gateway.get(f"/v1/profiles/{profile_id}/ranking{query}").json
        return ranking


@contextmanager
def furnished(broker: EmbeddedBroker, folder: Path) -> Iterator[House]:
    """All of it, on topics of a life of their own; everything is stopped at the end."""
    settings = Settings(bootstrap=broker.bootstrap, data_dir=folder / "data")
    delete_topics(settings)
    create_topics(settings)
    wait_until(lambda: not compare_topics(settings), "topics are made")
    world = World(settings)
    titles = catalogue(seed=3, count=TITLE_COUNT)
    world.produce(TITLES, [(title.title_id.encode(), msgspec.json.encode(title)) for title in titles])
    world.start("personalize", "p-0")
    world.start("learn", "l-0")
    gateway = Gateway(settings, folder / "gateway.log")
    try:
        wait_until(lambda: gateway.get("/readyz").status == 200, "the gateway is ready", 90)
        yield House(world, gateway)
        assert gateway.stop() == 0, gateway.log.read_text()
        assert "request failed" not in gateway.log.read_text()
    finally:
        gateway.process.kill()
        world.close()
        delete_topics(settings)


def event(type_: str, profile_id: str, **fields: Any) -> dict[str, Any]:
    """An event of now, with an id of its own."""
    number = time.time_ns()
    given = {"event_id": f"e-{number}", "type": type_, "profile_id": profile_id}
    return {**given, "occurred_at": number // 1_000_000, **fields}

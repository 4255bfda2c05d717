"""A gateway under a supervisor: it hangs, its topics go and come anew, its broker comes back with an empty disk."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from tests.broker.house import JSON, event
from tests.broker.world import World, delete_topics, wait_until
from tests.domain.golden import lines
from tests.effort import THOROUGH

from playhead.cli.up import services
from playhead.domain.topics import RANKINGS
from playhead.lab.kafka import EmbeddedBroker, ports
from playhead.process import supervisor
from playhead.process.supervisor import Supervisor
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.settings import Settings

WHO = "/v1/profiles/ada/ranking"
MISSING = "Create them: playhead topics."


class Kept:
    """A gateway that is kept alive, and requests to it."""

    def __init__(self, settings: Settings) -> None:
        [self.port] = ports.free(1)
        self.answers: list[str] = []
        self.supervisor = Supervisor(
            services(settings, 0, 0, self.port), lambda _, line: self.answers.append(line), healthy_s=0.0
        )

    @property
    def pid(self) -> int:
        [child] = self.supervisor.children
        return child.process.pid

    def ask(self, path: str, *events: dict[str, Any]) -> tuple[int, Any]:
        """Status and body; 0 where nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=8)
        try:
            if events:
                connection.request("POST", path, json.dumps(events).encode(), JSON)
            else:
                connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            return 0, None
        finally:
            connection.close()

    def lives(self) -> bool:
        return self.ask("/healthz")[0] == 200

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def shows(self, version: int) -> bool:
        status, ranking = self.ask(WHO)
        return status == 200 and bool(ranking["version"] == version)

    def says(self, why: str) -> bool:
        """Whether it is not ready, for that reason."""
        status, health = self.ask("/readyz")
        return status == 503 and health["status"] == "unavailable" and why in health["waiting_for"][0]


@contextmanager
def kept(settings: Settings) -> Iterator[Kept]:
    gateway, over = Kept(settings), threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            gateway.supervisor.look()

    with gateway.supervisor:
        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield gateway
        finally:
            over.set()
            looking.join()


def ranked(version: int) -> tuple[bytes, bytes]:
    ranking = json.loads(lines("rankings")[0])
    return b"ada", json.dumps({**ranking, "profile_id": "ada", "version": version}).encode()


def test_a_gateway_that_hangs_is_ended_and_started(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SILENT_S", 2.0)
    with kept(world.settings) as gateway:
        wait_until(gateway.lives, "it answers")
        hung = gateway.pid
        time.sleep(1.2)  # a second sign of life: the first one may be of a former life
        os.kill(hung, signal.SIGSTOP)
        wait_until(lambda: gateway.pid != hung and gateway.lives(), "another one answers", 25)
        assert "gives no sign of life: killed" in gateway.answers


@pytest.mark.skipif(not THOROUGH, reason="a minute of waiting: HYPOTHESIS_PROFILE=thorough")
def test_topics_that_are_missing_are_told_and_waited_for(world: World) -> None:
    #  version 9 ─▶ topics deleted ─▶ not ready, it says why ─▶ killed: so does the next ─▶ made anew ─▶ version 1
    world.produce(RANKINGS, [ranked(9)])
    with kept(world.settings) as gateway:
        wait_until(lambda: gateway.is_ready() and gateway.shows(9), "the ranking is shown")
        delete_topics(world.settings)
        wait_until(lambda: gateway.says(MISSING), "it says that topics are missing")
        status, problem = gateway.ask("/v1/events", event("page_viewed", "ada"))
        assert (status, problem["repair"]) == (503, MISSING)
        assert "playhead.events" in problem["detail"]
        assert gateway.shows(9)  # the last that was known
        os.kill(gateway.pid, signal.SIGKILL)
        wait_until(lambda: gateway.says(MISSING), "the next one says so too")
        anew(gateway, world)


@pytest.mark.skipif(not THOROUGH, reason="a minute for a broker that lost all: HYPOTHESIS_PROFILE=thorough")
def test_a_broker_that_comes_back_with_an_empty_disk(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "kafka"
    with EmbeddedBroker(home, data, brief=True) as broker:
        settings = Settings(bootstrap=broker.bootstrap, data_dir=tmp_path / "data")
        create_topics(settings)
        wait_until(lambda: not compare_topics(settings), "topics are made")
        world = World(settings)
        world.produce(RANKINGS, [ranked(9)])
        with kept(settings) as gateway:
            wait_until(lambda: gateway.is_ready() and gateway.shows(9), "the ranking is shown")
            broker.kill()
            wait_until(
                lambda: gateway.says("Kafka has not answered for 1"), "it says that the broker is gone"
            )
            for each in data.iterdir():
                if each.is_dir():
                    shutil.rmtree(each)
            broker.restart()
            wait_until(lambda: gateway.says(MISSING), "it says that topics are missing")
            anew(gateway, world)
            assert any("Made anew" in line for line in gateway.answers)
        world.close()


def anew(gateway: Kept, world: World) -> None:
    """Make topics, and see that nothing of the old ones is shown."""
    create_topics(world.settings)
    wait_until(gateway.is_ready, "it is ready again", poll_s=0.3)
    assert gateway.shows(0)
    world.produce(RANKINGS, [ranked(1)])
    wait_until(lambda: gateway.shows(1), "the new ranking is shown")

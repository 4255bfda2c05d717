"""Experiments through a real Kafka: started and stopped in under two seconds, refused with a dead letter, kept over a restart."""

import json
import time
from contextlib import closing
from typing import Any

from tests.broker.world import Tail, World, wait_until

from playhead.domain.topics import DEAD_LETTERS, EVENTS, EXPERIMENTS, RANKINGS, TITLES
from playhead.runtime.dead_letters import parse

EXPERIMENT = {
    "experiment_id": "short",
    "share": 1.0,
    "arms": [
        {"name": "control", "share": 0.0},
        {"name": "b", "share": 1.0, "settings": {"pipeline.rank_size": 5}},
    ],
}


class Viewer:
    """Somebody who opens the page again and again, and looks at the ranking."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rankings = Tail(world.settings, RANKINGS)
        self._opened = 0

    def opens(self, within_s: float = 20.0) -> dict[str, Any]:
        """The ranking that opening the page causes."""
        self._opened += 1
        view = {
            "event_id": f"view-{self._opened}",
            "type": "page_viewed",
            "occurred_at": time.time_ns() // 1_000_000,
            "profile_id": "ada",
        }
        self._world.produce(EVENTS, [(b"ada", json.dumps(view).encode())])
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            for record in self._rankings.some(0.05):
                ranking: dict[str, Any] = json.loads(record.value or b"{}")
                if ranking["caused_by"]["event_id"] == view["event_id"]:
                    return ranking
        raise AssertionError("no ranking came")

    def until(self, arms: dict[str, str]) -> float:
        """Seconds until a ranking is made with these arms."""
        began_s = time.monotonic()
        while self.opens()["experiments"] != arms:
            assert time.monotonic() < began_s + 20, f"never {arms}"
        return time.monotonic() - began_s

    def close(self) -> None:
        self._rankings.close()


def put(world: World, **change: Any) -> None:
    told = EXPERIMENT | change
    world.produce(EXPERIMENTS, [(str(told["experiment_id"]).encode(), json.dumps(told).encode())])


def test_an_experiment_starts_and_stops_within_two_seconds_and_survives_what_is_refused(world: World) -> None:
    titles = [
        (f"t{n}".encode(), json.dumps({"title_id": f"t{n}", "name": "A film"}).encode()) for n in range(20)
    ]
    world.produce(TITLES, titles)
    put(world)
    worker = world.start("personalize")
    with closing(Viewer(world)) as viewer:
        # What ran when a worker begins is known before it ranks at all.
        first = viewer.opens(within_s=120)
        assert (first["experiments"], len(first["items"])) == ({"short": "b"}, 5)

        put(world, status="stopped")
        stopped_s = viewer.until({})
        assert len(viewer.opens()["items"]) == 20
        put(world)
        started_s = viewer.until({"short": "b"})
        print(f"stopped after {stopped_s:.2f} s, started after {started_s:.2f} s")  # noqa: T201 - figures to see
        assert max(stopped_s, started_s) < 2.0

        put(world, experiment_id="other")
        put(world, share=0.5, begin=0.9)
        wait_until(lambda: len(world.read(DEAD_LETTERS)) == 2, "both have their dead letter")
        letters = [parse(one) for one in world.read(DEAD_LETTERS)]
        assert {one.record.key for one in letters} == {b"other", b"short"}
        assert all(one.record.topic == EXPERIMENTS and one.repair for one in letters)
        assert viewer.opens()["experiments"] == {"short": "b"}

        world.kill(worker)
        world.start("personalize")
        again = viewer.opens(within_s=120)
        assert (again["experiments"], len(again["items"])) == ({"short": "b"}, 5)
        time.sleep(2.5)
        assert len(world.read(DEAD_LETTERS)) == 2

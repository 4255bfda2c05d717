"""A worker of the real core that is killed and started again at once serves again within seconds."""

import json
import time
from dataclasses import replace

from tests.broker.world import Eyes, World
from tests.domain.golden import lines

from playhead.domain.topics import EVENTS, RANKINGS, TITLES

MOST_S = 10.0
"""3 s on a quiet machine; where others work beside us, imports alone take as long."""


def visit(number: int) -> tuple[bytes, bytes]:
    event = {
        "event_id": f"visit-{number}",
        "type": "page_viewed",
        "occurred_at": 1_767_226_000_000 + number,
        "profile_id": f"p-{number % 50}",
    }
    return str(event["profile_id"]).encode(), json.dumps(event).encode()


def test_a_killed_worker_ranks_again_within_seconds(world: World) -> None:
    #  visits ─▶ kill -9 ─▶ start, visits meanwhile ─▶ the first ranking of them
    world.settings = replace(world.settings, publish_every_s=0.1)
    world.produce(TITLES, [(json.loads(line)["title_id"].encode(), line) for line in lines("titles")])
    worker = world.start("personalize")
    eyes = Eyes(world, 0)
    for place in world.produce(EVENTS, [visit(number) for number in range(200)]):
        eyes.until_done(place, within_s=60)
    eyes.caused()

    world.kill(worker)
    killed_s = time.monotonic()
    world.start("personalize")
    world.produce(EVENTS, [visit(number) for number in range(200, 400)])
    while not eyes.caused()[RANKINGS]:
        assert time.monotonic() < killed_s + MOST_S
        time.sleep(0.01)
    print(f"ranks {time.monotonic() - killed_s:.1f} s after kill -9 and start")  # noqa: T201 - a figure to see

"""Pictures through a real Kafka: what viewers take by one picture moves which picture others are shown."""

import json
import time
from contextlib import closing

from tests.broker.pictures import dark, films, looked_at, offer, opened
from tests.broker.world import Tail, World

from playhead.domain.topics import DECISIONS, EVENTS, RANKINGS

FILMS = 10


def test_what_is_taken_by_one_picture_moves_what_others_are_shown(world: World) -> None:
    offer(world, films(FILMS, ("bright", "dark")))
    world.start("learn")
    world.start("personalize")
    with closing(Tail(world.settings, RANKINGS)) as rankings:
        first = opened(world, rankings, [f"early-{n}" for n in range(40)])
        assert 0.35 < dark(first) < 0.65
        acts = [act for page in first for act in looked_at(page, lambda _, shown: shown.endswith("dark"))]
        world.produce(EVENTS, acts)
        until_s = time.monotonic() + 60
        share, rounds = 0.0, 0
        while share < 0.9:
            assert time.monotonic() < until_s, f"{share:.0%} dark pictures"
            time.sleep(0.5)
            rounds += 1
            share = dark(opened(world, rankings, [f"late-{rounds}-{n}" for n in range(10)]))
    decisions = [json.loads(record.value or b"") for record in world.read(DECISIONS)]
    assert all(len(decision["artwork_ids"]) == len(decision["title_ids"]) == FILMS for decision in decisions)
    # Each picture has its chance for ever: what is known of it may be wrong.
    assert all(
        0.02 <= probability <= 0.98
        for decision in decisions
        for probability in decision["artwork_propensities"]
    )

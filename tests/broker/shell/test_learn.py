import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from playhead.domain.topics import DEAD_LETTERS, EXAMPLES, MODELS

World = Any
Wait = Callable[..., float]


def examples(count: int) -> list[tuple[bytes, bytes]]:
    return [(f"market-{number % 13}".encode(), b"example") for number in range(count)]


def learned(world: World) -> dict[int, dict[str, int]]:
    """The newest publication of each shard."""
    return {int(each.key.decode().split("/")[1]): json.loads(each.value) for each in world.read(MODELS)}


def per_shard(world: World) -> Counter[int]:
    return Counter(each.partition for each in world.read(EXAMPLES) if each.value != b"poison")


def test_examples_become_models_and_the_bad_ones_dead_letters(world: World, wait_until: Wait) -> None:
    world.produce(EXAMPLES, [*examples(500), (b"market-1", b"poison")])
    worker = world.start("learn")
    wait_until(lambda: world.done("playhead-learn", EXAMPLES) == 501, "all is committed")
    assert {shard: each["count"] for shard, each in learned(world).items()} == per_shard(world)
    assert [each.value for each in world.read(DEAD_LETTERS)] == [b"poison"]
    assert world.stop(worker) < 5


def test_a_killed_learner_loses_and_learns_nothing_twice(world: World, wait_until: Wait) -> None:
    # start ──▶ kill -9 while it learns ──▶ more examples ──▶ start ──▶ kill -9 ──▶ start ──▶ all committed
    total = 0
    for _ in range(3):
        worker = world.start("learn")
        for _ in range(4):
            world.produce(EXAMPLES, examples(5000))
            total += 5000
        half = total // 2
        wait_until(
            lambda half=half: sum(each["count"] for each in learned(world).values()) > half,
            "half is published",
        )
        world.kill(worker)
    world.start("learn")
    wait_until(lambda total=total: world.done("playhead-learn", EXAMPLES) == total, "all is committed")
    assert {shard: each["count"] for shard, each in learned(world).items()} == per_shard(world)

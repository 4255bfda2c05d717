"""A change of the catalogue through a real Kafka is in rankings within two seconds, with all three roles at work."""

import json
from typing import Any

import pytest
from tests.broker.viewer import Viewer
from tests.broker.world import Eyes, World, wait_until

from playhead.domain.topics import TAGS, TITLES
from playhead.lab.kafka import ports


def film(number: int, **fields: Any) -> tuple[bytes, bytes]:
    title = {"title_id": f"t{number}", "name": f"t{number}", "genres": ["Drama"], "maturity": 0, **fields}
    return f"t{number}".encode(), json.dumps(title).encode()


def test_a_title_that_comes_changes_or_goes_is_in_rankings_within_two_seconds(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    [port] = ports.free(1)
    world.produce(TITLES, [film(n) for n in range(8)])
    world.start("personalize", metrics_port=port)
    world.start("learn")
    world.start("tag")
    eyes = Eyes(world, port)
    adult, child = Viewer(world, eyes, "adult"), Viewer(world, eyes, "kids")
    assert len(adult.page()) == len(child.page()) == 8
    wait_until(lambda: len(world.read(TAGS)) >= 8, "all titles have their tags", 60)

    world.produce(TITLES, [film(8)])
    came_s = adult.until(lambda titles: "t8" in titles)
    world.produce(TITLES, [film(2, maturity=18)])
    changed_s = child.until(lambda titles: "t2" not in titles)
    world.produce(TITLES, [(b"t1", None)])
    went_s = adult.until(lambda titles: "t1" not in titles)
    with capsys.disabled():
        print(f"a title came, changed, went after {came_s:.2f}, {changed_s:.2f}, {went_s:.2f} s")  # noqa: T201 - a figure to see
    assert "t2" in adult.page()

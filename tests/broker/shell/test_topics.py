"""Topics that are deleted under workers: each says which, and the command that makes it; then they go on."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from playhead.domain.topics import EVENTS, RANKINGS
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config
from playhead.runtime.differences import Missing
from playhead.runtime.topology import ends

World = Any
Wait = Callable[..., float]


def delete(world: World, topic: str, wait_until: Wait) -> None:
    admin = AdminClient(client_config(world.settings))
    admin.delete_topics([topic])[topic].result(10)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics, "it is deleted")


def assert_ends_naming(topic: str, worker: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert worker.wait(60) == 1
    errors = capfd.readouterr().err
    assert f"The topic is missing: {topic}. Repair: Create what is missing: playhead topics." in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("topic", [RANKINGS, EVENTS])
def test_who_misses_a_topic_names_it_and_the_command(
    topic: str, world: World, wait_until: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    #  works ─▶ topic deleted: ends ─▶ starts: ends ─▶ playhead topics ─▶ works
    world.produce(EVENTS, [(b"p1", b"event")])
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 1, "all is committed")
    delete(world, topic, wait_until)
    with pytest.raises(Missing, match=topic):
        ends(AdminClient(client_config(world.settings)), topic, [0])
    if topic == RANKINGS:
        world.produce(EVENTS, [(b"p1", b"event")])
    assert_ends_naming(topic, worker, capfd)
    assert_ends_naming(topic, world.start("personalize", "second"), capfd)
    create_topics(world.settings)
    world.produce(EVENTS, [(b"p1", b"event")])
    world.start("personalize")
    wait_until(lambda: bool(world.read(RANKINGS)), "it works again")


def test_a_data_folder_that_cannot_be_written_is_said_in_a_line(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.settings.data_dir.write_text("a file, in the way of the folder")
    assert world.start("personalize").wait(60) == 1
    errors = capfd.readouterr().err
    assert "can't be written" in errors
    assert "PLAYHEAD_DATA_DIR" in errors
    assert "Traceback" not in errors

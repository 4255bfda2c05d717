from collections.abc import Callable
from typing import Any

from confluent_kafka.admin import AdminClient

from playhead.domain.topics import RULES, TITLES
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.connection import client_config
from playhead.runtime.differences import TopicDifference
from playhead.runtime.topology import describe


def test_topics_are_compared_and_the_missing_ones_made(world: Any, wait_until: Callable[..., float]) -> None:
    assert compare_topics(world.settings) == []
    before = describe(world.settings, TITLES)[TITLES]
    admin = AdminClient(client_config(world.settings))
    admin.delete_topics([TITLES])[TITLES].result(10)
    missing = TopicDifference(TITLES, "missing", "", "")
    wait_until(lambda: missing in compare_topics(world.settings), "it is missed")
    assert create_topics(world.settings) == [TITLES]
    wait_until(lambda: compare_topics(world.settings) == [], "it is there")
    after = describe(world.settings, TITLES)[TITLES]
    assert after.partitions == before.partitions
    assert after.epoch != before.epoch
    assert RULES in admin.list_topics(timeout=10).topics

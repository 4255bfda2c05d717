"""What the documentation shows runs against a real broker."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tests.docs.snippets import ROOT, Snippet, snippets

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.events import TitleRated
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import EVENTS, RANKINGS, TITLES, TOPICS

pytestmark = pytest.mark.broker
SNIPPETS = snippets(needing_broker=True)
GOLDEN = ROOT / "schemas" / "golden" / "rankings.jsonl"
WAIT_S = 30.0


class Broker(Protocol):
    """What the tests need to know of a broker."""

    @property
    def bootstrap(self) -> str: ...


@pytest.fixture(scope="module")
def filled(broker: Broker) -> Broker:
    """The broker with all topics, and with golden rankings: the second version of one, one forgotten."""
    create_topics(broker.bootstrap)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "partitioner": "murmur2_random"})
    for line in GOLDEN.read_bytes().splitlines():
        ranking = json.loads(line)
        older = {**ranking, "version": ranking["version"] - 1}
        for version in (line, json.dumps(older).encode()):
            producer.produce(RANKINGS, key=ranking["profile_id"], value=version)
    producer.produce(RANKINGS, key="p-omar-19", value=None)
    assert producer.flush(WAIT_S) == 0
    return broker


def create_topics(bootstrap: str) -> None:
    wanted = [NewTopic(topic.name, topic.partitions, 1, config=topic.config()) for topic in TOPICS]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics(wanted).values():
        try:
            created.result(WAIT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[snippet.name for snippet in SNIPPETS])
def test_snippets_run(snippet: Snippet, filled: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names = snippet.run(filled.bootstrap)
    for name, check in CHECKS.items():
        if name in names:
            check(names[name], filled.bootstrap)


def pages_are_the_newest(pages: Any, _: str) -> None:
    assert pages["p-lucia-7f3a"]["version"] == 41
    assert "p-omar-19" not in pages


def rating_has_arrived(_: Any, bootstrap: str) -> None:
    ratings = [decode_event(b"p-lucia-7f3a", value) for value in values(bootstrap, EVENTS, b"p-lucia-7f3a")]
    assert any(isinstance(event, TitleRated) and event.value == 1 for event in ratings)


def title_has_arrived(title: Any, bootstrap: str) -> None:
    key = str(title["title_id"]).encode()
    assert decode_title(key, values(bootstrap, TITLES, key)[-1]).name == title["name"]
    assert values(bootstrap, TITLES, b"t-long-gone") == [b""]


CHECKS: dict[str, Callable[[Any, str], None]] = {
    "pages": pages_are_the_newest,
    "uuid7": rating_has_arrived,
    "title": title_has_arrived,
}
"""What must be so after a snippet, by a name that the snippet defines."""


def values(bootstrap: str, topic: str, key: bytes) -> list[bytes]:
    """The values under a key, a tombstone as no bytes."""
    config = {"bootstrap.servers": bootstrap, "group.id": "snippets", "enable.partition.eof": True}
    reader = Consumer(config)
    partitions = list(reader.list_topics(topic, WAIT_S).topics[topic].partitions)
    reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    values, open_partitions = [], set(partitions)
    while open_partitions:
        [record] = reader.consume(1, WAIT_S)
        if (error := record.error()) is not None:
            assert error.code() == KafkaError._PARTITION_EOF
            open_partitions.discard(record.partition())
        elif record.key() == key:
            assert record.partition() == partition_of(key, len(partitions))
            values.append(record.value() or b"")
    reader.close()
    return values

"""One table of settings: docker-compose.yml and the topics must agree with it."""

from pathlib import Path
from typing import Any

import yaml

from playhead.domain.topics import TOPICS
from playhead.lab.kafka.artifacts import VERSION
from playhead.lab.kafka.settings import placed, settings

ROOT = Path(__file__).parents[3]
PLACES = {
    "advertised.listeners",
    "controller.quorum.voters",
    "heap.opts",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dirs",
}
"""Where the node is, and the memory it gets: a container differs there, and nowhere else."""


def test_compose_starts_the_same_kafka() -> None:
    kafka = compose()["services"]["kafka"]
    assert kafka["image"] == f"apache/kafka:{VERSION}"
    names = {name: name.removeprefix("KAFKA_").lower().replace("_", ".") for name in kafka["environment"]}
    stated = {names[name]: value for name, value in kafka["environment"].items()}
    assert {name: value for name, value in stated.items() if name not in PLACES} == settings


def test_compose_publishes_on_loopback_only() -> None:
    published = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_broker_takes_the_largest_message_of_every_topic() -> None:
    largest = max(topic.max_message_bytes for topic in TOPICS)
    assert largest < int(settings["message.max.bytes"])


def test_what_is_given_overrules() -> None:
    assert placed(1, 2, Path("/logs"), {"node.id": "7"})["node.id"] == "7"


def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())

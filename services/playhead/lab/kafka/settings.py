"""The settings of a single-node Kafka: one table for the embedded broker, held equal to docker-compose.yml by a test."""

from collections.abc import Mapping
from pathlib import Path

settings: dict[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # One node: a second copy of the broker's own topics would have nowhere to go.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Kafka makes 50 of each when first asked, and waits for all of them: seconds before the first commit.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    # Nobody else is expected to join: the first member of a group need not wait for more.
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker may not come back before its old session has ended: 12 s with Kafka's defaults, 5 s with these.
    # Nobody else could take over meanwhile, so nothing is gained by waiting longer.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # Topics come from domain/topics.py only; a misspelt name is an error instead of a new topic.
    "auto.create.topics.enable": "false",
    # Dead letters take 2 MiB (domain/topics.py) and Kafka's own framing around it.
    "message.max.bytes": "2200000",
    "replica.fetch.max.bytes": "2200000",
    # 32 MiB maps 1.2 million keys in one compaction pass; Kafka's 128 MiB would be a quarter of our heap.
    "log.cleaner.dedupe.buffer.size": "33554432",
}
"""The settings of a node that are the same wherever it runs."""


def placed(port: int, controller_port: int, logs: Path, given: Mapping[str, str]) -> dict[str, str]:
    """All settings of a node on these loopback ports with its data in ``logs``; ``given`` overrule."""
    places = {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.quorum.voters": f"{settings['node.id']}@127.0.0.1:{controller_port}",
        "log.dirs": str(logs),
    }
    return {**settings, **places, **given}


def written(values: Mapping[str, str]) -> str:
    r"""The text of a Java properties file; a backslash there starts an escape, so it is doubled.

    >>> print(written({"log.dirs": "C:\\data", "node.id": "1"}), end="")
    log.dirs=C:\\data
    node.id=1
    """
    return "".join(f"{name}={value}\n".replace("\\", "\\\\") for name, value in values.items())

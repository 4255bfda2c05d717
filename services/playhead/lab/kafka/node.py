"""One run of Kafka: started on given ports, waited for, and verified by its cluster id."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import ports
from playhead.lab.kafka.child import KafkaProcess
from playhead.lab.kafka.settings import placed, written
from playhead.lab.kafka.storage import Kafka, format_storage

FLAGS = ("-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")
BRIEF = ("-XX:TieredStopAtLevel=1",)
"""Flags for a life of minutes: Java's second compiler takes half a core during the first two, and pays it back only later.

Without it a demo's first ranking came after 5.5 to 6.4 s instead of 6.9 to 9.4, and p99 of its first half minute was 66 to 95 ms
instead of 107 to 140; but under load for longer the broker takes .43 of a core instead of .33.
"""
POLL_S = 0.02
ANSWER_TIMEOUT_S = 2.0
REPAIR = "Read what Kafka says there; the settings it was given stand in server.properties beside its data."


class PortTakenError(Exception):
    """Another process took a port that had been free."""


@dataclass(frozen=True, slots=True)
class Address:
    """The two loopback ports of a node."""

    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """The address for clients, ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self.port}"


def start(
    kafka: Kafka,
    address: Address,
    data: Path,
    log: Path,
    given: Mapping[str, str],
    *,
    brief: bool = False,
    timeout_s: float,
) -> KafkaProcess:
    """Kafka as our child, when it answers on its port with the cluster id of its storage.

    Raises:
        PortTakenError: one of the ports is someone else's.
        Unavailable: Kafka ended, or did not answer in time; with its log's path and last lines.
    """
    logs = data / "logs"
    cluster = format_storage(kafka, logs)
    settings = data / "server.properties"
    settings.write_text(written(placed(address.port, address.controller_port, logs, given)), encoding="utf-8")
    with as_file(files(__package__).joinpath("log4j2.properties")) as logging:
        flags = [*FLAGS, *(BRIEF if brief else ()), f"-Dlog4j2.configurationFile={logging}"]
        child = KafkaProcess([*kafka.command(*flags), "kafka.Kafka", settings], log)
        try:
            _wait(child, address, cluster, time.monotonic() + timeout_s)
        except BaseException:
            child.kill()
            raise
    return child


def _wait(child: KafkaProcess, address: Address, cluster: str, deadline: float) -> None:
    while time.monotonic() < deadline:
        if child.status is not None:
            _ended(child)
        if ports.answers(address.port) and _is_ready(address, cluster):
            return
        time.sleep(POLL_S)
    raise _failure("Kafka did not answer in time", child)


def _is_ready(address: Address, cluster: str) -> bool:
    """Whether the broker takes part in its cluster; a controller alone answers earlier, without brokers."""
    client = AdminClient({"bootstrap.servers": address.bootstrap, "log_level": 0})
    try:
        metadata = client.list_topics(timeout=ANSWER_TIMEOUT_S)
    except KafkaException:
        return False
    if metadata.cluster_id is not None and metadata.cluster_id != cluster:
        raise PortTakenError(f"Port {address.port} is that of cluster {metadata.cluster_id}.")
    return metadata.cluster_id == cluster and bool(metadata.brokers)


def _ended(child: KafkaProcess) -> None:
    if "Address already in use" in child.output():
        raise PortTakenError(child.output_end())
    raise _failure(f"Kafka ended with status {child.status} instead of starting", child)


def _failure(problem: str, child: KafkaProcess) -> Unavailable:
    return Unavailable(f"{problem}. Its log is {child.log}, and ends with:\n{child.output_end()}\n", REPAIR)

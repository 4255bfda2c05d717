"""The embedded broker against the real thing: it answers, it is ours, it ends with us."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tests.effort import THOROUGH

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import EmbeddedBroker, ports

LARGEST = 2_097_152
"""What dead letters must be able to hold, domain/topics.py."""
PARENT = """
import sys, time
from pathlib import Path
from playhead.lab.kafka import EmbeddedBroker
with EmbeddedBroker(home=Path(sys.argv[1])) as broker:
    print(broker.pid, broker.bootstrap, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def own(home: Path) -> Iterator[EmbeddedBroker]:
    """A broker that a test may kill."""
    with EmbeddedBroker(home=home) as running:
        yield running


def test_answers_with_the_cluster_of_its_storage(broker: EmbeddedBroker) -> None:
    metadata = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=10)
    assert [node.port for node in metadata.brokers.values()] == [port_of(broker)]
    assert f"cluster.id={metadata.cluster_id}" in meta_of(broker)


def test_gives_back_what_was_sent(broker: EmbeddedBroker) -> None:
    make_topic(broker, "round-trip", {"max.message.bytes": str(LARGEST)})
    sent = [b"small", b"x" * (LARGEST - 1000)]
    send(broker, "round-trip", *sent)
    assert receive(broker, "round-trip", len(sent)) == sent


def test_makes_no_topic_that_nobody_asked_for(broker: EmbeddedBroker) -> None:
    client = AdminClient({"bootstrap.servers": broker.bootstrap})
    client.list_topics("misspelt", timeout=10)
    assert "misspelt" not in client.list_topics(timeout=10).topics


def test_transactions_are_ready_to_use(broker: EmbeddedBroker) -> None:
    make_topic(broker, "transactional")
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "test", "log_level": 0})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce("transactional", b"all or nothing")
    producer.commit_transaction(20)
    assert receive(broker, "transactional", 1) == [b"all or nothing"]


def test_another_broker_runs_beside_it(broker: EmbeddedBroker, own: EmbeddedBroker) -> None:
    assert own.bootstrap != broker.bootstrap
    assert cluster_of(own) != cluster_of(broker)


def test_does_not_take_another_kafka_for_its_own(
    broker: EmbeddedBroker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """free ports asked ──▶ someone takes them ──▶ Kafka starts: other ports, not the other's Kafka."""
    taken, others = [port_of(broker), 1], ports.free
    answers = iter([taken])
    monkeypatch.setattr(ports, "free", lambda count: next(answers, None) or others(count))
    with EmbeddedBroker(home=home) as second:
        assert second.bootstrap != broker.bootstrap
        assert cluster_of(second) != cluster_of(broker)


def test_refuses_data_that_another_broker_uses(home: Path, tmp_path: Path) -> None:
    with (
        EmbeddedBroker(home=home, data=tmp_path),
        pytest.raises(Unavailable, match="Another broker uses"),
        EmbeddedBroker(home=home, data=tmp_path),
    ):
        pass


def test_stop_leaves_no_process_no_port_and_no_data(home: Path) -> None:
    with EmbeddedBroker(home=home) as running:
        pid, port, data = running.pid, port_of(running), data_of(running)
        assert data.is_dir()
    assert not is_alive(pid)
    assert not ports.answers(port)
    assert not data.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_kill_9_of_the_parent_leaves_no_broker(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, bootstrap = parent.stdout.readline().split()
        assert is_alive(int(pid))
        parent.kill()
    assert within(5, lambda: not is_alive(int(pid)))
    assert not ports.answers(int(bootstrap.split(":")[1]))


def test_lives_on_when_the_thread_that_started_it_ends(home: Path) -> None:
    broker = EmbeddedBroker(home=home)
    starter = threading.Thread(target=broker.__enter__)
    starter.start()
    starter.join()
    try:
        time.sleep(0.5)
        assert cluster_of(broker)
    finally:
        broker.stop()


@pytest.mark.parametrize("end", [EmbeddedBroker.kill, lambda _: None], ids=["killed", "stopped cleanly"])
def test_restart_keeps_ports_and_data(own: EmbeddedBroker, end: Callable[[EmbeddedBroker], None]) -> None:
    make_topic(own, "kept")
    send(own, "kept", b"before")
    before = own.pid, own.bootstrap
    end(own)
    own.restart()
    send(own, "kept", b"after")
    assert receive(own, "kept", 2) == [b"before", b"after"]
    assert own.bootstrap == before[1]
    assert own.pid != before[0]


@pytest.mark.skipif(not THOROUGH, reason="two brokers, half a minute: HYPOTHESIS_PROFILE=thorough")
def test_data_are_kept_from_one_broker_to_the_next(home: Path, tmp_path: Path) -> None:
    with EmbeddedBroker(home=home, data=tmp_path) as first:
        make_topic(first, "kept")
        send(first, "kept", b"before")
    with EmbeddedBroker(home=home, data=tmp_path) as second:
        assert receive(second, "kept", 1) == [b"before"]


def test_a_broken_setting_shows_the_log(home: Path) -> None:
    broker = EmbeddedBroker(home=home, settings={"num.io.threads": "many"})
    with pytest.raises(Unavailable) as failure, broker:
        pass
    assert str(broker.log_path) in failure.value.reason
    assert "num.io.threads" in failure.value.reason
    assert broker.log_path.is_file()


def test_a_kafka_that_does_not_answer_in_time_is_ended(home: Path) -> None:
    broker = EmbeddedBroker(home=home, start_timeout_s=0.05)
    with pytest.raises(Unavailable, match="did not answer in time"), broker:
        pass


def make_topic(broker: EmbeddedBroker, name: str, config: dict[str, str] | None = None) -> None:
    client = AdminClient({"bootstrap.servers": broker.bootstrap})
    client.create_topics([NewTopic(name, 1, 1, config=config or {})])[name].result(20)


def send(broker: EmbeddedBroker, topic: str, *values: bytes) -> None:
    settings = {"bootstrap.servers": broker.bootstrap, "message.max.bytes": LARGEST, "log_level": 0}
    producer = Producer(settings)
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(20) == 0


def receive(broker: EmbeddedBroker, topic: str, count: int) -> list[bytes | None]:
    settings = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": topic,
        "auto.offset.reset": "earliest",
        "log_level": 0,
    }
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    try:
        return [poll(consumer) for _ in range(count)]
    finally:
        consumer.close()


def poll(consumer: Consumer) -> bytes | None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is not None and message.error() is None:
            return message.value()
    raise AssertionError("nothing came")


def cluster_of(broker: EmbeddedBroker) -> str:
    return str(AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=10).cluster_id)


def port_of(broker: EmbeddedBroker) -> int:
    return int(broker.bootstrap.split(":")[1])


def data_of(broker: EmbeddedBroker) -> Path:
    assert broker._folder is not None
    return broker._folder.path


def meta_of(broker: EmbeddedBroker) -> str:
    return (data_of(broker) / "logs" / "meta.properties").read_text()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False

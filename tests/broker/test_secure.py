"""Every role over TLS with a password, against a Kafka that refuses whatever ``domain/access.py`` does not grant."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import confluent_kafka.admin
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from tests.broker.house import Gateway
from tests.broker.world import World
from tests.timeline import happened

from playhead.domain.access import RIGHTS
from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, MODELS, RANKINGS, TITLES, TOPICS
from playhead.lab.kafka import ports
from playhead.lab.kafka.artifacts import find_kafka
from playhead.lab.kafka.java import find_java
from playhead.lab.kafka.node import Address, start
from playhead.lab.kafka.storage import prepared
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.connection import client_config, faust_credentials, producer_config
from playhead.runtime.dead_letters import list_dead_letters
from playhead.runtime.settings import Settings

kafka: Any = confluent_kafka.admin
"""Its stubs know little of users and rights."""
SECRET = "correct-horse-{role}"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key with a certificate for 127.0.0.1 that signs itself: for Kafka both in one file, for clients the latter."""
    key, own, both = folder / "key.pem", folder / "ca.pem", folder / "kafka.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=playhead-test -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *made.split(), "-keyout", str(key), "-out", str(own)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(key.read_text() + own.read_text())
    return both, own


def listening(address: Address, secure: int, keys: Path) -> dict[str, str]:
    """Beside the broker's own listener, which is for this file alone, one with TLS, SCRAM and access rights."""
    own = f"PLAINTEXT://{address.bootstrap}"
    return {
        "listeners": f"{own},SASL_SSL://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{address.controller_port}",
        "advertised.listeners": f"{own},SASL_SSL://127.0.0.1:{secure}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": LOGIN,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


def grant(bootstrap: str) -> None:
    """A user a role, with a password and the role's rights."""
    admin: Any = AdminClient({"bootstrap.servers": bootstrap})
    sha512 = kafka.ScramCredentialInfo(kafka.ScramMechanism.SCRAM_SHA_512, 4096)
    users = [
        kafka.UserScramCredentialUpsertion(role, sha512, SECRET.format(role=role).encode()) for role in RIGHTS
    ]
    rights = [
        kafka.AclBinding(
            kafka.ResourceType[right.kind.upper()],
            right.name,
            kafka.ResourcePatternType["PREFIXED" if right.prefix else "LITERAL"],
            f"User:{role}",
            "*",
            kafka.AclOperation[_upper(operation)],
            kafka.AclPermissionType.ALLOW,
        )
        for role, rights in RIGHTS.items()
        for right in rights
        for operation in right.operations
    ]
    for answer in [*admin.alter_user_scram_credentials(users).values(), *admin.create_acls(rights).values()]:
        answer.result(20)


def _upper(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name).lstrip("_")


@pytest.fixture(scope="module")
def secured(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Where the secure listener is, and whom to trust."""
    folder = tmp_path_factory.mktemp("secure")
    keys, authority = certificate(folder)
    port, controller, secure = ports.free(3)
    address = Address(port, controller)
    kafka = prepared(home, find_java(home, print), find_kafka(home, print), print)
    data = folder / "kafka"
    data.mkdir()
    child = start(kafka, address, data, folder / "kafka.log", listening(address, secure, keys), timeout_s=60)
    try:
        grant(address.bootstrap)
        yield Settings(
            bootstrap=f"127.0.0.1:{secure}",
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            ssl_ca_location=str(authority),
        )
    finally:
        child.stop(20)


def listens(port: int) -> set[str]:
    """The addresses on which this machine listens at a port."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    places = [line[1].split(":") for line in lines if line[3] == "0A"]
    return {
        "127.0.0.1" if address == "0100007F" else address
        for address, number in places
        if int(number, 16) == port
    }


def acting(settings: Settings, role: str) -> Settings:
    return replace(settings, sasl_username=role, sasl_password=SECRET.format(role=role), instance=f"{role}-0")


def environment(settings: Settings) -> dict[str, str]:
    names = (
        "bootstrap",
        "security_protocol",
        "sasl_mechanism",
        "sasl_username",
        "sasl_password",
        "ssl_ca_location",
    )
    return {f"PLAYHEAD_{name.upper()}": getattr(settings, name) for name in names}


def newest_of(settings: Settings, topic: str, wait_until: Callable[..., float]) -> bytes:
    config = {"group.id": "rankings-test", "auto.offset.reset": "earliest"}
    consumer = Consumer(client_config(acting(settings, "consumer")) | config)
    consumer.subscribe([topic])
    values: list[bytes] = []

    def any_more() -> bool:
        values.extend(message.value() or b"" for message in consumer.consume(10, 0.5))
        return bool(values)

    try:
        wait_until(any_more, f"a record of {topic}", 60)
    finally:
        consumer.close()
    return values[-1]


def test_each_role_works_with_its_own_rights_and_no_word_of_its_password(
    secured: Settings, tmp_path: Path, wait_until: Callable[..., float], capfd: pytest.CaptureFixture[str]
) -> None:
    operator = acting(secured, "operator")
    assert len(create_topics(operator)) == len(TOPICS)
    assert compare_topics(operator) == []
    worlds = {
        role: World(replace(acting(secured, role), data_dir=tmp_path / role, publish_every_s=0.1))
        for role in ("personalize", "learn")
    }
    producer = World(acting(secured, "producer"))
    [metrics_port] = ports.free(1)
    try:
        title = json.dumps({"title_id": "t1", "name": "A film"}).encode()
        producer.produce(TITLES, [(b"t1", title)])
        workers = [
            world.start(
                role,
                f"{role}-0",
                metrics_port=metrics_port if role == "personalize" else 0,
                more=environment(world.settings) | {"PLAYHEAD_LOG_LEVEL": "debug"},
            )
            for role, world in worlds.items()
        ]
        wait_until(
            lambda: listens(metrics_port) == {"127.0.0.1"}, "metrics on loopback, and nowhere else", 60
        )
        events = [
            happened("playback_completed", title_id="t1"),
            happened("page_viewed", at_s=9),
            {"type": "none"},
        ]
        producer.produce(EVENTS, [(b"ada", json.dumps(event).encode()) for event in events])
        ranking = json.loads(newest_of(secured, RANKINGS, wait_until))
        assert ranking["profile_id"] == "ada"
        wait_until(lambda: len(list(list_dead_letters(operator))) == 1, "a dead letter", 60)
        # The learner's publication is read by whoever may read it.
        wait_until(lambda: bool(worlds["personalize"].read(MODELS)), "models", 60)
        for world, worker in zip(worlds.values(), workers, strict=True):
            world.stop(worker)
    finally:
        for world in (*worlds.values(), producer):
            world.close()
    output = "".join(capfd.readouterr())
    assert '"worker ready"' in output or "worker ready" in output
    assert "correct-horse" not in output


def test_the_gateway_works_with_its_own_rights(
    secured: Settings, tmp_path: Path, wait_until: Callable[..., float]
) -> None:
    create_topics(acting(secured, "operator"))
    settings = acting(secured, "gateway")
    gateway = Gateway(settings, tmp_path / "log", **environment(settings))
    try:
        wait_until(lambda: gateway.get("/readyz").status == 200, "the gateway is ready", 90)
        assert gateway.send(happened("page_viewed", at_s=20)).status == 202
        assert gateway.get("/v1/profiles/ada").status in {200, 404}  # the changelog may be read
        assert gateway.get("/v1/profiles/nobody/ranking").status == 200
    finally:
        assert gateway.stop() == 0
    assert "correct-horse" not in gateway.log.read_text()


def test_what_is_not_granted_is_refused(secured: Settings) -> None:
    refused: list[str] = []
    producer = Producer(producer_config(acting(secured, "personalize")))
    producer.produce(MODELS, b"x", b"heads/0/0", on_delivery=lambda error, _: refused.append(str(error)))
    producer.flush(10)
    producer.close()
    assert "authorization" in refused[0].lower()


@pytest.mark.parametrize("wrong", ["password", "authority"])
def test_who_can_not_log_in_is_told_so_and_the_password_is_not(
    secured: Settings, wrong: str, tmp_path: Path
) -> None:
    settings = acting(secured, "operator")
    if wrong == "password":
        settings = replace(settings, sasl_password="correct-horse-but-wrong")
    else:
        _, other = certificate(tmp_path)
        settings = replace(settings, ssl_ca_location=str(other))
    with pytest.raises(Unavailable) as caught:
        compare_topics(settings)
    assert "correct-horse" not in str(caught.value)


def test_no_repr_has_a_secret(secured: Settings) -> None:
    settings = acting(secured, "learn")
    assert settings.sasl_password in client_config(settings).values()
    assert "correct-horse" not in repr(settings) + str(settings) + repr(faust_credentials(settings))


def test_a_key_that_can_not_be_used_is_named_with_its_repair(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    with pytest.raises(Unavailable, match="PLAYHEAD_SSL"):
        faust_credentials(Settings(security_protocol="SSL", ssl_ca_location=missing))


def test_the_command_line_takes_it_all_from_the_environment(secured: Settings) -> None:
    command = [sys.executable, "-m", "playhead.cli", "topics", "--check"]
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", **environment(acting(secured, "operator"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": secured.bootstrap, "log_level": 0}).list_topics(timeout=3)

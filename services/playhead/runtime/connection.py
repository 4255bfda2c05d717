"""Configurations of all Kafka clients: brokers, credentials, and shared settings."""

import ssl
from typing import Any

import faust

from playhead.domain.errors import Unavailable
from playhead.runtime.compression import LARGEST
from playhead.runtime.settings import Settings

ISOLATION = "read_committed"
"""The isolation level of all consumers: no records of transactions that are aborted or not yet committed."""
SESSION_TIMEOUT_S = 6.0
"""A worker that is silent for longer has lost its partitions: the least that brokers allow by default."""


def client_config(settings: Settings) -> dict[str, Any]:
    """The base configuration of every librdkafka client."""
    config: dict[str, Any] = {
        "bootstrap.servers": settings.bootstrap,
        "client.id": f"playhead-{settings.instance}",
        "security.protocol": settings.security_protocol,
        # Warnings and worse.
        "log_level": 4,
    }
    if settings.security_protocol.startswith("SASL"):
        config["sasl.mechanism"] = settings.sasl_mechanism
        config["sasl.username"] = settings.sasl_username
        config["sasl.password"] = settings.sasl_password
    files = {
        "ssl.ca.location": settings.ssl_ca_location,
        "ssl.certificate.location": settings.ssl_certificate_location,
        "ssl.key.location": settings.ssl_key_location,
    }
    return config | {name: path for name, path in files.items() if path}


def producer_config(settings: Settings) -> dict[str, Any]:
    """A producer that loses and reorders nothing, and places keys where Faust and the Java clients do."""
    return client_config(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        # librdkafka's own default hashes otherwise: a profile's events and rankings would not meet.
        "partitioner": "murmur2_random",
        # 1 ms lets a batch leave in few requests; 0 costs a request a record and collapses under load.
        "linger.ms": 1,
        "compression.type": "lz4",
        # Below the session time-out: what was not delivered while this worker owned its partitions never is.
        "delivery.timeout.ms": int(SESSION_TIMEOUT_S * 750),
        "request.timeout.ms": int(SESSION_TIMEOUT_S * 500),
        "queue.buffering.max.messages": 500_000,
        "queue.buffering.max.kbytes": 512 * 1024,
        # The broker's limits count compressed bytes, this one plain: an original that was compressed well
        # must get to the dead letters, however large it is.
        "message.max.bytes": 1_000_000_000,
    }


def consumer_config(settings: Settings) -> dict[str, Any]:
    """The base configuration of every librdkafka consumer."""
    return client_config(settings) | {"isolation.level": ISOLATION, "enable.auto.commit": False}


def reader_config(settings: Settings) -> dict[str, Any]:
    """A consumer outside any group, which reads the partitions it is assigned and reports their ends."""
    return consumer_config(settings) | {
        # librdkafka wants a name even when it never joins.
        "group.id": f"playhead-reader-{settings.instance}",
        "enable.partition.eof": True,
        # The reader decides: a broken batch can send librdkafka to an offset that never was.
        "auto.offset.reset": "error",
        "fetch.wait.max.ms": 50,
        "check.crcs": True,
        # Of a batch before it was compressed: with librdkafka's own million a good batch may seem broken.
        "message.max.bytes": LARGEST,
        "queued.max.messages.kbytes": 32 * 1024,
    }


def faust_brokers(settings: Settings) -> list[str]:
    """The brokers as Faust's URLs."""
    return [f"kafka://{address.strip()}" for address in settings.bootstrap.split(",")]


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ssl_ca_location or None)
        if settings.ssl_certificate_location:
            context.load_cert_chain(
                settings.ssl_certificate_location, settings.ssl_key_location or None, password=_no_password
            )
    except OSError as error:
        raise Unavailable(
            f"The files of PLAYHEAD_SSL_* can't be used: {error}.",
            "Give PEM files that this user may read, the key without a password.",
        ) from error
    return context


def _no_password() -> str:
    """A callback that has no password for an encrypted key; without it, OpenSSL would ask at the terminal."""
    return ""


def faust_credentials(settings: Settings) -> Any:
    """The credentials for Faust, None for a plain connection."""
    protocol = settings.security_protocol
    context = None
    if protocol.endswith("SSL"):
        context = _tls(settings)
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None

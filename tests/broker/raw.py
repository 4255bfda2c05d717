"""What no client would send: record batches written to a broker by hand, and into its files behind its back."""

import socket
import struct
import time
from pathlib import Path

from aiokafka.record.util import calc_crc32c
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from tests.batches import AT

PRODUCE, VERSION = 0, 7
"""The oldest request in which a broker takes every codec."""
WAIT_S = 10.0
BEGINNING = (3, 5, 6)
"""A topic that was just made has no leader for a moment."""


def produce(bootstrap: str, topic: str, partition: int, batch: bytes) -> int:
    """Write a batch as it is; its offset.

    Raises:
        Refused: the broker does not store it.
    """
    name = topic.encode()
    body = struct.pack(">hhih1shhi", PRODUCE, VERSION, 1, 1, b"t", -1, -1, int(WAIT_S * 1000))
    body += struct.pack(f">ih{len(name)}siii", 1, len(name), name, 1, partition, len(batch)) + batch
    until_s = time.monotonic() + WAIT_S
    while True:
        answer = _asked(bootstrap, body)
        error, offset = struct.unpack_from(">hq", answer, 4 + 4 + 2 + len(name) + 4 + 4)
        if error == 0:
            return int(offset)
        if error not in BEGINNING or time.monotonic() > until_s:
            raise Refused(error)
        time.sleep(0.05)


def _asked(bootstrap: str, request: bytes) -> bytes:
    host, _, port = bootstrap.partition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        return _exactly(connection, struct.unpack(">i", _exactly(connection, 4))[0])


class Refused(Exception):
    """The broker's error code."""


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        more = connection.recv(count - len(received))
        if not more:
            raise Refused("connection closed")
        received += more
    return received


def log_folder(bootstrap: str) -> Path:
    """Where a broker of this machine keeps its logs, as it says itself."""
    asked = ConfigResource(ResourceType.BROKER, "1")
    admin = AdminClient({"bootstrap.servers": bootstrap})
    answers = admin.describe_configs([asked])
    return Path(answers[asked].result(10)["log.dirs"].value)


def overwrite(
    data: Path, topic: str, partition: int, offset: int, at: int, new: bytes, *, summed: bool
) -> None:
    """Change a stored batch in the broker's file, ``at`` bytes behind its begin, as a broken disk would.

    ``summed`` makes its checksum fit again, so that readers look at what is behind it.
    """
    # No walk through all of it: folders of topics deleted before may vanish meanwhile.
    for path in sorted(data.joinpath(f"{topic}-{partition}").glob("*.log")):
        with path.open("r+b") as file:
            held = file.read()
            begin = 0
            while begin < len(held):
                base, length = struct.unpack_from(">qi", held, begin)
                end = begin + 12 + length
                if base == offset:
                    batch = bytearray(held[begin:end])
                    batch[at : at + len(new)] = new
                    if summed:
                        batch[AT["crc"] : AT["attributes"]] = calc_crc32c(
                            bytes(batch[AT["attributes"] :])
                        ).to_bytes(4)
                    file.seek(begin)
                    file.write(batch)
                    return
                begin = end
    raise AssertionError(f"no batch begins at {offset}")

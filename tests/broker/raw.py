"""What no client would send: record batches written to a broker by hand, and into its files behind its back."""

import socket
import struct
from pathlib import Path

PRODUCE, VERSION = 0, 7
"""The oldest request in which a broker takes every codec."""
WAIT_S = 10.0


def produce(bootstrap: str, topic: str, partition: int, batch: bytes) -> int:
    """Write a batch as it is; its offset, or the broker's refusal.

    Raises:
        Refused: the broker does not store it.
    """
    name = topic.encode()
    body = struct.pack(">hhih1shhi", PRODUCE, VERSION, 1, 1, b"t", -1, -1, int(WAIT_S * 1000))
    body += struct.pack(f">ih{len(name)}siii", 1, len(name), name, 1, partition, len(batch)) + batch
    host, _, port = bootstrap.partition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        answer = _exactly(connection, struct.unpack(">i", _exactly(connection, 4))[0])
    error, offset = struct.unpack_from(">hq", answer, 4 + 4 + 2 + len(name) + 4 + 4)
    if error:
        raise Refused(error)
    return int(offset)


class Refused(Exception):
    """The broker's error code."""


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = connection.recv(count - len(found))
        if not more:
            raise Refused("connection closed")
        found += more
    return found


def segment(data: Path, topic: str, partition: int) -> Path:
    """The newest file of a partition's log."""
    return max(data.rglob(f"{topic}-{partition}/*.log"))

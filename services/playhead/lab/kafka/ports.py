"""Loopback ports that nobody listens on."""

import errno
import secrets
import socket
from contextlib import closing

from playhead.domain.errors import Unavailable

RANGE = range(20_000, 32_000)
"""Below the ports that systems lend to outgoing connections (from 32768 on Linux, 49152 elsewhere): those could
be taken while a broker restarts, even by a client of ours that calls its own port and so connects to itself."""
ATTEMPTS = 200


def free(count: int) -> list[int]:
    """``count`` different ports that are free now; another process may take one before they are used.

    Raises:
        Unavailable: hardly any port is free.
    """
    free_ports: set[int] = set()
    for _ in range(ATTEMPTS):
        port = secrets.choice(RANGE)
        if is_free(port):
            free_ports.add(port)
        if len(free_ports) == count:
            return list(free_ports)
    raise Unavailable(
        f"No {count} free ports from {RANGE.start} to {RANGE.stop}.", "Stop what listens on them."
    )


def is_free(port: int) -> bool:
    """Whether a listener could be opened on this loopback port now."""
    with closing(socket.socket()) as probe:
        # As Java does: connections that have ended but are remembered do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def answers(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

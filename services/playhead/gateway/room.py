"""Limits on simultaneous connections, or streams: in all, and by client address."""

from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Literal

Bound = Literal["all", "peer"]
SITE_BITS = 64
"""Bits of an IPv6 address that tell clients apart: the rest is a client's own to choose."""


class Room:
    """Counts connections, in all and by peer."""

    def __init__(self, most: int, most_of_peer: int) -> None:
        self.count = 0
        self._most = most
        self._most_of_peer = most_of_peer
        self._peers: Counter[str] = Counter()

    def full_for(self, peer: str) -> Bound | None:
        """The limit that one more of this peer would exceed, None if there is room."""
        if self.count >= self._most:
            return "all"
        return "peer" if self._peers[peer] >= self._most_of_peer else None

    def enter(self, peer: str) -> None:
        """Counts one more of this peer."""
        self.count += 1
        self._peers[peer] += 1

    def leave(self, peer: str) -> None:
        """Counts one less of this peer."""
        self.count -= 1
        self._peers[peer] -= 1
        if not self._peers[peer]:
            del self._peers[peer]  # nothing is remembered of who has been here


def peer_of(peername: Any) -> str:
    """The peer that a socket's address stands for: one IPv4 address, or the network of an IPv6 address.

    >>> peer_of(("192.0.2.7", 50123)), peer_of(("2001:db8::1:2", 50123, 0, 0)), peer_of(("::ffff:192.0.2.7", 1))
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    if not isinstance(peername, tuple):
        return ""
    try:
        address = ip_address(str(peername[0]).partition("%")[0])
    except ValueError:
        return str(peername[0])
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, SITE_BITS), strict=False))
    return str(address)

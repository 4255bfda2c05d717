"""Forwarding of misplaced events: an event on a wrong partition is sent once to that of its profile, with a header.

The header holds the original place: a record with it is never forwarded again, and a profile remembers up to which original offset it
has folded forwarded events, so that none is folded twice, however often a worker is killed between sending and committing.
"""

from typing import NamedTuple

from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import EVENTS

MOVED = "playhead-moved"
"""Name of the header; its value is the original topic, partition and offset, separated by spaces."""
MAX_HEADER_BYTES = 32_768
"""Largest headers that are forwarded; larger ones are dropped, so that a record that just fits on its topic still fits with one more header."""


class ForwardedFrom(NamedTuple):
    """The place of an event before it was forwarded."""

    partition: int
    offset: int


def is_moved(record: Incoming) -> bool:
    """Whether a record has the header of a forwarded one."""
    return any(name == MOVED for name, _ in record.headers)


def origin_of(record: Incoming) -> ForwardedFrom | None:
    """The place of a record before it was forwarded; None if it was not, or its header has another form.

    >>> origin_of(Incoming(EVENTS, 0, 9, 0, b"ada", b"{}", ((MOVED, b"playhead.events 3 17"),)))
    ForwardedFrom(partition=3, offset=17)
    """
    for name, value in record.headers:
        place = value.split() if name == MOVED and value else []
        if len(place) == len(("topic", *ForwardedFrom._fields)) and all(
            number.isdigit() for number in place[1:]
        ):
            return ForwardedFrom(int(place[1]), int(place[2]))
    return None


def moved(record: Incoming, partition: int) -> Outgoing:
    """The event as a record for another partition, with a header that holds its original place."""
    own = tuple(header for header in record.headers if header[0] != MOVED)
    small = sum(len(name) + len(value or b"") for name, value in own) <= MAX_HEADER_BYTES
    place = f"{record.topic} {record.partition} {record.offset}".encode()
    return Outgoing(EVENTS, record.key, record.value, (*(own if small else ()), (MOVED, place)), partition)

"""Forwards an event from a wrong partition to its profile's, once, with a header by which it is recognised there.

The header says where it stood: whatever has it is never sent on again, and a profile that remembers up to which of them it
has folded takes none twice, however often a worker is killed between sending and committing.
"""

from typing import NamedTuple

from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import EVENTS

MOVED = "playhead-moved"
"""Its value: topic, partition and offset where the event stood, with a space between them."""
MAX_HEADER_BYTES = 32_768
"""A record that just fits on its topic must still fit with one header more: of larger ones none goes along."""


class ForwardedFrom(NamedTuple):
    """The place of an event before it was forwarded."""

    partition: int
    offset: int


def is_moved(record: Incoming) -> bool:
    """Whether a record was forwarded already, or says so."""
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
    """The event for another partition, with a header that says where it stood."""
    own = tuple(header for header in record.headers if header[0] != MOVED)
    small = sum(len(name) + len(value or b"") for name, value in own) <= MAX_HEADER_BYTES
    place = f"{record.topic} {record.partition} {record.offset}".encode()
    return Outgoing(EVENTS, record.key, record.value, (*(own if small else ()), (MOVED, place)), partition)

"""The values passed between the runtime, which does input and output, and the core, which only computes."""

from dataclasses import dataclass, field
from typing import NamedTuple

from playhead.domain.errors import Rejected
from playhead.domain.stats import Stats


class Incoming(NamedTuple):
    """A record as it was read from a topic partition."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    flaw: Rejected | None = None
    """The reason why the record can't be used, if it was found on reading; then it may have no bytes."""


class Outgoing(NamedTuple):
    """A record to be produced; without a partition, the key decides (``domain.topics.partition_for``)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None


class Source(NamedTuple):
    """The source of a batch: a topic partition in one ``epoch`` of that topic.

    ``epoch`` is a 32-bit digest of Kafka's topic id: a topic that is deleted and made anew starts again at
    offset 0 with another epoch, and offsets of two epochs can't be compared. ``partitions``: the number of partitions over which keys
    are spread, 0 if keys do not determine the partition.
    """

    epoch: int
    partition: int
    partitions: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of one batch of events; the order in which the runtime must make them durable is part of the meaning.

    1. ``first``: records that must be on the broker before the state, because they can't be made again from the state (examples,
       erasures for other partitions); together with ``misplaced``: events that were not folded, as their profiles belong to another
       partition, and that are forwarded or refused.
    2. ``state``: stored records by key; together with ``then``: records that can be made
       again from the state when the same events are read once more (rankings, decisions, receipts).
    3. ``rejected``: records with the reason why they can't be used; on the dead-letter topic before the commit.

    ``erased``: profiles that these events leave erased, with the offset of the erasure. Their stored record is an
    erasure marker, to be removed once no older event can arrive; the erasure is not committed before that.
    """

    first: list[Outgoing] = field(default_factory=list)
    state: list[tuple[bytes, bytes]] = field(default_factory=list)
    then: list[Outgoing] = field(default_factory=list)
    misplaced: list[Incoming] = field(default_factory=list)
    rejected: list[tuple[Incoming, Rejected]] = field(default_factory=list)
    erased: list[tuple[bytes, int]] = field(default_factory=list)
    stats: Stats = field(default_factory=Stats)
    """Statistics for metrics; no effect at all."""

"""A broker, a disk and an outbox that do in one thread what the real ones do, one step when told."""

from collections.abc import Awaitable, Generator, Iterable, Sequence
from random import Random
from typing import NamedTuple, Self

from playhead.domain.errors import Unavailable
from playhead.domain.records import Incoming, Outgoing
from playhead.runtime.recovery import counts
from playhead.runtime.store import Position


class Member:
    """An instance in one generation of the group."""

    def __init__(self, instance: str) -> None:
        self.instance = instance


class Broker:
    """Topics as lists of records, all of one partition but where records name theirs; and a group's offsets."""

    def __init__(self) -> None:
        self._topics: dict[tuple[str, int], list[Outgoing | None]] = {}
        """None: an offset that nobody gets a record of, as it was aborted or is the end of a transaction."""
        self.committed: dict[int, int] = {}
        self.owner: dict[int, Member] = {}
        """Whom the group counts as a partition's owner."""
        self.generation = 0
        """How often ownership has moved."""

    def append(self, record: Outgoing) -> int:
        """The offset that the record got."""
        topic = self._topics.setdefault((record.topic, record.partition or 0), [])
        topic.append(record)
        return len(topic) - 1

    def leave_out(self, topic: str, partition: int, count: int) -> None:
        """A transaction of somebody else's was here."""
        self._topics.setdefault((topic, partition), []).extend([None] * count)

    def read(self, topic: str, partition: int = 0, offset: int = 0, limit: int = 10**9) -> list[Incoming]:
        """What there is among the next ``limit`` offsets."""
        records = self._topics.get((topic, partition), [])[offset : offset + limit]
        return [
            Incoming(topic, partition, offset + n, 0, record.key, record.value, record.headers)
            for n, record in enumerate(records)
            if record is not None
        ]

    def end(self, topic: str, partition: int = 0) -> int:
        return len(self._topics.get((topic, partition), []))


class Reader:
    """As ``runtime.reading.Reader`` reads the changelog; its settings are the broker itself."""

    def __init__(
        self, broker: Broker, topic: str, *, partition: int, offset: int, whole: bool, flawed: bool
    ) -> None:
        assert whole  # what another wrote may stand behind an open transaction
        assert flawed  # and an owner must know of what can't be read
        self._found = broker.read(topic, partition, offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def to_end(self) -> list[list[Incoming]]:
        return [self._found]


class Disk:
    """A store's bytes: they outlive the process that wrote them, as far as they were flushed."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self._position = 0
        self.flush()

    def position(self) -> Position:
        return Position(0, self._position)

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.records.get(key) for key in keys]

    def write(
        self,
        records: Iterable[tuple[bytes, bytes | None]],
        position: Position,
        _folded: int | None = None,
    ) -> None:
        for key, value in records:
            if value is None:
                self.records.pop(key, None)
            else:
                self.records[key] = value
        self._position = position.offset

    def flush(self) -> None:
        self._flushed = dict(self.records), self._position

    def crash(self) -> None:
        """What was written since is gone, the position with it."""
        records, self._position = self._flushed
        self.records = dict(records)

    def recover(self, changelog: Sequence[Incoming]) -> None:
        """What recovery does with the changelog behind the stored position: of one epoch, the higher watermark."""
        for record in changelog:
            key = record.key or b""
            changes = [(key, record.value)] if counts(record, self.records.get(key)) else []
            self.write(changes, Position(0, record.offset + 1))
        self.flush()


class Flight(NamedTuple):
    """A record between a worker and the broker."""

    record: Outgoing
    ticket: "Ticket"
    followed: bool = False

    @property
    def place(self) -> tuple[str, int | None]:
        return self.record.topic, self.record.partition


class Ticket:
    """As ``runtime.outbox.Ticket``: what is waited for is what the scheduler lets through."""

    def __init__(self, outbox: "Outbox") -> None:
        self._outbox = outbox
        self.open = 0
        self.sent = False
        self.failed = False
        self.highest_offset = -1

    def __bool__(self) -> bool:
        return self.sent

    def send(self, records: Iterable[Outgoing]) -> None:
        for record in records:
            self._outbox.flights.append(Flight(record, self))
            self.open += 1
            self.sent = True

    def send_followed(self, records: Iterable[Outgoing]) -> None:
        before = len(self._outbox.flights)
        self.send(records)
        flights = self._outbox.flights
        flights[before:] = [flight._replace(followed=True) for flight in flights[before:]]

    def delivered(self) -> Awaitable[None]:
        return _Delivered(self)


class _Delivered:
    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket

    def __await__(self) -> Generator[Ticket, None, None]:
        yield self._ticket  # where a worker may be stopped, also when all is delivered
        while self._ticket.open and not self._ticket.failed:
            yield self._ticket
        if self._ticket.failed:
            raise Unavailable("A record was not delivered.", "None: the scheduler wanted it so.")


class Outbox:
    """The records of one process that are on their way: in their order to each partition of a topic, in any to others."""

    def __init__(self, broker: Broker, random: Random) -> None:
        self._broker = broker
        self._random = random
        self.flights: list[Flight] = []

    def ticket(self) -> Ticket:
        return Ticket(self)

    def deliver(self, count: int) -> None:
        """The broker takes the next of them."""
        for _ in range(min(count, len(self.flights))):
            topic, partition = self._random.choice(self.flights).place
            first = next(n for n, each in enumerate(self.flights) if each.place == (topic, partition))
            record, ticket, followed = self.flights.pop(first)
            offset = self._broker.append(record)
            ticket.open -= 1
            if followed:
                ticket.highest_offset = max(ticket.highest_offset, offset)

    def lose(self) -> None:
        """The others will never arrive: their time is up, or their process is gone."""
        for flight in self.flights:
            flight.ticket.failed = True
        self.flights.clear()

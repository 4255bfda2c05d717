"""How a topic is read outside any group, from a known place to its present end."""

from collections.abc import Iterator, Sequence
from operator import methodcaller
from types import TracebackType
from typing import Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Incoming
from playhead.runtime.connection import client_config, reader_config
from playhead.runtime.differences import Missing
from playhead.runtime.logs import Log
from playhead.runtime.settings import Settings
from playhead.runtime.stalls import Part, Stalls
from playhead.runtime.topology import describe, ends
from playhead.runtime.unreadable import report

log = Log(__name__)

BATCH = 10_000
"""Records asked for at once: 208,000 a second are recovered this way, 8,600 one at a time."""
WAIT_S = 0.05
"""librdkafka waits this long when there are fewer records than asked for: the last read always takes it."""
BEGINNING, END = -2, -1
"""Where reading begins, as Kafka counts."""
BROKEN = frozenset(
    {
        KafkaError._BAD_MSG,  # noqa: SLF001 - their public names
        KafkaError._BAD_COMPRESSION,  # noqa: SLF001
        KafkaError._NOT_IMPLEMENTED,  # noqa: SLF001
        KafkaError._UNDERFLOW,  # noqa: SLF001
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.MSG_SIZE_TOO_LARGE,
    }
)
"""Errors that librdkafka reports for batches that it can't read, and for nothing else."""
NAMES = Rejected(
    "The name of a header is not UTF-8.", "Name headers in UTF-8, or leave them out, and produce it again."
)
_headers = methodcaller("headers")
"""A header's name that is no UTF-8 makes librdkafka's method return with an exception that Python, where it has compiled
the call, does not notice: it is raised later, at another place. A call made from C checks for it."""


class Reader:
    """Reads all partitions of topics (or one partition from an offset), committed records only.

    What stands behind the begin of an open transaction can't be read yet. A partition that has such records has its
    end there; ``whole`` waits for them, for those who must know all that was written before now.

    What can't be read stops nothing: it is counted, logged and left out. ``flawed`` has it delivered with its ``flaw``.
    Every call blocks; call them in a thread.
    """

    def __init__(
        self,
        settings: Settings,
        *topics: str,
        partition: int | None = None,
        offset: int = 0,
        whole: bool = False,
        flawed: bool = False,
    ) -> None:
        self._settings = settings
        self._flawed = flawed
        self._consumer = Consumer(reader_config(settings))
        numbers = {name: [partition] for name in topics if partition is not None} or _all(settings, topics)
        parts = [TopicPartition(name, number, offset) for name in topics for number in numbers[name]]
        self.unfinished = {(part.topic, part.partition) for part in parts}
        """Partitions whose end has not been reached yet; once reached, an end is not looked for again."""
        self.reached: dict[Part, int] = {}
        """Offset of the end of each partition when it was reached last."""
        self._wanted = {
            (name, number): end
            for name in (topics if whole else ())
            for number, end in self._ends(name, numbers[name]).items()
        }
        self._stalls = Stalls(self._consumer, parts)
        self._consumer.assign(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, limit: int = BATCH, wait_s: float = WAIT_S) -> list[Incoming]:
        """At most ``limit`` records, fewer or none when ``wait_s`` is over."""
        return self._records(self._consumer.consume(limit, wait_s))

    def read_soon(self, limit: int = BATCH, wait_s: float = WAIT_S) -> list[Incoming]:
        """Like ``read``, but returns with what there is as soon as there is something: for following, not for bulk."""
        messages = self._consumer.consume(1, wait_s)
        return self._records(messages + self._consumer.consume(limit - 1, 0) if messages else messages)

    def _records(self, messages: list[Message]) -> list[Incoming]:
        records: list[Incoming] = []
        mended: set[Part] = set()
        for message in messages:
            part, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
            # What was read behind such a place comes again, as reading goes on behind what is read tolerantly.
            if part in mended:
                continue
            error = message.error()
            if error is None:
                again = self._stalls.take(part, offset)
                if again is None:
                    records.append(incoming(message))
                    continue
                instead: Sequence[Incoming] | None = self._mend(part, again)
            else:
                instead = self._instead(part, offset, error)
            if instead is not None:
                mended.add(part)
                records += instead
        for part, offset in self._stalls.look():
            records += self._mend(part, offset)
        return self._usable(records)

    def _instead(self, part: Part, offset: int, error: KafkaError) -> Sequence[Incoming] | None:
        """Handles an error of librdkafka: the records read instead, None where it goes on by itself.

        Raises:
            Unavailable: the partition can't be read there.
        """
        code = error.code()
        if code == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            self._at_end(part, offset)
            self._stalls.reach(part, offset)
            return None
        if code == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            return self._reset(part)
        if code in BROKEN:
            return self._mend(part, self._stalls.begin(part, offset))
        if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise Missing([part[0]])
        if not error.retriable():
            raise Unavailable(f"Can't read {part[0]}: {error}.", "See to the broker and the topic.")
        return None

    def _reset(self, part: Part) -> Sequence[Incoming]:
        """Goes on after the broker did not have the offset that librdkafka asked for."""
        low, high = self._watermarks(*part)
        here = self._stalls.begin(part, 0)
        if low <= here <= high:
            return self._mend(part, here)
        # Retention or compaction has passed it, or the topic was made anew.
        self._go_on(part, low)
        return []

    def _mend(self, part: Part, begin: int) -> Sequence[Incoming]:
        """Reads tolerantly from an offset at which librdkafka can't, and lets it go on behind."""
        from playhead.runtime.stretch import read_stretch

        try:
            records, end = read_stretch(self._settings, *part, begin)
        except Unavailable as error:
            log.warning("can't read tolerantly: trying again", why=str(error))
            records, end = [], begin
        if end == begin:
            self._stalls.in_vain()
        self._go_on(part, end)
        return records

    def _at_end(self, part: Part, offset: int) -> None:
        self.reached[part] = offset
        wanted = self._wanted.get(part, 0)
        if offset >= wanted:
            self.unfinished.discard(part)
        else:
            topic, partition = part
            log.warning(
                "waiting for a transaction", topic=topic, partition=partition, offset=offset, end=wanted
            )

    def _go_on(self, part: Part, offset: int) -> None:
        self._stalls.reach(part, offset)
        place = [TopicPartition(*part, offset)]
        # A partition that has ended in an error can't be sought in; one that is given anew can be in any state.
        self._consumer.incremental_unassign(place)
        self._consumer.incremental_assign(place)

    def _usable(self, records: list[Incoming]) -> list[Incoming]:
        if all(record.flaw is None for record in records):
            return records
        # The others were reported where they were read.
        report([record for record in records if record.flaw is NAMES])
        return records if self._flawed else [record for record in records if record.flaw is None]

    def to_end(self) -> Iterator[list[Incoming]]:
        """Batches up to the ends of all partitions."""
        while self.unfinished:
            batch = self.read()
            if batch:
                yield batch

    def begin(self, topic: str, partition: int) -> int:
        """Offset from which a partition still has its records."""
        return self._watermarks(topic, partition)[0]

    def end(self, topic: str, partition: int) -> int:
        """Offset after the last record of a partition, be it committed or not."""
        return self._ends(topic, [partition])[partition]

    def _ends(self, topic: str, partitions: list[int]) -> dict[int, int]:
        return ends(AdminClient(client_config(self._settings)), topic, partitions, committed=False)

    def _watermarks(self, topic: str, partition: int) -> tuple[int, int]:
        """The offsets where a partition begins, and where it ends for readers of committed records."""
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)
        except KafkaException as error:
            raise Unavailable(f"Can't ask for the ends of {topic}: {error}.", "See to the broker.") from error
        return int(low), int(high)

    def close(self) -> None:
        """Closes the connection."""
        self._consumer.close()


def _all(settings: Settings, topics: tuple[str, ...]) -> dict[str, list[int]]:
    return {name: list(range(topic.partitions)) for name, topic in describe(settings, *topics).items()}


def incoming(message: Message) -> Incoming:
    """Converts a record of librdkafka."""
    flaw = None
    try:
        headers = tuple(cast("list[tuple[str, bytes | None]]", _headers(message) or []))
    except (SystemError, UnicodeDecodeError):
        headers, flaw = (), NAMES
    return Incoming(
        str(message.topic()),
        int(message.partition() or 0),
        int(message.offset() or 0),
        message.timestamp()[1],
        message.key(),
        message.value(),
        headers,
        flaw,
    )

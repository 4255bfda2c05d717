"""Dead letters: how records that can't be used are kept, listed and replayed."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from confluent_kafka import Producer

from playhead.domain.errors import Rejected, Unavailable, Unreadable
from playhead.domain.forwarding import MOVED
from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import DEAD_LETTERS, partition_for
from playhead.observe import metrics
from playhead.runtime.connection import producer_config
from playhead.runtime.logs import Log
from playhead.runtime.outbox import Outbox
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import layout

log = Log(__name__)

VERSION = "1"
AGAIN_S = 2.0
"""Wait between two tries to write a dead letter that the broker refused."""
ATTEMPTS = "playhead-attempts"
"""Header of a replayed record: how often it was rejected before."""
MANY_DIGITS = 10
ORIGINAL = "original."
"""Prefix under which a dead letter keeps the headers that its original had."""


class DeadLetter(NamedTuple):
    """A rejected record with its reason; ``record`` is the original, bytes untouched, with the place where it stood."""

    record: Incoming
    error: str
    message: str
    repair: str
    attempts: int


def dead_letter(record: Incoming, error: Rejected) -> Outgoing:
    """The record of a dead letter: original bytes and key, the reason in headers, all of them UTF-8 text."""
    reasons = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": str(record.timestamp_ms),
        "error": type(error).__name__,
        "message": error.reason,
        "repair": error.repair,
        "attempts": str(_attempts(record) + 1),
        "version": VERSION,
    }
    headers: list[tuple[str, bytes | None]] = [
        (name, text.encode("utf-8", "replace")) for name, text in reasons.items()
    ]
    headers += [(ORIGINAL + name, value) for name, value in record.headers if name != ATTEMPTS]
    return Outgoing(DEAD_LETTERS, record.key, record.value, tuple(headers))


async def send_dead_letters(
    outbox: Outbox, rejected: Sequence[tuple[Incoming, Rejected]], where: str, *, counted: bool = False
) -> None:
    """Writes dead letters and waits for them, however long that takes; ``where`` names what stands still meanwhile.

    ``counted``: the records have been counted already.

    A letter that is refused stops its partition and no other: the process goes on, and so does the partition
    once the topic takes the letter.
    """
    letters = [dead_letter(record, error) for record, error in rejected]
    for record, error in () if counted else rejected:
        metrics.DEAD_LETTERS.labels(record.topic, type(error).__name__).inc()
    while True:
        ticket = outbox.ticket()
        try:
            ticket.send(letters)
            await ticket.delivered()
            return  # noqa: TRY300 - the loop goes on after a failure only
        except Unavailable as error:
            why = str(error)
        log.error("dead letters are refused: the partition stands still", where=where, why=why)
        await asyncio.sleep(AGAIN_S)


def parse(record: Incoming) -> DeadLetter:
    """Parses a record of the dead-letter topic.

    Raises:
        Rejected: it was not written by ``dead_letter``.
    """
    headers = {name: value or b"" for name, value in record.headers}
    try:
        text = {name: headers[name].decode() for name in ("topic", "error", "message", "repair")}
        partition, offset, timestamp_ms, attempts = (
            int(headers[name]) for name in ("partition", "offset", "timestamp", "attempts")
        )
    except (KeyError, ValueError) as error:
        where = f"{record.partition}@{record.offset}"
        raise Rejected(
            f"Dead letter {where} lacks a header: {error}.", "Produce dead letters by Playhead only."
        ) from error
    own = tuple(
        (name.removeprefix(ORIGINAL), value) for name, value in record.headers if name.startswith(ORIGINAL)
    )
    original = Incoming(text["topic"], partition, offset, timestamp_ms, record.key, record.value, own)
    return DeadLetter(original, text["error"], text["message"], text["repair"], attempts)


def list_dead_letters(settings: Settings) -> Iterator[DeadLetter]:
    """Every dead letter there is now, in the order of each partition; other records of the topic are logged."""
    with Reader(settings, DEAD_LETTERS) as reader:
        for batch in reader.to_end():
            for record in batch:
                try:
                    letter = parse(record)
                except Rejected as error:
                    log.warning("no dead letter: skipped", why=str(error))
                else:
                    yield letter


def replay_dead_letters(settings: Settings, wanted: Callable[[DeadLetter], bool]) -> int:
    """Produces the originals of ``wanted`` letters to their topics again, where there are any; returns how many.

    Bytes and key are the same, so an event keeps its id, and goes to the partition that its key says, wherever it stood;
    the header ``playhead-attempts`` says how often it failed. Letters stay where they are: replaying twice is harmless, as events are
    deduplicated by id.

    Raises:
        Unavailable: the broker didn't take all of them.
    """
    failures: list[str] = []
    producer, spread = Producer(producer_config(settings)), layout(settings)
    sent = 0
    # All are read before the first is sent: one that fails again is a new letter, and not for this replay.
    for letter in list(filter(wanted, list_dead_letters(settings))):
        record = letter.record
        if letter.error == Unreadable.__name__:
            continue
        headers: list[tuple[str, str | bytes | None]] = [
            *(header for header in record.headers if header[0] != MOVED),
            (ATTEMPTS, str(letter.attempts).encode()),
        ]
        producer.produce(
            record.topic,
            record.value,
            record.key,
            -1 if (partition := partition_for(record.topic, record.key, spread)) is None else partition,
            headers=headers,
            on_delivery=lambda error, _: failures.append(str(error)) if error else None,
        )
        producer.poll(0)
        sent += 1
    if producer.flush(30) or failures:
        raise Unavailable(
            f"Not all originals were delivered: {failures[:3]}.", "Replay again when Kafka is well."
        )
    return sent


def _attempts(record: Incoming) -> int:
    text = dict(record.headers).get(ATTEMPTS) or b"0"
    # Whoever produced it wrote the header, and Python refuses numbers of thousands of digits.
    return int(text) if text.isdigit() and len(text) < MANY_DIGITS else 0

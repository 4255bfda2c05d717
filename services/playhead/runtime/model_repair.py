"""Finds and removes records of the models topic that nobody can read."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from confluent_kafka import Producer

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import MODELS
from playhead.models.snapshots.rows import Newer, decode_row, place_of
from playhead.runtime.connection import producer_config
from playhead.runtime.publication import Publisher
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

SENT_S = 10.0


class UnreadableRow(NamedTuple):
    """A key whose newest record can't be read; ``shard``: the one whose learner writes such a key, None if none does."""

    record: Incoming
    shard: int | None
    why: Rejected


def find(settings: Settings) -> list[UnreadableRow]:
    """The unreadable records, in the order of the topic; those that only a newer Playhead reads are not among them."""
    newest: dict[bytes | None, Incoming] = {}
    with Reader(settings, MODELS) as reader:
        for batch in reader.to_end():
            for record in batch:
                newest.pop(record.key, None)
                newest[record.key] = record
    return [row for record in newest.values() if record.value is not None and (row := _look(record))]


def _look(record: Incoming) -> UnreadableRow | None:
    shard = None
    try:
        place = place_of(record.key or b"")
        shard = place.shard
        decode_row(place, record.value or b"")
    except Newer:
        return None
    except Rejected as error:
        return UnreadableRow(record, shard, error)
    return None


def remove(settings: Settings, unreadable: Sequence[UnreadableRow]) -> int:
    """Writes tombstones over records that still can't be read. Returns how many.

    A learner may overwrite its rows meanwhile. So the rows of a shard are taken away under its learner's transactional
    id, which fences the learner: its worker starts again, from what is there then.
    """
    shards = sorted({item.shard for item in unreadable if item.shard is not None})
    publishers = {shard: Publisher(settings, shard) for shard in shards}
    still = find(settings)
    _send(settings, [_tombstone(item) for item in still if item.shard is None])
    for shard, publisher in publishers.items():
        if tombstones := [_tombstone(item) for item in still if item.shard == shard]:
            publisher.publish(tombstones)
    return sum(item.shard is None or item.shard in publishers for item in still)


def _tombstone(unreadable: UnreadableRow) -> Outgoing:
    return Outgoing(MODELS, unreadable.record.key, None)


def _send(settings: Settings, records: Sequence[Outgoing]) -> None:
    producer = Producer(producer_config(settings), logger=logging.getLogger("librdkafka"))
    refused: list[str] = []
    for record in records:
        producer.produce(
            record.topic,
            None,
            record.key,
            on_delivery=lambda error, _: refused.append(str(error)) if error else None,
        )
    left = producer.flush(SENT_S)
    if left or refused:
        raise Unavailable(
            f"{MODELS} did not take {left + len(refused)} tombstones: {refused[:1] or 'no answer'}.",
            "See to the broker, then repair again.",
        )

"""Producers with transactions: open, until somebody commits or aborts them, or nobody ever does."""

from collections.abc import Iterable

from confluent_kafka import Producer

from playhead.runtime.connection import producer_config
from playhead.runtime.settings import Settings

ANSWER_S = 20.0


def opened(
    settings: Settings,
    topic: str,
    records: Iterable[tuple[bytes | None, bytes | None]],
    *,
    name: str = "foreign",
    timeout_ms: int = 60_000,
) -> Producer:
    """A producer whose transaction is open, with these records on the broker; who lets go of it has died."""
    own = {"transactional.id": name, "transaction.timeout.ms": timeout_ms, "log_level": 0}
    producer = Producer(
        producer_config(settings) | own | {"delivery.timeout.ms": min(timeout_ms, 1000 * int(ANSWER_S))}
    )
    producer.init_transactions(ANSWER_S)
    producer.begin_transaction()
    for key, value in records:
        producer.produce(topic, value, key)
    assert producer.flush(ANSWER_S) == 0
    return producer

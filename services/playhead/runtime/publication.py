"""How a learner's parameters are published: in one transaction, which also fences a former owner of the shard."""

import logging
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from playhead.domain.errors import Unavailable
from playhead.domain.records import Outgoing
from playhead.domain.topics import MODELS
from playhead.runtime.commits import Lost
from playhead.runtime.connection import producer_config
from playhead.runtime.differences import CHECK
from playhead.runtime.settings import Settings

ANSWER_S = 5.0
FENCED = frozenset({KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED})  # noqa: SLF001


class Publisher:
    """A transactional producer for one shard. Every call blocks; call them in a thread, one at a time."""

    def __init__(self, settings: Settings, partition: int) -> None:
        own = {
            "transactional.id": f"playhead-learn-{partition}",
            # Readers of committed records wait for an open transaction of a killed owner no longer than this.
            "transaction.timeout.ms": 10_000,
        }
        self._producer = Producer(producer_config(settings) | own, logger=logging.getLogger("librdkafka"))
        try:
            self._producer.init_transactions(4 * ANSWER_S)
        except KafkaException as error:
            raise _meaning(error) from error

    def publish(self, records: Sequence[Outgoing]) -> None:
        """Publishes records in one transaction: all or none become visible to readers of committed records.

        Raises:
            Lost: another worker owns the shard now.
            Unavailable: the broker doesn't take them.
        """
        try:
            self._producer.begin_transaction()
            for record in records:
                self._producer.produce(
                    record.topic, record.value, record.key, partition=0, headers=list(record.headers)
                )
                self._producer.poll(0)
            self._producer.commit_transaction(ANSWER_S)
        except KafkaException as error:
            raise _meaning(error) from error


def _meaning(error: KafkaException) -> Exception:
    if error.args[0].code() in FENCED:
        return Lost()
    return Unavailable(
        f"{MODELS} did not take a publication: {error}.",
        f"See to the broker and the topic ({CHECK}); the worker starts again.",
    )

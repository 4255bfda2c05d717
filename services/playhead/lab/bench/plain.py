"""The practical limit: a plain confluent-kafka loop around our core, in which nothing can be recovered.

``python -m playhead.lab.bench.plain BOOTSTRAP GROUP FOLDER``. It writes as many records of the same sizes as a worker,
and commits; its profiles are in memory, and lost when it is killed.
"""

import logging
import os
import sys

from confluent_kafka import Consumer, Producer, TopicPartition

from playhead.domain.records import Incoming
from playhead.lab.bench.core import Core, like_a_worker
from playhead.lab.bench.topics import FORWARDED, OFFERED
from playhead.process.parent import watch_parent
from playhead.runtime.connection import consumer_config, producer_config
from playhead.runtime.partition_worker import BATCH
from playhead.runtime.reading import incoming
from playhead.runtime.settings import Settings, from_environment


def loop(settings: Settings, group: str) -> None:
    """Processes events for ever."""
    core = Core.from_broker(settings)
    like_a_worker()
    consumer = Consumer(consumer_config(settings) | {"group.id": group})
    producer = Producer(producer_config(settings))
    consumer.subscribe([OFFERED])
    logging.getLogger(__name__).warning("ready")
    while True:
        by_partition: dict[int, list[Incoming]] = {}
        for message in consumer.consume(BATCH, 0.005):
            if message.error() is None:
                record = incoming(message)
                by_partition.setdefault(record.partition, []).append(record)
        for partition, batch in by_partition.items():
            effects = core.step(batch)
            for key, value in effects.state:
                producer.produce(FORWARDED, value, key, partition)
            for out in (*effects.first, *effects.then):
                producer.produce(FORWARDED, out.value, out.key, partition)
        if by_partition:
            producer.flush()
            ends = [
                TopicPartition(OFFERED, part, batch[-1].offset + 1) for part, batch in by_partition.items()
            ]
            consumer.commit(offsets=ends, asynchronous=True)


if __name__ == "__main__":
    if parent := os.environ.get("PLAYHEAD_PARENT"):
        watch_parent(int(parent))
    loop(from_environment(bootstrap=sys.argv[1], instance=sys.argv[2]), sys.argv[2])

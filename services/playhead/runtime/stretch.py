"""Reads a stretch of one partition with aiokafka, tolerantly, where librdkafka can't.

librdkafka reports a batch that it can't read and stays in front of it, or asks for it again and again without a report.
"""

import asyncio

import aiokafka
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from playhead.domain.errors import Unavailable
from playhead.runtime import tolerance
from playhead.runtime.batches import DecodedBatch
from playhead.runtime.connection import ISOLATION, faust_credentials
from playhead.runtime.settings import Settings

WAIT_MS = 1000
"""Longest wait for a first record: behind the offset there may be none, but the end of a transaction."""


def read_stretch(settings: Settings, topic: str, partition: int, offset: int) -> DecodedBatch:
    """The records that the broker returns at once from an offset on. Blocks, and needs a thread without an event loop.

    Raises:
        Unavailable: the broker doesn't answer.
    """
    tolerance.install()
    try:
        return asyncio.run(_read(settings, TopicPartition(topic, partition), offset))
    except (KafkaError, OSError) as error:
        raise Unavailable(f"Can't read {topic} at {offset}: {error!r}.", "See to the broker.") from error


async def _read(settings: Settings, tp: TopicPartition, offset: int) -> DecodedBatch:
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=[address.strip() for address in settings.bootstrap.split(",")],
        client_id=f"playhead-{settings.instance}",
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level=ISOLATION,
        fetch_max_wait_ms=50,
        **credentials_to_aiokafka_auth(faust_credentials(settings), None),
    )
    await consumer.start()
    try:
        consumer.assign([tp])
        consumer.seek(tp, offset)
        records = (await consumer.getmany(tp, timeout_ms=WAIT_MS)).get(tp, [])
        return DecodedBatch(records, await consumer.position(tp))
    finally:
        await consumer.stop()

"""The Faust app of a role: the group, the assignment, the agent; Playhead does everything else."""

from collections.abc import AsyncIterable, Callable
from typing import Any

import faust
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager

from playhead.runtime.connection import SESSION_TIMEOUT_S, faust_brokers, faust_credentials
from playhead.runtime.delivery import BatchSchema, BatchTransport, Receiver
from playhead.runtime.fetched import Fetched
from playhead.runtime.fetching import FAUST_LOG, Fetch
from playhead.runtime.partition_worker import BATCH
from playhead.runtime.settings import Settings


class NoTables(TableManager):
    """A table manager without tables: Faust's own would wait a second for some to be declared."""

    logger = FAUST_LOG

    async def on_start(self) -> None:
        """Does not wait for tables."""
        await self._update_channels()
        await self.recovery.start()


class Boot(BootStrategy):
    """A start-up without Faust's producer: records are sent through the outbox."""

    enable_kafka_producer = False


class App(faust.App):
    """The Faust app, without the parts that Playhead does not use."""

    BootStrategy = Boot
    logger = FAUST_LOG


def make_app(
    role: str,
    topic: str,
    settings: Settings,
    fetch: Fetch,
    receiver: Receiver,
    offer: Callable[[Fetched], None],
) -> Any:
    """A Faust app whose one agent passes all records fetched of ``topic`` to ``offer``, which must not block."""
    datadir = settings.data_dir / role / "faust"
    datadir.mkdir(parents=True, exist_ok=True)
    app = App(
        f"playhead-{role}",
        broker=faust_brokers(settings),
        broker_credentials=faust_credentials(settings),
        broker_client_id=f"playhead-{settings.instance}",
        # Static membership: a worker that comes back within the session keeps its partitions, without a rebalance.
        consumer_group_instance_id=settings.instance,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=SESSION_TIMEOUT_S,
        # A heartbeat's answer tells that others came or went; until then a rebalance waits for this worker.
        broker_heartbeat_interval=0.3,
        broker_max_poll_records=BATCH,
        # Partition workers finish their batches themselves; Faust would wait for acks that never come.
        stream_wait_empty=False,
        store="memory://",
        datadir=datadir,
        web_enabled=False,
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        TableManager=NoTables,
    )
    app.transport = BatchTransport(app, receiver, fetch)
    channel = app.topic(topic, acks=False, schema=BatchSchema())

    async def offer_batches(stream: AsyncIterable[Any]) -> None:
        async for fetched in stream:
            offer(fetched)

    app.agent(channel, name=role, concurrency=1)(offer_batches)
    return app

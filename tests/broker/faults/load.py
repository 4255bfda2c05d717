"""Sends at a steady rate while other things happen, and remembers where each record was stored."""

import threading
import time
from collections.abc import Iterator
from functools import partial

from confluent_kafka import KafkaError, Message, Producer
from tests.broker.faults.story import Act

from playhead.domain.topics import EVENTS
from playhead.runtime.connection import producer_config
from playhead.runtime.settings import Settings

PATIENCE_S = 120
"""A producer of events waits for its broker; a worker, which has partitions to lose, does not."""
TICK_S = 0.005


class Load(threading.Thread):
    """Acts at ``rate`` a second until it is told to stop."""

    def __init__(self, settings: Settings, acts: Iterator[Act], rate: float) -> None:
        super().__init__(name="load", daemon=True)
        self._producer = Producer(
            producer_config(settings) | {"delivery.timeout.ms": 1000 * PATIENCE_S, "log_level": 0}
        )
        self._acts = acts
        self._rate = rate
        self._over = threading.Event()
        self.sent = 0
        self.remembers = True
        self.stored: dict[tuple[int, int], bytes | None] = {}
        """What the broker acknowledged, by partition and offset."""
        self.failures: list[str] = []

    def run(self) -> None:
        """Keeps the rate on average, also after a pause."""
        begin_s = time.monotonic()
        while not self._over.is_set():
            due = int((time.monotonic() - begin_s) * self._rate)
            while self.sent < due and not self._over.is_set():
                self.send(next(self._acts))
            self._producer.poll(0)
            time.sleep(TICK_S)

    def send(self, act: Act) -> None:
        """One more; not while the thread runs, but by itself."""
        self.sent += 1
        report = partial(self._report, act.value)
        self._producer.produce(EVENTS, act.value, act.key, act.partition, on_delivery=report)

    def finish(self) -> None:
        """Stop, and wait for every answer."""
        self._over.set()
        if self.is_alive():
            self.join()
        left = self._producer.flush(PATIENCE_S)
        assert not left, f"{left} records were never answered"
        assert not self.failures, f"the broker refused records: {self.failures[:3]}"

    def close(self) -> None:
        """Let go of the connection, whatever became of the rest."""
        self._over.set()
        if self.is_alive():
            self.join()
        self._producer.purge()
        self._producer.close()

    def _report(self, value: bytes | None, error: KafkaError | None, message: Message) -> None:
        if error is None and self.remembers:
            self.stored[int(message.partition() or 0), int(message.offset() or 0)] = value
        elif error is not None:
            self.failures.append(str(error))

"""The intake of events: each is validated by the decoder of the wire, sent unchanged, and accepted when the broker has it.

The queue is bounded: events beyond it are refused at once, so that their sender backs off.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from confluent_kafka import KafkaError, Message

from playhead.domain.decoding import read_event
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Outgoing
from playhead.domain.topics import EVENTS
from playhead.gateway.contract import MAX_EVENTS, EventResult, EventsAnswer
from playhead.gateway.problems import Refused
from playhead.observe import metrics

MAX_BODY = 4 * 1024 * 1024
MAX_WAITING = 20_000
"""Events sent and not yet acknowledged, over all requests: about a second of what a broker takes."""
MAX_WAITING_BYTES = 64 * 1024 * 1024

Produce = Callable[[Outgoing, Any], None]
_list = msgspec.json.Decoder(list[msgspec.Raw])


class Intake:
    """Validates and publishes events; ``produce`` is ``Outbox.produce``."""

    def __init__(self, produce: Produce, max_waiting: int = MAX_WAITING) -> None:
        self._produce = produce
        self._max_waiting = max_waiting
        self._waiting = 0
        self._waiting_bytes = 0

    async def take(self, body: bytes, *, lines: bool = False) -> EventsAnswer:
        """Publishes the events of a body (an object, an array, or ``lines`` of JSON) and waits until the broker has them.

        Raises:
            Refused: the body holds no events, or too many; or too many are waiting.
            Unavailable: the broker did not take all of them; all may be sent again, their ids make that harmless.
        """
        results: list[EventResult | None] = []
        valid: list[tuple[int, str, Outgoing]] = []
        for index, value in enumerate(split(body, lines=lines)):
            results.append(None)
            try:
                event = read_event(value)
            except Rejected as error:
                results[index] = EventResult(
                    index=index, status="rejected", reason=error.reason, repair=error.repair
                )
            else:
                valid.append((index, event.event_id, Outgoing(EVENTS, event.profile_id.encode(), value)))
        if valid:
            await self._send(valid, results, len(body))
        metrics.GATEWAY_EVENTS.labels("accepted").inc(len(valid))
        metrics.GATEWAY_EVENTS.labels("rejected").inc(len(results) - len(valid))
        return EventsAnswer(
            accepted=len(valid),
            rejected=len(results) - len(valid),
            results=[result for result in results if result is not None],
        )

    async def _send(
        self, valid: list[tuple[int, str, Outgoing]], results: list[EventResult | None], size: int
    ) -> None:
        count = len(valid)
        if self._waiting + count > self._max_waiting or self._waiting_bytes + size > MAX_WAITING_BYTES:
            metrics.GATEWAY_EVENTS.labels("refused").inc(count)
            raise Refused(
                429,
                f"{self._waiting:,} events wait for Kafka already.",
                "Send them again after the seconds that Retry-After says; their event_ids make that harmless.",
            )
        self._waiting += count
        self._waiting_bytes += size
        try:
            delivery = PendingAcknowledgements(count)
            for number, (_, _, record) in enumerate(valid):
                self._produce(record, partial(delivery.report, number))
            await delivery.done
        except Unavailable:
            metrics.GATEWAY_EVENTS.labels("undelivered").inc(count)
            raise
        finally:
            self._waiting -= count
            self._waiting_bytes -= size
        for number, (index, event_id, _) in enumerate(valid):
            partition, offset = delivery.places[number]
            results[index] = EventResult(
                index=index, status="accepted", event_id=event_id, partition=partition, offset=offset
            )


class PendingAcknowledgements:
    """Records whose delivery is awaited together, with the partition and offset that each gets."""

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = count
        self._failure: KafkaError | None = None
        self._lock = threading.Lock()
        self.places: list[tuple[int, int]] = [(-1, -1)] * count
        self.done: asyncio.Future[None] = self._loop.create_future()

    def report(self, number: int, error: KafkaError | None, message: Message) -> None:
        """Reports the delivery of a record; called in the producer's thread."""
        if error is None:
            self.places[number] = (message.partition() or 0, message.offset() or 0)
        else:
            self._failure = error
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            self._loop.call_soon_threadsafe(self._conclude)

    def _conclude(self) -> None:
        if self.done.done():
            return
        if self._failure is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(
                Unavailable(
                    f"Kafka did not take all of the events: {self._failure}.",
                    "Send them again; their event_ids make that harmless.",
                )
            )


def split(body: bytes, *, lines: bool) -> list[bytes]:
    """Splits a body into its events, each byte for byte.

    Raises:
        Refused: the body is no JSON, or holds no events or too many.
    """
    if lines:
        events = [line for line in body.splitlines() if line.strip()]
    elif body.lstrip()[:1] == b"[":
        try:
            events = [bytes(event) for event in _list.decode(body)]
        except (msgspec.DecodeError, RecursionError) as error:
            raise Refused(400, f"The body is not JSON: {error}.", "Send an array of events.") from error
    else:
        events = [body]
    if not events or not events[0]:
        raise Refused(400, "The body holds no event.", "Send one event, or an array of them.")
    if len(events) > MAX_EVENTS:
        raise Refused(400, f"The body holds {len(events):,} events.", f"Send at most {MAX_EVENTS:,} at once.")
    return events

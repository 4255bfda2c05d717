"""The way in: what is split how, and what happens when Kafka is slow, or not there."""

import asyncio
import json
from typing import Any

import pytest

from playhead.domain.errors import Unavailable
from playhead.domain.records import Outgoing
from playhead.gateway.intake import Intake, split
from playhead.gateway.problems import Refused
from playhead.runtime.connection import producer_config
from playhead.runtime.outbox import Outbox
from playhead.runtime.settings import Settings


def body(*numbers: int) -> bytes:
    return json.dumps(
        [
            {
                "event_id": f"e-{number}",
                "type": "page_viewed",
                "profile_id": "p",
                "occurred_at": 1767225600000,
            }
            for number in numbers
        ]
    ).encode()


class Slow:
    """A broker that answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Outgoing, Any]] = []

    def produce(self, record: Outgoing, report: Any) -> None:
        self.waiting.append((record, report))

    def answer(self) -> None:
        for offset, (_, report) in enumerate(self.waiting):
            report(None, Stored(offset))
        self.waiting.clear()


class Stored:
    """A delivery report's message."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def partition(self) -> int:
        return 2

    def offset(self) -> int:
        return self._offset


def test_what_would_wait_too_long_is_refused_until_kafka_has_answered() -> None:
    async def story() -> None:
        broker = Slow()
        intake = Intake(broker.produce, max_waiting=3)
        first = asyncio.create_task(intake.take(body(1, 2)))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            await intake.take(body(3, 4))
        assert refused.value.problem.status == 429
        assert len(broker.waiting) == 2  # nothing of what was refused was sent
        broker.answer()
        assert [result.offset for result in (await first).results] == [0, 1]
        second = asyncio.create_task(intake.take(body(3, 4)))
        await asyncio.sleep(0)
        broker.answer()
        assert (await second).accepted == 2

    asyncio.run(story())


def test_without_kafka_nothing_is_called_accepted() -> None:
    settings = Settings(bootstrap="127.0.0.1:1")
    outbox = Outbox(
        producer_config(settings) | {"delivery.timeout.ms": 600, "request.timeout.ms": 500, "log_level": 0}
    )
    try:
        with pytest.raises(Unavailable, match="Send them again"):
            asyncio.run(Intake(outbox.produce).take(body(1)))
    finally:
        outbox.close()


def test_a_body_is_split_as_it_stands() -> None:
    assert split(b' [ {"a": 1} , 2 ]', lines=False) == [b'{"a": 1}', b"2"]
    assert split(b'{"a": [1]}', lines=False) == [b'{"a": [1]}']
    assert split(b'{"a": 1}\r\n\n{"b": 2}', lines=True) == [b'{"a": 1}', b'{"b": 2}']


@pytest.mark.parametrize(("text", "lines"), [(b"", False), (b"[]", False), (b"[1", False), (b"\n\n", True)])
def test_a_body_without_events_is_refused(text: bytes, lines: bool) -> None:
    with pytest.raises(Refused) as refused:
        split(text, lines=lines)
    assert refused.value.problem.status == 400
    assert refused.value.problem.repair

"""What an audience does, as it would be on the topic."""

from collections.abc import Iterator

import msgspec

from playhead.lab.demo.audience import Audience

START_MS = 1_767_225_600_000


def acted(audience: Audience) -> Iterator[bytes]:
    """What an audience does without end, a few seconds apart."""
    now_ms = START_MS
    while True:
        now_ms += 5_000
        yield from map(msgspec.json.encode, audience.act(now_ms, 1))

"""Detects where librdkafka silently stands still before what it can't read, or believes an impossible offset."""

import time

from confluent_kafka import Consumer, TopicPartition

LOOK_S = 2.0
PAUSE_S = 30.0
"""Pause after an attempt in vain: an open transaction holds readers back too, and for minutes."""

Part = tuple[str, int]


class Stalls:
    """Compares how far partitions were read with how far they go."""

    def __init__(self, consumer: Consumer, parts: list[TopicPartition]) -> None:
        self._consumer = consumer
        self._reached = {(part.topic, part.partition): part.offset for part in parts if part.offset >= 0}
        """Offset that is read next."""
        self._ends: dict[Part, int] = {}
        self._looked: dict[Part, int] = {}
        self._next_s = time.monotonic() + LOOK_S

    def reach(self, part: Part, offset: int) -> None:
        """Notes that reading goes on at an offset."""
        self._reached[part] = offset

    def begin(self, part: Part, offset: int) -> int:
        """The offset to read on from when a batch can't be read: it may begin before what is wanted."""
        return max(offset, self._reached.get(part, 0))

    def take(self, part: Part, offset: int) -> int | None:
        """Takes in a record that was read; returns where to read again if its offset or the one before is impossible, else None.

        A record says itself how far it is from the begin of its batch, and librdkafka believes it.
        """
        here = self._reached.get(part)
        if here is not None and offset < here:
            return here if offset == here - 1 else offset
        if offset >= self._ends.get(part, 0) and offset >= self._end(part):
            return here
        self._reached[part] = offset + 1
        return None

    def look(self) -> list[tuple[Part, int]]:
        """Returns partitions with more to read that have not moved since the last two calls, with their place."""
        if time.monotonic() < self._next_s:
            return []
        self._next_s = time.monotonic() + LOOK_S
        before = self._looked
        self._looked = {part: here for part, here in self._reached.items() if here < self._end(part)}
        return [(part, here) for part, here in self._looked.items() if before.get(part) == here]

    def in_vain(self) -> None:
        """Notes that nothing could be read there, so that it is tried again later."""
        self._next_s = time.monotonic() + PAUSE_S
        self._looked.clear()

    def _end(self, part: Part) -> int:
        """The end of a partition in the broker's newest answer, without asking it."""
        _, end = self._consumer.get_watermark_offsets(TopicPartition(*part), cached=True)
        self._ends[part] = end
        return end

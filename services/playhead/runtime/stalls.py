"""Where librdkafka stands in front of what it can't read and says nothing."""

import time

from confluent_kafka import Consumer, TopicPartition

LOOK_S = 2.0
PAUSE_S = 30.0
"""After a look that was in vain: an open transaction holds readers back too, and for minutes."""

Part = tuple[str, int]


class Stalls:
    """Compares, now and then, how far partitions were read with how far they go."""

    def __init__(self, consumer: Consumer, parts: list[TopicPartition]) -> None:
        self._consumer = consumer
        self._parts = parts
        self._reached: dict[Part, int] = {
            (part.topic, part.partition): part.offset for part in parts if part.offset >= 0
        }
        self._looked: dict[Part, int] = {}
        self._next_s = time.monotonic() + LOOK_S

    def reach(self, part: Part, offset: int) -> None:
        """Reading goes on at an offset without a record before it: an end, or behind what can't be read."""
        self._reached[part] = offset

    def begin(self, part: Part, offset: int) -> int:
        """Where to read on when something at an offset can't be read: it may begin before what is wanted."""
        return max(offset, self._reached.get(part, 0))

    def look(self) -> list[tuple[Part, int]]:
        """Partitions with more to read that have stayed where they are for two looks, with that place."""
        if time.monotonic() < self._next_s:
            return []
        self._next_s = time.monotonic() + LOOK_S
        before, self._looked = self._looked, {}
        for position in self._consumer.position(self._parts):
            part = (position.topic, position.partition)
            _, end = self._consumer.get_watermark_offsets(position, cached=True)
            here = max(position.offset, self._reached.get(part, 0))
            if here < end and (position.offset >= 0 or part in self._reached):
                self._looked[part] = here
        return [(part, here) for part, here in self._looked.items() if before.get(part) == here]

    def in_vain(self) -> None:
        """Nothing could be read there; look again later."""
        self._next_s = time.monotonic() + PAUSE_S
        self._looked.clear()

"""Records of several topics in the order of their times, as far as a backlog goes; then as they come."""

from collections import deque
from collections.abc import Iterator, Sequence

from playhead.domain.records import Incoming
from playhead.runtime.reading import Reader


def by_time(reader: Reader, topics: Sequence[str], *, follow: bool) -> Iterator[Incoming | None]:
    """Records, oldest first: none is given while a partition that has not reached its end might have an older one.

    Records of the same millisecond come in the order of ``topics``.
    Yields None whenever nothing came for a moment; ends at the ends of all partitions unless ``follow``.
    """
    waiting: dict[tuple[str, int], deque[Incoming]] = {}
    rank = {topic: place for place, topic in enumerate(topics)}
    while True:
        batch = reader.read_soon()
        for record in batch:
            waiting.setdefault((record.topic, record.partition), deque()).append(record)
        while any(waiting.values()) and all(waiting.get(part) for part in reader.unfinished):
            queue = min(
                filter(None, waiting.values()),
                key=lambda queue: (queue[0].timestamp_ms, rank[queue[0].topic]),
            )
            yield queue.popleft()
        if not reader.unfinished and not follow:
            return
        if not batch:
            yield None

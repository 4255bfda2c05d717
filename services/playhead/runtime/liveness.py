"""Whether a worker still works: it ends itself when a partition stands still.

A consumer can hang while its group counts it in (faust-streaming 175 and 523): no error, no crash, lag without
end. And a process can hang so that it can't notice anything: then its pulse stops (``pulse``).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from confluent_kafka.admin import AdminClient
from faust.types import TP

from playhead.domain.errors import Unavailable
from playhead.runtime.connection import client_config
from playhead.runtime.differences import Missing
from playhead.runtime.logs import Log
from playhead.runtime.partition_workers import PartitionWorkers
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe, ends

log = Log(__name__)

LOOK_S = 5.0
STILL_S = 30.0
"""A partition with records to take that takes none for so long is stuck: a batch takes a second at most, and what
waits for the broker gives up after 4.5."""
REPAIR = "The worker starts again. If it happens again and again, see to the broker."

Clock = Callable[[], float]
Leave = Callable[[], Awaitable[None]]


class StallDetector:
    """Detects partitions that stand still though there is something to take."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[TP, tuple[int | None, float]] = {}

    def look(self, places: Mapping[TP, int | None], ends: Mapping[TP, int]) -> dict[TP, float]:
        """Seconds for which each partition has stood at its place with records behind it; 0 for those without.

        Args:
            places: Offset of the next record to finish, None where the partition worker is not at work or stands on purpose.
            ends: Offset after the last record that can be read.
        """
        now_s = self._clock()
        still: dict[TP, float] = {}
        for tp, place in places.items():
            before, since_s = self._last.get(tp, (None, now_s))
            if place is None or place != before or place >= ends.get(tp, place):
                since_s = now_s
            self._last[tp] = (place, since_s)
            still[tp] = now_s - since_s
        return still


async def watch(
    settings: Settings, topic: str, topics: Sequence[str], workers: PartitionWorkers, leave: Leave
) -> None:
    """Watches for ever, every few seconds, over a connection of its own.

    A group loses its partitions with a topic that is deleted, does not notice the new one, and gives its static
    members back what they had, which is nothing: so this worker leaves the group before it starts again.

    Args:
        settings: Where the broker is.
        topic: What the partition workers read.
        topics: All that the role reads or writes, that one among them.
        workers: The partition workers, which know how far they are.
        leave: Leaves the group.

    Raises:
        Missing: one of the topics was deleted.
        Unavailable: a partition stands still, or one of the topics was made anew.
    """
    admin = AdminClient(client_config(settings))
    still = StallDetector()
    epochs: dict[str, int] = {}
    while True:
        places = workers.places()
        try:
            current, reached = await asyncio.to_thread(_ask, settings, admin, topic, topics, list(places))
        except Missing:
            await leave()
            raise
        except Unavailable as error:
            # Whether the broker answers is noticed by whoever needs it.
            log.info("broker does not tell how far its topics are", why=str(error))
        else:
            anew = [name for name, epoch in current.items() if epochs.setdefault(name, epoch) != epoch]
            if anew:
                await leave()
                raise Unavailable(
                    f"{', '.join(anew)} was made anew.", "The worker starts again, with what is on it now."
                )
            _check(topic, places, reached, still)
        await asyncio.sleep(LOOK_S)


def _check(
    topic: str, places: Mapping[TP, int | None], reached: Mapping[TP, int], still: StallDetector
) -> None:
    for tp, seconds in still.look(places, reached).items():
        if seconds >= STILL_S:
            where = f"Partition {tp.partition} of {topic} has stood still for {seconds:.0f} s"
            raise Unavailable(f"{where} at {places[tp]}, and ends at {reached[tp]}.", REPAIR)


def _ask(
    settings: Settings, admin: AdminClient, topic: str, topics: Sequence[str], partitions: list[TP]
) -> tuple[dict[str, int], dict[TP, int]]:
    """The epochs of ``topics``, and the end offsets of the partitions of ``topic``."""
    epochs = {name: described.epoch for name, described in describe(settings, *topics, admin=admin).items()}
    end_offsets = ends(admin, topic, [tp.partition for tp in partitions])
    return epochs, {tp: end_offsets[tp.partition] for tp in partitions if tp.partition in end_offsets}

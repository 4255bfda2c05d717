"""How far behind a worker is, and how large its stores are: looked at once a second, beside the partition workers."""

import asyncio
from typing import Protocol

from faust.types import TP

from playhead.observe import metrics
from playhead.runtime.fetching import Ends
from playhead.runtime.liveness import StallDetector
from playhead.runtime.partition_workers import PartitionWorkers

EVERY_S = 1.0


class Consumer(Protocol):
    """A consumer that knows where partitions end, as of their last fetch."""

    def ends(self, tp: TP) -> Ends | None:
        """The end of a partition, None if it is not known."""


async def run(topic: str, workers: PartitionWorkers, consumer: Consumer) -> None:
    """Measures for ever."""
    held, reported = StallDetector(), set[TP]()
    while True:
        await asyncio.sleep(EVERY_S)
        workers.measure()
        places = workers.places()
        ends = {tp: end for tp in places if (end := consumer.ends(tp)) is not None}
        for tp in reported - places.keys():  # another worker has it now, and reports it
            for gauge in metrics.OF_PARTITIONS:
                gauge.remove(topic, str(tp.partition))
        reported = (reported & places.keys()) | ends.keys()
        stood = held.look(
            {tp: end.stable for tp, end in ends.items()}, {tp: end.high for tp, end in ends.items()}
        )
        for tp, end in ends.items():
            _report(tp, end, places[tp], stood[tp])


def _report(tp: TP, end: Ends, place: int | None, stood_s: float) -> None:
    lag, held, held_s = (gauge.labels(tp.topic, str(tp.partition)) for gauge in metrics.OF_PARTITIONS)
    held.set(end.high - end.stable)
    held_s.set(stood_s)
    if place is not None:
        lag.set(max(0, end.stable - place))

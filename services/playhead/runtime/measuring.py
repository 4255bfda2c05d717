"""How far behind a worker is, and how large its stores are: looked at once a second, beside the lanes."""

import asyncio
from typing import Any

from faust.types import TP

from playhead.observe import metrics
from playhead.runtime.lanes import Lanes

EVERY_S = 1.0


def _end(consumer: Any, tp: TP) -> int | None:
    try:
        end: int | None = consumer.highwater(tp)
    except Exception:  # noqa: BLE001 - a rebalance took it away meanwhile: its new owner tells
        return None
    return end


async def run(topic: str, lanes: Lanes, consumer: Any) -> None:
    """Measure for ever; ``consumer`` is Faust's, which knows where each partition ends as of its last fetch."""
    told: set[TP] = set()
    while True:
        await asyncio.sleep(EVERY_S)
        lanes.measure()
        places = lanes.places()
        for tp in told - places.keys():  # another worker has it now, and tells
            metrics.LAG_RECORDS.remove(topic, str(tp.partition))
        told &= places.keys()
        for tp, place in places.items():
            end = None if place is None else _end(consumer, tp)
            if place is not None and end is not None:
                metrics.LAG_RECORDS.labels(topic, str(tp.partition)).set(max(0, end - place))
                told.add(tp)

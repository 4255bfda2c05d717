"""Whether a worker still works: it ends itself when a partition stands still, and gives a pulse while its loop turns.

A consumer can hang while its group counts it in (faust-streaming 175 and 523): no error, no crash, lag without
end. And a process can hang so that it can't notice anything: then the pulse stops, and a supervisor ends it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from faust.types import TP

from playhead.domain.errors import Unavailable
from playhead.runtime.lanes import Lanes
from playhead.runtime.logs import Log
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

log = Log(__name__)

PULSE_S = 1.0
LOOK_S = 5.0
STILL_S = 30.0
"""A partition with records to take that takes none for so long is stuck: a batch takes a second at most, and what
waits for the broker gives up after 4.5."""
REPAIR = "The worker starts again. If it happens again and again, see to the broker."

Clock = Callable[[], float]


def pulse_path(settings: Settings, role: str) -> Path:
    """The file whose time of change is a worker's last sign of life."""
    return settings.data_dir / role / f"{settings.instance}.pulse"


async def give_pulse(path: Path) -> None:
    """Touch the file every second, for as long as the event loop turns.

    Raises:
        Unavailable: the folder can't be written to.
    """
    try:
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        while True:
            await asyncio.to_thread(path.touch)
            await asyncio.sleep(PULSE_S)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error}.", "Mend PLAYHEAD_DATA_DIR.") from error


class Still:
    """Tells partitions that stand still though there is something to take."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[TP, tuple[int | None, float]] = {}

    def look(self, places: Mapping[TP, int | None], ends: Mapping[TP, int]) -> dict[TP, float]:
        """How long each partition has stood at its place, of those that have records behind it.

        Args:
            places: Offset of the next record to finish, None where the lane is not at work or stands on purpose.
            ends: Offset after the last record there is.
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


async def watch(settings: Settings, topic: str, lanes: Lanes) -> None:
    """Look every few seconds, by a connection of its own.

    Raises:
        Unavailable: a partition stands still.
    """
    reader = await asyncio.to_thread(Reader, settings, topic)
    still = Still()
    try:
        while True:
            await asyncio.sleep(LOOK_S)
            places = lanes.places()
            try:
                ends = await asyncio.to_thread(_ends, reader, list(places))
            except Unavailable as error:
                # Whether the broker answers is noticed by whoever needs it.
                log.info("ends unknown", why=str(error))
                continue
            for tp, seconds in still.look(places, ends).items():
                if seconds >= STILL_S:
                    where = f"Partition {tp.partition} of {topic} has stood still for {seconds:.0f} s"
                    raise Unavailable(f"{where} at {places[tp]}, and ends at {ends[tp]}.", REPAIR)
    finally:
        reader.close()


def _ends(reader: Reader, partitions: list[TP]) -> dict[TP, int]:
    return {tp: reader.end(tp.topic, tp.partition) for tp in partitions}

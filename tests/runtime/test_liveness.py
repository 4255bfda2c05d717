"""A partition that stands still is told apart from one with nothing to do."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest
from faust.types import TP

from playhead.domain.errors import Unavailable
from playhead.runtime import pulse
from playhead.runtime.liveness import StallDetector
from playhead.runtime.pulse import give_pulse

PART = TP("events", 0)


def test_only_who_has_records_before_it_stands_still() -> None:
    # place:  5    5    5    7    7    -    7   (end 10)        7   (end 7)
    # clock:  0   10   20   30   40   50   60                  70
    clock = [0.0]
    still = StallDetector(lambda: clock[0])
    stood = []
    for now_s, place, end in [
        (0, 5, 10),
        (10, 5, 10),
        (20, 5, 10),
        (30, 7, 10),
        (40, 7, 10),
        (50, None, 10),
        (60, 7, 10),
        (70, 7, 7),
    ]:
        clock[0] = float(now_s)
        stood.append(still.look({PART: place}, {PART: end})[PART])
    assert stood == [0, 10, 20, 0, 10, 0, 0, 0]


def test_the_pulse_stops_with_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "PULSE_S", 0.01)
    path = tmp_path / "role" / "me.pulse"

    async def live() -> tuple[int, int]:
        beating = asyncio.create_task(give_pulse(path))
        await asyncio.sleep(0.1)
        before = path.stat().st_mtime_ns
        await asyncio.sleep(0.1)
        turning = path.stat().st_mtime_ns - before
        time.sleep(0.05)  # noqa: ASYNC251 - a loop that hangs, on purpose
        hung_ns = path.stat().st_mtime_ns
        time.sleep(0.1)  # noqa: ASYNC251
        hanging = path.stat().st_mtime_ns - hung_ns
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        return turning, hanging

    turning, hanging = asyncio.run(live())
    assert turning > 0
    assert hanging == 0


def test_a_folder_that_takes_no_pulse_is_told(tmp_path: Path) -> None:
    (tmp_path / "role").write_text("a file")
    with pytest.raises(Unavailable, match="PLAYHEAD_DATA_DIR"):
        asyncio.run(give_pulse(tmp_path / "role" / "me.pulse"))

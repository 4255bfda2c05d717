"""Hours at a steady load: whether memory or lag grows."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from tests.broker.faults.run import Broker, Options, Run
from tests.broker.world import delete_topics

from playhead.runtime.admin import create_topics
from playhead.runtime.settings import Settings

SAMPLE_S = 5.0
WARM = 0.25
"""This share of the time passes before growth is counted: caches fill, profiles and models get a past."""


class Sample(NamedTuple):
    """What was seen at a time: resident bytes by process, events that are not done."""

    at_s: float
    resident: dict[str, int]
    lag: int


class Growth(NamedTuple):
    """What became of one process: resident MB at the end, and its slope after the warm-up in percent an hour."""

    name: str
    megabytes: float
    percent_an_hour: float


class Soaked(NamedTuple):
    """The verdict."""

    minutes: float
    sent: int
    growth: list[Growth]
    lag_first: float
    lag_last: float


def soak(
    broker: Broker, folder: Path, options: Options, minutes: float, progress: Callable[[str], None]
) -> Soaked:
    """Let the system serve for so long, and look at it every few seconds."""
    settings = Settings(bootstrap=broker.bootstrap, data_dir=folder)
    delete_topics(settings)
    create_topics(settings)
    folder.mkdir(parents=True)
    run = Run(broker, settings, folder, options)
    samples: list[Sample] = []
    try:
        run.begin(watched=True)
        run.load.remembers = False
        begin_s = time.monotonic()
        while (now_s := time.monotonic() - begin_s) < 60 * minutes:
            samples.append(Sample(now_s, _resident(run), run.lag()))
            progress(_line(samples[-1]))
            time.sleep(SAMPLE_S)
        return judged(samples, run.load.sent)
    finally:
        run.close()


def judged(samples: Sequence[Sample], sent: int) -> Soaked:
    """Slopes and lags of a series of samples, after its warm-up."""
    warm = [each for each in samples if each.at_s >= WARM * samples[-1].at_s]
    half = len(warm) // 2
    growth = [
        Growth(name, warm[-1].resident[name] / 1e6, _slope(warm, name)) for name in sorted(warm[0].resident)
    ]
    return Soaked(
        samples[-1].at_s / 60,
        sent,
        growth,
        fmean(each.lag for each in warm[: half or 1]),
        fmean(each.lag for each in warm[half:]),
    )


def _slope(samples: Sequence[Sample], name: str) -> float:
    """Least squares, in percent of the mean an hour."""
    hours = [each.at_s / 3600 for each in samples]
    sizes = [each.resident[name] for each in samples]
    at, size = fmean(hours), fmean(sizes)
    spread = sum((each - at) ** 2 for each in hours)
    moved = sum((hour - at) * (resident - size) for hour, resident in zip(hours, sizes, strict=True))
    return 100 * moved / spread / size if spread else 0.0


def _resident(run: Run) -> dict[str, int]:
    pids = {f"{each.role}-{each.number}": each.child.process.pid for each in run.crew.members}
    return {name: _bytes(pid) for name, pid in {**pids, "broker": run.broker.pid}.items()}


def _bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0


def _line(sample: Sample) -> str:
    sizes = "  ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in sample.resident.items())
    return f"{sample.at_s / 60:6.1f} min  lag {sample.lag:6,}  {sizes}"

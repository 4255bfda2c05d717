"""The machine of a measurement, and whether it was otherwise idle."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from playhead.lab.kafka.artifacts import VERSION

QUIET_LOAD = 1.0
"""Load average of the last minute above which other processes were at work when the measurement began."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The properties of a machine that decide the results."""

    cpu: str
    cores: int
    memory_gib: float
    python: str
    kafka: str
    load: float

    @property
    def quiet(self) -> bool:
        """Whether the machine was otherwise idle."""
        return self.load <= QUIET_LOAD

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.1f} GiB, Python {self.python}, "
            f"Kafka {self.kafka}, load {self.load:.2f} at the start"
        )


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        python=platform.python_version(),
        kafka=VERSION,
        load=os.getloadavg()[0],
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def cpu_s(process: int) -> float:
    """Seconds of processor time that a process has used so far, its threads together; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process: int) -> int:
    """Memory of a process that is in RAM; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0

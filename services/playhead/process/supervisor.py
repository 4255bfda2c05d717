"""Keeps workers running: restarts those that die, with growing waits for those that die early, and stops all at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from playhead.process.children import STANDBY, Child, stop_all

FIRST_WAIT_S = 0.1
"""Wait before the first restart: short, as the profiles of its partitions have no other server meanwhile."""
LONGEST_WAIT_S = 30.0
HEALTHY_S = 60.0
"""A worker that ran for so long was healthy: its next restart waits the first wait again."""
LOOK_S = 0.2
SILENT_S = 10.0
"""A worker whose pulse has stopped for so long hangs; it has lost its partitions already (session: 6 s)."""
SPARE_AFTER_S = 5.0
"""A service whose worker has lived for so long gets a spare: not sooner, as a start needs the processor itself."""
STARTING_S = 120.0
"""Longest time to the first sign of life."""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A worker that should always run."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    pulse: Path | None = None
    """The file that the worker touches every second (``runtime/pulse.py``)."""
    bootstrap: str = ""
    """Kafka's address, sent to the spare when it takes over; without it there is no spare."""
    program: Sequence[str] = ()
    """The program to run, where it is not this installation of Playhead."""


class Supervisor:
    """Runs a child for each service; ``write_line`` gets (name, line) for each line that a child writes."""

    def __init__(
        self,
        specs: list[ServiceSpec],
        write_line: Callable[[str, str], None],
        *,
        healthy_s: float = HEALTHY_S,
    ) -> None:
        self._write_line = write_line
        self._guards = [_Guard(spec, write_line, healthy_s) for spec in specs]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # Registered first: also when the second of three does not start, the first is stopped.
        self._stack.callback(self._stop)
        for guard in self._guards:
            guard.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def run(self) -> None:
        """Runs all services until interrupted."""
        while True:
            self.look()
            time.sleep(LOOK_S)

    def look(self) -> None:
        """Restarts the worker that has ended, when it is time."""
        for guard in self._guards:
            guard.look(time.monotonic())

    @property
    def children(self) -> list[Child]:
        """The present worker of each service, dead or alive."""
        return [guard.child for guard in self._guards if guard.child]

    @property
    def _all(self) -> list[Child]:
        return self.children + [guard.spare for guard in self._guards if guard.spare]

    def _stop(self) -> None:
        self._write_line("up", "stopping all workers")
        stop_all(self._all)
        for guard in self._guards:
            guard.finish()


class _Guard:
    """One service: its present worker, and a spare that has imported everything, which is half of a start, and waits."""

    def __init__(self, spec: ServiceSpec, write_line: Callable[[str, str], None], healthy_s: float) -> None:
        self.child: Child | None = None
        self.spare: Child | None = None
        self._spec = spec
        self._write_line = write_line
        self._healthy_s = healthy_s
        self._reader: Thread | None = None
        self._started_s = 0.0
        self._pulse = Pulse(spec.pulse, 0.0)
        self._wants_spare = False
        self._again_s: float | None = None
        self._wait_s = FIRST_WAIT_S

    def start(self) -> None:
        spare, self.spare = self.spare, None
        if spare is not None and not spare.ended:
            spare.go(self._spec.bootstrap)
            self.child = spare
        else:
            self.child = self._start_child({})
        self._started_s = time.monotonic()
        self._pulse = Pulse(self._spec.pulse, self._started_s)
        self._wants_spare = bool(self._spec.bootstrap)
        self._write_line(self._spec.name, f"started, process {self.child.process.pid}")

    def _start_child(self, more: Mapping[str, str]) -> Child:
        spec = self._spec
        environment = {**spec.environment, **more}
        child = Child(spec.name, list(spec.arguments), environment, None, program=spec.program)
        self._reader = Thread(target=self._read, args=(child,), daemon=True)
        self._reader.start()
        return child

    def look(self, now_s: float) -> None:
        if self._again_s is not None:
            if now_s >= self._again_s:
                self._again_s = None
                self.start()
        elif self.child is not None and self.child.ended:
            self._wait_s = wait_before_restart(self._wait_s, now_s - self._started_s, self._healthy_s)
            self._again_s = now_s + self._wait_s
            code = self.child.process.returncode
            self._write_line(
                self._spec.name, f"ended with exit code {code}, starts again in {self._wait_s:g} s"
            )
        elif self.child is not None and self._pulse.is_lost(now_s):
            self._write_line(self._spec.name, "gives no sign of life: killed")
            self.child.process.kill()
        elif self._wants_spare and now_s - self._started_s > SPARE_AFTER_S:
            self._wants_spare = False
            self.spare = self._start_child({STANDBY: "1"})

    def finish(self) -> None:
        if self._reader is not None:
            self._reader.join(1.0)

    def _read(self, child: Child) -> None:
        assert child.process.stdout is not None
        with child.process.stdout as lines:
            for line in lines:
                self._write_line(self._spec.name, line.decode(errors="replace").rstrip())


class Pulse:
    """Watches whether a worker still touches its file."""

    def __init__(self, path: Path | None, now_s: float) -> None:
        self._path = path
        self._first = self._last = self._changed_ns()
        self._since_s = now_s

    def is_lost(self, now_s: float) -> bool:
        """Whether the last sign of life is too long ago; looked at more often than the file is touched."""
        if self._path is None:
            return False
        changed_ns = self._changed_ns()
        if changed_ns != self._last:
            self._last, self._since_s = changed_ns, now_s
        return now_s - self._since_s > (STARTING_S if self._last == self._first else SILENT_S)

    def _changed_ns(self) -> int:
        try:
            return self._path.stat().st_mtime_ns if self._path else 0
        except OSError:
            return 0


def wait_before_restart(last_wait_s: float, lived_s: float, healthy_s: float = HEALTHY_S) -> float:
    """Seconds to wait: twice the last wait for a worker that died early, the first wait for one that had been well.

    >>> wait_before_restart(0.5, lived_s=2.0), wait_before_restart(20.0, 2.0), wait_before_restart(20.0, 600.0)
    (1.0, 30.0, 0.1)
    """
    return FIRST_WAIT_S if lived_s >= healthy_s else min(LONGEST_WAIT_S, 2.0 * last_wait_s)

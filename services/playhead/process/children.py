"""Child processes that never outlive the process that started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.request import urlopen

from playhead.domain.errors import Unavailable

STOP_S = 12.0
"""Time for a clean stop, after which a child is killed; at-least-once delivery makes that harmless."""
TAIL_LINES = 20
STANDBY = "PLAYHEAD_STANDBY"
"""Environment variable of a standby worker, which gets ready and waits for Kafka's address (``go``)."""


class Child:
    """A child process, its output in a log file (or in a pipe, for a supervisor that reads it)."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path | None,
        *,
        program: Sequence[str] = (),
        readyz: str = "",
    ) -> None:
        self.name = name
        self.log = log
        self.readyz = readyz
        output: IO[bytes] | int = subprocess.PIPE
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("wb")
        # A group of its own: Ctrl-C at the terminal reaches the parent alone, which then stops all in order.
        # The child asks the kernel itself to be killed when its parent dies (`watch_parent`).
        self.process = subprocess.Popen(  # noqa: S603  our own command line
            [*(program or command()), *arguments],
            stdin=subprocess.PIPE if STANDBY in environment else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **QUIET_MATHS, **environment, "PLAYHEAD_PARENT": str(os.getpid())},
            process_group=0,
        )
        if not isinstance(output, int):
            output.close()

    def go(self, line: str) -> None:
        """Sends a standby worker what it waits for."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError), self.process.stdin as standby:
            standby.write(line.encode() + b"\n")

    @property
    def ready(self) -> bool:
        """Whether the child reports that it is ready, where it can be asked."""
        if not self.readyz:
            return True
        try:
            with urlopen(self.readyz, timeout=1.0) as answer:  # noqa: S310 - our own loopback address
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Send SIGTERM, once."""
        if not self.ended:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, until_s: float) -> None:
        """Waits for the end until that monotonic time, then kills the process."""
        try:
            self.process.wait(max(0.0, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def tail(self) -> str:
        """The last lines of the child's log."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


QUIET_MATHS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Variables that give each process one thread of maths: workers scale by processes, and spinning maths threads would only take each other's cores."""


def command() -> list[str]:
    """The command that starts this installation of Playhead."""
    return [sys.executable, "-m", "playhead.cli"]


def stop_all(children: Iterable[Child]) -> None:
    """Asks all to stop at once, waits for all, kills those that don't."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    until_s = time.monotonic() + STOP_S
    for child in children:
        child.wait(until_s)


class Children:
    """Children that are stopped when the block ends, however it ends."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def start(
        self, name: str, arguments: list[str], environment: Mapping[str, str], log: Path, *, readyz: str
    ) -> None:
        """Starts one more child; ``readyz``: the URL where it reports whether it is ready."""
        self._children.append(Child(name, arguments, environment, log, readyz=readyz))

    @property
    def ready(self) -> bool:
        """Whether all children report that they are ready."""
        return all(child.ready for child in self._children)

    def go(self, line: str) -> None:
        """Starts the standby workers."""
        for child in self._children:
            if child.process.stdin is not None:
                child.go(line)

    def check(self) -> None:
        """Makes sure that all children run.

        Raises:
            Unavailable: one has ended; the message has the end of its log.
        """
        for child in self._children:
            if child.ended:
                code = child.process.returncode
                raise Unavailable(
                    f"The {child.name} worker ended by itself (exit code {code}). Its last words:\n{child.tail()}\n",
                    f"Read {child.log}, then run playhead doctor.",
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops all children; doing it twice does nothing more."""
        stop_all(self._children)

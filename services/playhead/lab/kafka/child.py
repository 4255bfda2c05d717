"""A program as a child process: it writes to a log, is stopped with its parent, and never outlives it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from playhead.lab.kafka import leash
from playhead.lab.kafka.commands import last_lines


class KafkaProcess:
    """A running program whose output goes to the end of ``log``."""

    def __init__(self, command: Sequence[str | Path], log: Path) -> None:
        self.log = log
        self._log_begin = log.stat().st_size if log.exists() else 0
        self._command = [str(part) for part in command]
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._started, self._ended = threading.Event(), threading.Event()
        # Linux counts the thread that starts a child as its parent: this one lives as long as the child.
        threading.Thread(target=self._live, name=f"child {log.stem}", daemon=True).start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def pid(self) -> int:
        """The process id, kept after the end."""
        return self._running().pid

    @property
    def status(self) -> int | None:
        """The exit status, minus the signal's number when one ended it; None while it runs."""
        return self._running().returncode if self._ended.is_set() else None

    def output(self) -> str:
        """What the program has written since its start."""
        with self.log.open("rb") as log:
            log.seek(self._log_begin)
            return log.read().decode(errors="replace")

    def output_end(self) -> str:
        """The last lines that the program has written, for an error message."""
        return last_lines(self.output())

    def stop(self, timeout_s: float) -> bool:
        """Asks the program to end and kills it after the time-out; returns whether it ended by itself."""
        self._signal(signal.SIGTERM)
        if self._ended.wait(timeout_s):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """End it at once, and return when it is gone."""
        self._signal(signal.SIGKILL)
        self._ended.wait()

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _live(self) -> None:
        try:
            self._process = self._start()
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()
        if self._process is not None:
            self._process.wait()
        self._ended.set()

    def _start(self) -> subprocess.Popen[bytes]:
        leashed = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self._command]
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in a terminal reaches us only, and we stop things in their order.
            return subprocess.Popen(  # noqa: S603 - arguments are ours, and no shell reads them
                leashed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

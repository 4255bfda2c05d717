"""Processes forked from one that has imported everything and loaded all machine code.

Of a fresh one both take two seconds of a core, at each of the hundred and more starts of these tests. What a command
line does before is kept in ``test_restart.py`` and ``test_demo.py``.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing import reduction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.broker.warm"])


class Forked:
    """A process that calls ``main(*arguments)`` with this environment; used as ``subprocess.Popen`` is."""

    def __init__(
        self,
        main: Callable[..., object],
        *arguments: str,
        env: Mapping[str, str],
        stdout: int = 1,
        stderr: int = 2,
    ) -> None:
        self._process = _CONTEXT.Process(
            target=_call, args=(main, arguments, dict(env), _Descriptor(stdout), _Descriptor(stderr))
        )
        _as_seen_from_the_root(self._process.start)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As ``Popen`` has it: negative for a signal, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def command_line(*arguments: str) -> None:
    """What ``playhead ARGUMENTS`` does."""
    from playhead.cli import main

    sys.argv = ["playhead", *arguments]
    main()


class _Descriptor:
    """An open file of ours, handed to a process that is no child of ours."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Callable[..., int], tuple[Any]]:
        return _received, (reduction.DupFd(self._number),)


def _received(sent: Any) -> int:
    return int(sent.detach())


def _call(
    main: Callable[..., object], arguments: tuple[str, ...], env: Mapping[str, str], *outputs: int
) -> None:
    for own, given in enumerate(outputs, start=1):
        os.dup2(given, own)
        os.close(given)
    os.environ.clear()
    os.environ.update(env)
    sys.exit(main(*arguments))  # type: ignore[arg-type]


def _as_seen_from_the_root(start: Callable[[], None]) -> None:
    """The first start makes the process that forks all others; it looks for modules where this says."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "services"), str(ROOT)])
    try:
        start()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before

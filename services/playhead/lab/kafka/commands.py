"""Runs a program to its end and turns its failure into an error that an operator can act on."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from playhead.domain.errors import Unavailable

DOWNLOAD_TIMEOUT_S = 900.0
LAST_LINES = 15


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    step: str,
    repair: str,
    timeout_s: float = DOWNLOAD_TIMEOUT_S,
) -> str:
    """What the command wrote to its standard output.

    Raises:
        Unavailable: it can't be started, fails, or takes longer than ``timeout_s``; ``step`` is a noun
            phrase that names it, and the last lines of its output are shown.
    """
    try:
        done = subprocess.run(  # noqa: S603 - arguments are ours, and no shell reads them
            [str(part) for part in command],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{step} did not run to its end: {error}.", repair) from error
    if done.returncode != 0:
        output = last_lines(done.stdout + done.stderr)
        raise Unavailable(f"{step} failed with status {done.returncode}:\n{output}\n", repair)
    return done.stdout


def last_lines(text: str, count: int = LAST_LINES) -> str:
    r"""The end of a long text, for an error message.

    >>> last_lines("a\nb\nc", count=2)
    'b\nc'
    """
    return "\n".join(text.rstrip().splitlines()[-count:])

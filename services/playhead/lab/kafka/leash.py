"""Becomes the program it is given, after asking Linux to kill that program when its parent ends.

Run as a script by ``child.py``. The request is made here, between two programs, because code that runs between
fork and exec in a process with threads can lock up. The process id stays the same throughout. Systems other
than Linux have no such request: there a killed parent leaves the program running.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, program: list[str]) -> None:
    """Tie this process to ``parent``, then become ``program``."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # A parent that ended before the request was made sends no signal any more.
    if os.getppid() == parent:
        os.execv(program[0], program)  # noqa: S606 - the program is the Java that child.py names


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

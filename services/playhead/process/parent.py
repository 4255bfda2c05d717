"""Makes a child process die when its parent does, whichever way."""

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
POLL_S = 1.0


def watch_parent(parent: int) -> None:
    """Makes this process die when ``parent`` does, even if that was killed.

    The kernel does it on Linux; elsewhere, and between the start and this call, the parent's id is looked at.
    SIGKILL, not SIGTERM: the broker may have died with the parent, and a clean stop would wait for it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_poll, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _poll(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGKILL)

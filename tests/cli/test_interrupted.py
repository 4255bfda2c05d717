"""What a command that runs until it is stopped answers to signals: it unwinds, once, with the exit code that each asks for."""

import signal
import subprocess
import sys

import pytest

RUNS = """
import signal, time
from playhead.cli.options import interrupt_once
with interrupt_once():
    try:
        print("runs", flush=True)
        time.sleep(30)
    finally:
        signal.raise_signal(signal.SIGTERM)  # a second one does not disturb the cleaning up
        print("cleaned up", flush=True)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_unwinds_once(number: signal.Signals, code: int) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", RUNS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "runs\n"
    running.send_signal(number)
    out, _ = running.communicate(timeout=20)
    assert out == "cleaned up\n"
    assert running.returncode == code

"""Fetches jars with jgo, a Maven resolver in Python, where the machine has no Maven."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playhead.lab.kafka.commands import run
from playhead.lab.kafka.tools import find_tool

RESOLVE = "import sys, jgo\nfor artifact in jgo.resolve(sys.argv[1]):\n    print(artifact.resolve())"
REPAIR = "Check the network, or install Maven, then run this again."


def fetch(coordinates: tuple[str, ...], into: Path, home: Path, progress: Callable[[str], None]) -> None:
    """Copy the jars of each ``group:artifact:version`` and what they depend on; the first to bring a jar wins.

    Each is resolved alone: together, jgo chose versions that Kafka does not start with.

    Raises:
        Unavailable: jgo can't be installed, or fails.
    """
    tool = find_tool("jgo", home, progress)
    # A Maven cache of its own: what someone else left in the usual one is neither trusted nor changed.
    with tempfile.TemporaryDirectory() as cache:
        environment = {"PYTHONPATH": str(tool), "M2_REPO": cache}
        for coordinate in coordinates:
            command = [sys.executable, "-c", RESOLVE, coordinate]
            for line in run(command, environment, f"jgo, asked for {coordinate},", REPAIR).splitlines():
                _copy(Path(line), into)


def _copy(jar: Path, into: Path) -> None:
    if not (into / jar.name).exists():
        shutil.copyfile(jar, into / jar.name)

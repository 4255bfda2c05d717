"""Fetches jars with the Maven of the machine, so its mirrors, proxies and cache apply."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from playhead.domain.errors import Unavailable
from playhead.lab.kafka.commands import run
from playhead.lab.kafka.java import find_java

GOAL = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
REPAIR = "Check the network and Maven's settings, then run this again."
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>playhead</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""
DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


def fetch(coordinates: tuple[str, ...], into: Path, home: Path, progress: Callable[[str], None]) -> None:
    """Copy the jars of ``group:artifact:version`` and what they depend on.

    Raises:
        Unavailable: Maven is missing or fails.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("There is no mvn on the PATH.", "Install Maven.")
    java = find_java(home, progress)
    with tempfile.TemporaryDirectory() as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(pom_of(coordinates), encoding="utf-8")
        command: list[str | Path] = [
            maven,
            "--quiet",
            "--batch-mode",
            "--file",
            pom,
            "-Dstyle.color=never",
            GOAL,
            f"-DoutputDirectory={into.resolve()}",
        ]
        run(command, {"JAVA_HOME": str(java.home)}, "Maven", REPAIR)


def pom_of(coordinates: tuple[str, ...]) -> str:
    """A Maven project that depends on these and does nothing."""
    return POM.format("".join(DEPENDENCY.format(*coordinate.split(":")) for coordinate in coordinates))

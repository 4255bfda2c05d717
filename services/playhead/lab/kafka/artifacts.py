"""Where Kafka's jars are: in ``KAFKA_HOME``, in the cache, or else fetched with a tool that the machine has."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import by_jgo, by_maven
from playhead.lab.kafka.folders import filled
from playhead.lab.kafka.lock import locked, verified

logger = logging.getLogger(__name__)

VERSION = "4.3.1"
MODULE = "org.apache.kafka:kafka_2.13"
COORDINATES = (f"{MODULE}:{VERSION}", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")
"""Kafka, and its logging backend."""

Fetch = Callable[[tuple[str, ...], Path, Path, Callable[[str], None]], None]


def look_kafka(home: Path) -> list[Path] | None:
    """The jars that would be used, without fetching any; None where there are none.

    Raises:
        Unavailable: there are jars that must not be used: changed, incomplete, of another version.
    """
    unpacked = os.environ.get("KAFKA_HOME")
    if unpacked:
        return _persons_own(Path(unpacked))
    folder = _cache(home)
    if not folder.is_dir():
        return None
    return verified(folder, locked(), f"Remove {folder}: it will be fetched again.")


def find_kafka(home: Path, progress: Callable[[str], None]) -> list[Path]:
    """The jars to use, fetched into ``<home>/kafka`` when they are missing.

    Raises:
        Unavailable: they can't be fetched, or are not those of the lock.
    """
    return look_kafka(home) or _fetched(home, progress)


def _persons_own(unpacked: Path) -> list[Path]:
    """The jars of ``KAFKA_HOME``, unverified but for their version: whoever sets it vouches for the rest."""
    jars = sorted((unpacked / "libs").glob("*.jar"))
    wanted = f"kafka_2.13-{VERSION}.jar"
    if wanted not in {jar.name for jar in jars}:
        raise Unavailable(
            f"KAFKA_HOME is {unpacked} and {unpacked / 'libs'} has no {wanted}.",
            f"Unpack Kafka {VERSION} (Scala 2.13) there, or unset KAFKA_HOME to have Kafka fetched.",
        )
    return jars


def _fetched(home: Path, progress: Callable[[str], None]) -> list[Path]:
    failures = []
    for name, fetch in _ways():
        progress(f"Fetching Kafka {VERSION} with {name} ...")
        try:
            return _filled(home, fetch, progress)
        except Unavailable as error:
            progress(f"{name} did not bring Kafka.")
            logger.warning("%s", error.reason)
            failures.append(error)
    reasons = " ".join(error.reason for error in failures)
    repair = f"{failures[-1].repair} Or unpack Kafka {VERSION} yourself and name its folder in KAFKA_HOME."
    raise Unavailable(f"Kafka can't be fetched. {reasons}", repair)


def _ways() -> Iterator[tuple[str, Fetch]]:
    if shutil.which("mvn"):
        yield "Maven", by_maven.fetch
    yield "jgo", by_jgo.fetch


def _filled(home: Path, fetch: Fetch, progress: Callable[[str], None]) -> list[Path]:
    with filled(_cache(home)) as temporary:
        fetch(COORDINATES, temporary, home, progress)
        verified(temporary, locked(), "Check what stands between this machine and its Maven repository.")
    return sorted(_cache(home).glob("*.jar"))


def _cache(home: Path) -> Path:
    return home / "kafka" / VERSION / "libs"

"""Checks of this machine for ``playhead doctor``: Python, packages, Java, Kafka's files, folders, ports, limits."""

import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from playhead.domain.errors import PlayheadError

State = Literal["ok", "warning", "broken"]
FREE_BYTES = 2 * 1024**3
OPEN_FILES = 4_096
"""RocksDB keeps its tables open: some hundreds a partition, with room for connections."""
LOCK = Path(__file__).parents[3] / "requirements.lock"


class Finding(NamedTuple):
    """The result of one check; ``repair`` is empty if all is well."""

    name: str
    state: State
    what: str
    repair: str = ""


def check_python() -> Finding:
    """Whether this Python is one that the locked packages are built for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        return Finding("python", "ok", version)
    return Finding(
        "python", "broken", f"{version}, not 3.11 to 3.14", "Run Playhead with Python 3.11 to 3.14."
    )


def check_packages(lock: Path = LOCK) -> Finding:
    """Whether the installed packages are those of the lock."""
    if not lock.is_file():
        return Finding("packages", "ok", "installed without a lock beside it")
    wrong = list(_differences(lock.read_text()))
    if not wrong:
        return Finding("packages", "ok", "as the lock says")
    return Finding("packages", "warning", "; ".join(wrong), "Remove .venv and run scripts/environment.")


def _differences(lock: str) -> Iterator[str]:
    for name, wanted in re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)[ \\]*$", lock, re.MULTILINE):
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed"
            continue
        if installed != wanted:
            yield f"{name} is {installed}, not {wanted}"


def check_java(home: Path) -> Finding:
    """Which Java the embedded broker would run on."""
    from playhead.lab.kafka.java import OLDEST, look_java

    java = look_java(home)
    if java:
        return Finding("java", "ok", f"Java {java.version} from {java.source}")
    what = f"none of {OLDEST} or newer"
    return Finding(
        "java", "warning", what, "Install one, or let playhead broker fetch one at its first start."
    )


def check_kafka(home: Path) -> Finding:
    """Whether Kafka's own files are here and are those of the lock."""
    from playhead.lab.kafka.artifacts import look_kafka

    try:
        jars = look_kafka(home)
    except PlayheadError as error:
        return Finding("kafka files", "broken", error.reason, error.repair)
    if jars:
        return Finding("kafka files", "ok", f"{len(jars)} jars")
    return Finding(
        "kafka files", "warning", "not fetched yet", "playhead broker fetches them at its first start."
    )


def check_folder(folder: Path) -> Finding:
    """Whether stores can be written, and have room."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        repair = "Name another with PLAYHEAD_DATA_DIR, or mend its rights."
        return Finding("store folder", "broken", f"{folder} can't be written", repair)
    free = shutil.disk_usage(there).free
    what = f"{folder}, {free / 1024**3:.1f} GiB free"
    if free < FREE_BYTES:
        return Finding("store folder", "broken", what, "Make room, or name another with PLAYHEAD_DATA_DIR.")
    return Finding("store folder", "ok", what)


def check_ports(metrics_port: int) -> Finding:
    """Whether loopback ports can be had, and the one for metrics, if there is one."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", metrics_port))
    except OSError as error:
        repair = "Stop what holds it, or choose another with PLAYHEAD_METRICS_PORT."
        return Finding("ports", "broken", f"127.0.0.1:{metrics_port}: {error.strerror}", repair)
    return Finding(
        "ports", "ok", f"127.0.0.1:{metrics_port} is free" if metrics_port else "loopback ports are free"
    )


def check_files() -> Finding:
    """Whether this process may open enough files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return Finding("open files", "ok", "unlimited")
    if soft >= OPEN_FILES:
        return Finding("open files", "ok", f"up to {soft:,}")
    return Finding(
        "open files", "warning", f"up to {soft:,}", f"Raise the limit: ulimit -n {16 * OPEN_FILES}."
    )

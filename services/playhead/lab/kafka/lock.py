"""Which jars Kafka is: their names and SHA-256, and the check that a folder holds these and no others."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from playhead.domain.errors import Unavailable

HASHING_CHUNK = 1 << 20


def locked() -> dict[str, str]:
    """SHA-256 of each jar by its name, from ``jars.lock``."""
    text = files(__package__).joinpath("jars.lock").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines())
    return {name: digest for digest, name in lines}


def verified(folder: Path, wanted: Mapping[str, str], repair: str) -> list[Path]:
    """The jars in ``folder``, sorted by name, when they are those ``wanted`` to the last byte.

    Raises:
        Unavailable: a jar is missing, is not what the lock says, or is one too many; the message names all.
    """
    jars = {jar.name: jar for jar in folder.glob("*.jar")}
    faults = [
        *(f"{name} is missing" for name in sorted(wanted.keys() - jars.keys())),
        *(f"{name} is not in the lock" for name in sorted(jars.keys() - wanted.keys())),
        *(f"{name} differs from the lock" for name in _different(jars, wanted)),
    ]
    if faults:
        raise Unavailable(f"The jars in {folder} are not the locked ones: {', '.join(faults)}.", repair)
    return [jars[name] for name in sorted(jars)]


def _different(jars: Mapping[str, Path], wanted: Mapping[str, str]) -> list[str]:
    both = sorted(jars.keys() & wanted.keys())
    return [name for name in both if sha256(jars[name]) != wanted[name]]


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASHING_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

"""Recorded logs: JSON lines, plain or gzipped."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec

from playhead.domain.errors import Rejected, Unavailable


class _Keys(msgspec.Struct):
    profile_id: str = ""
    title_id: str = ""
    event_id: str = ""
    occurred_at: int = 0


_keys = msgspec.json.Decoder(_Keys)


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that are not empty, without their ends.

    Raises:
        Unavailable: the file can't be read.
    """
    try:
        with path.open("rb") as plain, gzip.open(plain) if path.suffix == ".gz" else plain as file:
            for line in file:
                if stripped := line.strip():
                    yield stripped
    except (OSError, EOFError) as error:
        raise Unavailable(
            f"{path} can't be read: {error}.", "Name a file of JSON lines, plain or .gz."
        ) from error


def event_key(line: bytes) -> tuple[bytes, int]:
    """The key an event is produced with, and when it happened; an event without a profile has an empty key.

    Raises:
        Rejected: the line is no JSON object with these fields.
    """
    keys = _read(line)
    return keys.profile_id.encode(), keys.occurred_at


def title_key(line: bytes) -> bytes:
    """The key a title is produced with.

    Raises:
        Rejected: the line is no JSON object with this field.
    """
    return _read(line).title_id.encode()


def _read(line: bytes) -> _Keys:
    try:
        return _keys.decode(line)
    except msgspec.DecodeError as error:
        raise Rejected(
            f"The line is no record: {error}.", "Send one JSON object a line, in UTF-8."
        ) from error

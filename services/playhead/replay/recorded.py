"""Recorded logs: JSON lines, plain or gzip, of events or of titles; told apart by their content."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, NamedTuple, Self, cast

import msgspec

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.errors import Rejected, Unavailable

Kind = Literal["events", "titles"]
GZIP_MAGIC = b"\x1f\x8b"


class RecordedLine(NamedTuple):
    """One record of a log as it is to be produced; ``number`` is its line, from 1."""

    number: int
    key: str
    type: str
    title_id: str | None
    value: bytes


class _Outline(msgspec.Struct):
    """The fields of a record that its kind and its key are read from."""

    type: str | None = None
    profile_id: str | None = None
    title_id: str | None = None
    name: str | None = None


_outline = msgspec.json.Decoder(_Outline)


class Recording:
    """A log to be read once from its beginning; ``read_bytes`` of ``size_bytes`` tell how far it is."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            Unavailable: it can't be read.
        """
        self.path = path
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise Unavailable(
                f"{path} can't be read: {error.strerror}.", "Name a file of JSON lines."
            ) from error
        self.size_bytes = path.stat().st_size
        zipped = self._raw.read(2) == GZIP_MAGIC
        self._raw.seek(0)
        self._text = cast("BinaryIO", gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    @property
    def read_bytes(self) -> int:
        """Bytes of the file, compressed or not, that have been read so far."""
        return self._raw.tell()

    def lines(self, kind: Kind, *, validate: bool) -> Iterator[RecordedLine]:
        """The records in their order; empty lines are passed over.

        Raises:
            Rejected: a line is no record of that kind; the message has its number.
        """
        for number, value in self.raw():
            yield _line(self.path, number, value, kind, validate=validate)

    def raw(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not empty, with their numbers from 1, as they are.

        Raises:
            Unavailable: the file is damaged.
        """
        try:
            for number, text in enumerate(self._text, 1):
                if value := text.strip():
                    yield number, value
        except (EOFError, gzip.BadGzipFile) as error:
            raise Unavailable(
                f"{self.path} is a damaged gzip file: {error}.", "Fetch or pack it again."
            ) from error


def detect(path: Path) -> Kind:
    """What the log holds, by its first record.

    Raises:
        Rejected: that is neither an event nor a title.
        Unavailable: the file can't be read or is empty.
    """
    with Recording(path) as recording:
        for number, value in recording.raw():
            return _kind(path, _read(path, number, value))
    raise Unavailable(f"{path} is empty.", "Name a file with one JSON object a line.")


def _kind(path: Path, outline: _Outline) -> Kind:
    if outline.type and outline.profile_id:
        return "events"
    if outline.title_id and outline.name is not None:
        return "titles"
    raise Rejected(
        f"{path} line 1 is neither an event (type, profile_id) nor a title (title_id, name).",
        "Convert the records to the wire contract, or say --events or --titles.",
    )


def _line(path: Path, number: int, value: bytes, kind: Kind, *, validate: bool) -> RecordedLine:
    outline = _read(path, number, value)
    key = outline.profile_id if kind == "events" else outline.title_id
    if key is None:
        name = "profile_id" if kind == "events" else "title_id"
        raise Rejected(f"{path} line {number}: no {name}, which is the key.", f"Add the field {name}.")
    if validate:
        try:
            decode_event(key.encode(), value) if kind == "events" else decode_title(key.encode(), value)
        except Rejected as error:
            raise Rejected(f"{path} line {number}: {error.reason}", error.repair) from error
    return RecordedLine(number, key, outline.type or "", outline.title_id, value)


def _read(path: Path, number: int, value: bytes) -> _Outline:
    try:
        return _outline.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(
            f"{path} line {number} is not a JSON object of the contract: {error}.",
            "Send each record as one JSON object on one line, in UTF-8.",
        ) from error

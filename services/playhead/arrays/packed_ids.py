"""Ids as one run of bytes, each with a byte behind it that no text in UTF-8 has.

A record holds a hundred and sixty ids and is read and written at each event, which moves one of them: as a run they are
one object to read, one search to find an id, and what machine code finds the numbers of (``arrays.vocabulary``).
"""

from collections.abc import Iterable

END = b"\xff"
_END = END.decode(errors="surrogateescape")


def pack_ids(ids: Iterable[str]) -> bytes:
    """The ids as a run."""
    return b"".join([one.encode() + END for one in ids])


def ids(packed: bytes) -> list[str]:
    """The ids of a run, in order."""
    return packed.decode(errors="surrogateescape").split(_END)[:-1]


def parts(packed: bytes) -> list[bytes]:
    """The same as bytes, for whoever only compares them and makes a run again."""
    return packed.split(END)[:-1]


def joined(parts: Iterable[bytes]) -> bytes:
    """The run of ids that are given as bytes."""
    return b"".join([part + END for part in parts])


def size(packed: bytes) -> int:
    """How many ids there are."""
    return packed.count(END)


def place(packed: bytes, one: str) -> int:
    """Where an id stands, -1 if it does not."""
    at = _find(packed, one.encode() + END)
    return packed.count(END, 0, at) if at >= 0 else -1


def first(packed: bytes, count: int) -> bytes:
    """The first so many ids."""
    parts = packed.split(END, count)
    return packed[: len(packed) - len(parts[count])] if len(parts) > count else packed


def without(packed: bytes, one: str) -> bytes:
    """All ids but one."""
    gone = one.encode() + END
    at = _find(packed, gone)
    return packed if at < 0 else packed[:at] + packed[at + len(gone) :]


def _find(packed: bytes, wanted: bytes) -> int:
    """Where an id with its end begins: at the front, or behind another's end."""
    if packed.startswith(wanted):
        return 0
    at = packed.find(END + wanted)
    return at + 1 if at >= 0 else -1

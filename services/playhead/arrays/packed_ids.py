"""Packed ids: many ids as one bytes object, each followed by a byte that does not occur in UTF-8.

A record holds a hundred and sixty ids and is read and written at each event, which changes one of them: packed, they are
one object to read, an id is found by one search, and compiled code looks up their numbers (``arrays.vocabulary``).
"""

from collections.abc import Iterable

END = b"\xff"
_END = END.decode(errors="surrogateescape")


def pack_ids(ids: Iterable[str]) -> bytes:
    """Packs ids."""
    return b"".join([each.encode() + END for each in ids])


def ids(packed: bytes) -> list[str]:
    """Unpacks ids, in order."""
    return packed.decode(errors="surrogateescape").split(_END)[:-1]


def parts(packed: bytes) -> list[bytes]:
    """Unpacks ids as bytes, for callers that only compare them and pack them again."""
    return packed.split(END)[:-1]


def joined(parts: Iterable[bytes]) -> bytes:
    """Packs ids that are given as bytes."""
    return b"".join([part + END for part in parts])


def size(packed: bytes) -> int:
    """Number of packed ids."""
    return packed.count(END)


def place(packed: bytes, wanted: str) -> int:
    """Index of an id, -1 if it is not there."""
    at = _find(packed, wanted.encode() + END)
    return packed.count(END, 0, at) if at >= 0 else -1


def first(packed: bytes, count: int) -> bytes:
    """The first ``count`` ids, packed."""
    parts = packed.split(END, count)
    return packed[: len(packed) - len(parts[count])] if len(parts) > count else packed


def without(packed: bytes, unwanted: str) -> bytes:
    """The packed ids without one of them."""
    gone = unwanted.encode() + END
    at = _find(packed, gone)
    return packed if at < 0 else packed[:at] + packed[at + len(gone) :]


def _find(packed: bytes, wanted: bytes) -> int:
    """Byte offset of an id with its end, which must begin at the front or behind another's end; -1 if it is not there."""
    if packed.startswith(wanted):
        return 0
    at = packed.find(END + wanted)
    return at + 1 if at >= 0 else -1

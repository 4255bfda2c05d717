"""What travels on ``playhead.models``: bundles of parameters, and the manifest that makes a version of them.

    bundle/SHARD/NUMBER   manifest/SHARD/copy   manifest/SHARD/

A bundle (``models.snapshots.schema``) holds the whole newest values of many parts. Of two that hold the same part the later one is
right; which bundles are still needed, the learner keeps account of (``models.snapshots.log_index``). The manifest of a shard comes
last in the transaction that publishes a version, under two keys: no single foreign record takes away up to where a
shard has learned.

A value is ``SUMMED``, the CRC-32 of the rest, and the row in MessagePack.
"""

import struct
import zlib
from typing import NamedTuple

import msgspec
import numpy as np

from playhead.domain.errors import Rejected
from playhead.domain.topics import MOST_SHARDS
from playhead.models.examination import SIZE as LOOKS
from playhead.models.river.state import InForce
from playhead.models.snapshots.schema import TORN, Bundle, by_half_life, check, unpack

FORMAT = 8
OLDEST = 8
"""Formats from here on are read: bundles that nobody has moved since are still of the one they were written in."""
MANIFESTS = ("copy", "")
"""Under these parts of its key a manifest is written, the last one last."""
MOST_RECORDS = 1_000_000
"""Numbers of bundles stay below; a shard of a million titles takes some thousands."""
SUMMED = b"\xc1"
"""The one byte that no MessagePack begins with."""
_sum = struct.Struct(">I")


class RowPlace(NamedTuple):
    """What a row's key says: the model (or ``bundle``), its shard, and which part."""

    model: str
    shard: int
    part: str


class Foreign(Rejected):
    """A key that no learner ever writes: what is under it concerns nobody."""

    def __init__(self, key: bytes) -> None:
        super().__init__(
            f"No model row has the key {key[:200]!r}.",
            "Only learn workers write this topic: stop whoever else does, then playhead models repair removes what it wrote.",
        )


class Newer(Rejected):
    """A manifest of a later Playhead."""


class Totals(msgspec.Struct, frozen=True, array_like=True):
    """What a tally needs beside its rows."""

    total: bytes
    now_ms: float


class Manifest(msgspec.Struct, frozen=True):
    """A published version: how many examples each model has learned, up to where, and the small parameters.

    ``river``: the River models that are in force. ``looks``: how far pages are looked at, by audience (``models.examination``). ``watermarks``: for each source partition of events ("epoch/partition") the highest (offset, index) learned.
    """

    format: int
    versions: dict[str, int]
    examples_epoch: int
    examples_offset: int
    watermarks: dict[str, tuple[int, int]]
    tallies: dict[str, Totals]
    now_ms: float
    river: tuple[InForce, ...] = ()
    looks: dict[str, Totals] = {}


_encoder = msgspec.msgpack.Encoder()
_bundles, _manifests = msgspec.msgpack.Decoder(Bundle), msgspec.msgpack.Decoder(Manifest)


def key_of(model: str, shard: int, part: str = "") -> bytes:
    """The key of a row."""
    return f"{model}/{shard}/{part}".encode()


def place_of(key: bytes) -> RowPlace:
    """What a key names.

    Raises:
        Foreign: no row has such a key.
    """
    try:
        model, shard, *parts = key.decode().split("/", 2)
    except ValueError:  # no text, or nothing between slashes
        raise Foreign(key) from None
    part = parts[0] if parts else ""
    known = part in MANIFESTS if model == "manifest" else model == "bundle" and _is_number(part, MOST_RECORDS)
    if not known or not parts or not _is_number(shard, MOST_SHARDS):
        raise Foreign(key)
    return RowPlace(model, int(shard), part)


def _is_number(text: str, bound: int) -> bool:
    """Whether it is a number below a bound, in the one way in which we write it."""
    short = text.isascii() and text.isdecimal() and len(text) <= len(str(bound))
    return short and str(int(text)) == text and int(text) < bound


def encode_row(row: Bundle | Manifest) -> bytes:
    """The bytes of a row."""
    body = _encoder.encode(row)
    return SUMMED + _sum.pack(zlib.crc32(body)) + body


def _body(value: bytes) -> memoryview:
    if not value.startswith(SUMMED):
        raise Rejected("A row of the models topic has no checksum.", TORN)
    start = len(SUMMED) + _sum.size
    body = memoryview(value)[start:]
    if value[len(SUMMED) : start] != _sum.pack(zlib.crc32(body)):
        raise Rejected("A row of the models topic is torn: its checksum is another.", TORN)
    return body


def decode_row(place: RowPlace, value: bytes) -> Bundle | Manifest:
    """The row in a value.

    Raises:
        Rejected: the value is torn, or of a format that is not read (``Newer``).
    """
    body = _body(value)
    try:
        if place.model == "manifest":
            return _manifest(body)
        bundle = _bundles.decode(body)
        check(bundle)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Rejected(
            f"A {place.model} row can't be read: {error}.", "Run workers of one version on a models topic."
        ) from error
    return bundle


def _manifest(body: bytes | memoryview) -> Manifest:
    manifest = _manifests.decode(body)
    if manifest.format > FORMAT:
        raise Newer(
            f"Models of format {manifest.format} are newer than this worker.",
            "Upgrade this worker; or delete the models topic and make it anew, which begins to learn anew.",
        )
    if manifest.format < OLDEST:
        raise Rejected(
            f"Models of format {manifest.format} are older than any that this worker reads.",
            "Delete the models topic and make it anew: examples are learned again from where they are kept.",
        )
    try:
        sums = [(by_half_life(tally.total, 1), tally.now_ms) for tally in manifest.tallies.values()]
        sums += [(unpack(looks.total).reshape(1, LOOKS), looks.now_ms) for looks in manifest.looks.values()]
    except ValueError:  # of no number that there was
        sums = [(np.full(1, np.nan), 0.0)]
    if not all(np.isfinite(total).all() and np.isfinite(at_ms) for total, at_ms in sums):
        raise Rejected("A manifest of the models topic is torn: its totals are none.", TORN)
    if manifest.examples_offset < 0 or not np.isfinite(manifest.now_ms):
        raise Rejected(
            "A manifest of the models topic is torn: it says of no place how far it has learned.", TORN
        )
    return manifest

"""Records of ``playhead.models``: bundles of parameters, and the manifest that makes a version of them.

    bundle/SHARD/NUMBER   manifest/SHARD/copy   manifest/SHARD/

A bundle (``models.snapshots.schema``) holds the complete newest values of many parts. Of two bundles with the same part the later one
holds; the learner tracks which bundles are still needed (``models.snapshots.log_index``). The manifest of a shard comes
last in the transaction that publishes a version, under two keys, so that no single foreign record can destroy the offset up to
which a shard has learned.

A value is the byte ``SUMMED``, the CRC-32 of the rest, and the row in MessagePack.
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
"""Oldest format that is read: bundles unchanged since an upgrade are still of the format they were written in."""
MANIFESTS = ("copy", "")
"""Last parts of the two keys of a manifest, in the order they are written."""
MOST_RECORDS = 1_000_000
"""Bound of the numbers of bundles; a shard of a million titles takes some thousands."""
SUMMED = b"\xc1"
"""First byte of a value: the one byte that no MessagePack begins with."""
_sum = struct.Struct(">I")


class RowPlace(NamedTuple):
    """The parsed key of a row: ``bundle`` or ``manifest``, the shard, and the bundle's number or the manifest's copy."""

    model: str
    shard: int
    part: str


class Foreign(Rejected):
    """The error for a key that no learner ever writes; its record can be ignored."""

    def __init__(self, key: bytes) -> None:
        super().__init__(
            f"No model row has the key {key[:200]!r}.",
            "Only learn workers write this topic: stop whoever else does, then playhead models repair removes what it wrote.",
        )


class Newer(Rejected):
    """The error for a manifest of a later version of Playhead."""


class Totals(msgspec.Struct, frozen=True, array_like=True):
    """The total of a tally, with the time it is as of."""

    total: bytes
    now_ms: float


class Manifest(msgspec.Struct, frozen=True):
    """A published version: how many examples each model has learned, up to which offset, and parameters that have no rows.

    ``river``: the current River models. ``looks``: position bias by audience (``models.examination``). ``watermarks``: for each source partition of events ("epoch/partition") the highest (offset, index) learned.
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
    """Parses the key of a row.

    Raises:
        Foreign: no row has such a key.
    """
    try:
        model, shard, *parts = key.decode().split("/", 2)
    except ValueError:  # no UTF-8, or no slash
        raise Foreign(key) from None
    part = parts[0] if parts else ""
    known = part in MANIFESTS if model == "manifest" else model == "bundle" and _is_number(part, MOST_RECORDS)
    if not known or not parts or not _is_number(shard, MOST_SHARDS):
        raise Foreign(key)
    return RowPlace(model, int(shard), part)


def _is_number(text: str, bound: int) -> bool:
    """Whether a text is a number below a bound, without leading zeros."""
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
    except ValueError:  # totals of an unknown length
        sums = [(np.full(1, np.nan), 0.0)]
    if not all(np.isfinite(total).all() and np.isfinite(at_ms) for total, at_ms in sums):
        raise Rejected("A manifest of the models topic is torn: its totals are no finite numbers.", TORN)
    if manifest.examples_offset < 0 or not np.isfinite(manifest.now_ms):
        raise Rejected(
            "A manifest of the models topic is torn: the offset up to which it has learned, or its time, is no valid number.",
            TORN,
        )
    return manifest

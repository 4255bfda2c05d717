"""What travels on ``playhead.models``: bundles of parameters, and the manifest that makes a version of them.

    bundle/SHARD/NUMBER   manifest/SHARD/

A bundle (``models.bundles``) holds the whole newest values of many parts. Of two that hold the same part the later one is
right; which bundles are still needed, the learner keeps account of (``models.ledger``). The manifest of a shard comes
last in the transaction that publishes a version.

A value is ``SUMMED``, the CRC-32 of the rest, and the row in MessagePack.
"""

import struct
import zlib
from typing import NamedTuple

import msgspec

from playhead.domain.errors import Rejected
from playhead.models.bundles import TORN, Bundle, check

FORMAT = 8
OLDEST = 8
"""Formats from here on are read: bundles that nobody has moved since are still of the one they were written in."""
SUMMED = b"\xc1"
"""The one byte that no MessagePack begins with."""
_sum = struct.Struct(">I")


class Place(NamedTuple):
    """What a row's key says: the model (or ``bundle``), its shard, and which part."""

    model: str
    shard: int
    part: str


class Totals(msgspec.Struct, frozen=True, array_like=True):
    """What a tally needs beside its rows."""

    total: bytes
    now_ms: float


class Manifest(msgspec.Struct, frozen=True):
    """A published version: how many examples each model has learned, up to where, and the small parameters.

    ``watermarks``: for each source partition of events ("epoch/partition") the highest (offset, index) learned.
    """

    format: int
    versions: dict[str, int]
    examples_epoch: int
    examples_offset: int
    watermarks: dict[str, tuple[int, int]]
    tallies: dict[str, Totals]
    now_ms: float


_encoder = msgspec.msgpack.Encoder()
_bundles, _manifests = msgspec.msgpack.Decoder(Bundle), msgspec.msgpack.Decoder(Manifest)


def key_of(model: str, shard: int, part: str = "") -> bytes:
    """The key of a row."""
    return f"{model}/{shard}/{part}".encode()


def place_of(key: bytes) -> Place:
    """What a key names.

    Raises:
        Rejected: no row has such a key.
    """
    model, _, rest = key.decode(errors="replace").partition("/")
    shard, _, part = rest.partition("/")
    known = model == "manifest" or (model == "bundle" and part.isdigit())
    if not known or not shard.isdigit():
        raise Rejected(f"No model row has the key {key!r}.", "Run workers of one version on a models topic.")
    return Place(model, int(shard), part)


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


def decode_row(place: Place, value: bytes) -> Bundle | Manifest:
    """The row in a value.

    Raises:
        Rejected: the value is torn, or of a format that is not read.
    """
    body = _body(value)
    try:
        if place.model == "bundle":
            bundle = _bundles.decode(body)
            check(bundle)
            return bundle
        manifest = _manifests.decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Rejected(
            f"A {place.model} row can't be read: {error}.", "Run workers of one version on a models topic."
        ) from error
    if manifest.format > FORMAT:
        raise Rejected(
            f"Models of format {manifest.format} are newer than this worker.", "Upgrade this worker."
        )
    if manifest.format < OLDEST:
        raise Rejected(
            f"Models of format {manifest.format} are older than any that this worker reads.",
            "Delete the models topic and make it anew: examples are learned again from where they are kept.",
        )
    return manifest

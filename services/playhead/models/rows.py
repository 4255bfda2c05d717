"""The rows of ``playhead.models``: how parameters travel.

A row holds the whole newest value of its part, so compaction keeps exactly the newest model and the order of
rows does not matter. The manifest of a shard comes last in the transaction that publishes a version.

    popularity/SHARD/GROUP/TITLE (LABEL in a group of labels)   neighbours/SHARD/SEGMENT/TITLE   sequence/SHARD/TITLE
    sittings/SHARD/SEGMENT/TITLE   alongside/SHARD/SEGMENT/TITLE
    circumstances/SHARD/TITLE   blend/SHARD/BLOCK   heads/SHARD/BLOCK   newton/SHARD   manifest/SHARD

A value is ``SUMMED``, the CRC-32 of the rest, and the row in MessagePack. Up to format 4 it was the row alone;
up to format 5 blocks of the blend had four features less.
"""

import struct
import zlib
from typing import NamedTuple

import msgspec
import numpy as np

from playhead.domain.errors import Rejected
from playhead.models.popularity import Floats

FORMAT = 6
OLDEST = 4
"""Formats from here on are read: rows that nobody has moved since are still of the one they were written in."""
SUMMED = b"\xc1"
"""The one byte that no MessagePack begins with."""
_sum = struct.Struct(">I")
_TORN = "Delete it by a tombstone: what it held is learned anew. All of the topic, if there are many."


class Place(NamedTuple):
    """What a row's key says: the model, its shard, and which part."""

    model: str
    shard: int
    part: str


class PopularityRow(msgspec.Struct, frozen=True, array_like=True):
    """Decayed counts of a title in a market as of ``at_ms``."""

    counts: bytes
    at_ms: float


class NeighboursRow(msgspec.Struct, frozen=True, array_like=True):
    """A segment of a title's neighbours with their weights, [titles × links]; their order is kept.

    ``chosen``: how often the title was chosen (or shown), said in the first segment, 0 in the others.
    """

    titles: tuple[str, ...]
    weights: bytes
    chosen: float


class ValuesRow(msgspec.Struct, frozen=True, array_like=True):
    """What a model knows of one title, as one run of numbers."""

    values: bytes


class BlendRow(msgspec.Struct, frozen=True, array_like=True):
    """One block of the blend's weights, with what its learning needs (``Blend.block``)."""

    ranking: bytes
    inverse: bytes
    likelihood: bytes
    moved: bytes


class HeadsBlock(msgspec.Struct, frozen=True, array_like=True):
    """Hashed features that have learned, and all that is known of them (``Heads.export``)."""

    features: tuple[int, ...]
    parameters: bytes


class NewtonRow(msgspec.Struct, frozen=True, array_like=True):
    """The regression of the heads over their dense inputs (``Newton.export``)."""

    weights: bytes
    covariances: bytes


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


Row = PopularityRow | NeighboursRow | ValuesRow | BlendRow | HeadsBlock | NewtonRow | Manifest
_KINDS: dict[str, type[Row]] = {
    "popularity": PopularityRow,
    "neighbours": NeighboursRow,
    "sittings": NeighboursRow,
    "alongside": NeighboursRow,
    "sequence": ValuesRow,
    "circumstances": ValuesRow,
    "blend": BlendRow,
    "heads": HeadsBlock,
    "newton": NewtonRow,
    "manifest": Manifest,
}
_DECODERS = {model: msgspec.msgpack.Decoder(kind) for model, kind in _KINDS.items()}
_encoder = msgspec.msgpack.Encoder()


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
    if model not in _DECODERS or not shard.isdigit():
        raise Rejected(f"No model row has the key {key!r}.", "Run workers of one version on a models topic.")
    return Place(model, int(shard), part)


def encode_row(row: Row) -> bytes:
    """The bytes of a row."""
    body = _encoder.encode(row)
    return SUMMED + _sum.pack(zlib.crc32(body)) + body


def _body(value: bytes) -> bytes:
    if not value.startswith(SUMMED):
        return value
    start = len(SUMMED) + _sum.size
    body = value[start:]
    if value[len(SUMMED) : start] != _sum.pack(zlib.crc32(body)):
        raise Rejected("A row of the models topic is torn: its checksum is another.", _TORN)
    return body


def decode_row(model: str, value: bytes) -> Row:
    """The row in a value.

    Raises:
        Rejected: the value is torn, or of a format that is not read.
    """
    try:
        row = _DECODERS[model].decode(_body(value))
    except msgspec.MsgspecError as error:
        raise Rejected(
            f"A {model} row can't be read: {error}.", "Run workers of one version on a models topic."
        ) from error
    if isinstance(row, Manifest) and row.format > FORMAT:
        raise Rejected(f"Models of format {row.format} are newer than this worker.", "Upgrade this worker.")
    if isinstance(row, Manifest) and row.format < OLDEST:
        raise Rejected(
            f"Models of format {row.format} are older than any that this worker reads.",
            "Delete the models topic and make it anew: examples are learned again from where they are kept.",
        )
    return row


def pack(values: Floats) -> bytes:
    """Numbers as bytes, exactly: a worker that resumes goes on as if it had never stopped."""
    return np.ascontiguousarray(values, dtype="<f8").tobytes()


def unpack(data: bytes) -> Floats:
    """Numbers from bytes, as an array that may be changed."""
    return np.frombuffer(data, dtype="<f8").astype(np.float64)

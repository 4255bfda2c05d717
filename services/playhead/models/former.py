"""Rows of the models topic up to format 6, one a part: read as bundles of that part, never written.

    popularity/SHARD/GROUP/TITLE (LABEL in a group of labels)   neighbours/SHARD/SEGMENT/TITLE   sequence/SHARD/TITLE
    sittings/SHARD/SEGMENT/TITLE   alongside/SHARD/SEGMENT/TITLE
    circumstances/SHARD/TITLE   blend/SHARD/BLOCK   heads/SHARD/BLOCK   newton/SHARD/0

Up to format 4 a value had no checksum; up to format 5 blocks of the blend had four features less.
"""

from typing import Any

import msgspec
import numpy as np

from playhead.models.blend import BLOCKS
from playhead.models.bundles import (
    WEIGHTS,
    Block,
    Bundle,
    Counts,
    Links,
    Regression,
    Slots,
    Values,
    is_of_labels,
    pack,
    places,
    unpack,
)
from playhead.models.popularity import Floats


class Popularity(msgspec.Struct, frozen=True, array_like=True):
    """Decayed counts of a title in a market as of ``at_ms``."""

    counts: bytes
    at_ms: float


class Neighbours(msgspec.Struct, frozen=True, array_like=True):
    """A segment of a title's neighbours; ``chosen``: how often the title was, said in the first segment."""

    titles: tuple[str, ...]
    weights: bytes
    chosen: float


class Run(msgspec.Struct, frozen=True, array_like=True):
    """What a model knows of one title."""

    values: bytes


class Blend(msgspec.Struct, frozen=True, array_like=True):
    """One block of the blend."""

    ranking: bytes
    inverse: bytes
    likelihood: bytes
    moved: bytes


class Heads(msgspec.Struct, frozen=True, array_like=True):
    """Hashed features that have learned, and all that was known of them."""

    features: tuple[int, ...]
    parameters: bytes


class Newton(msgspec.Struct, frozen=True, array_like=True):
    """The regression of the heads."""

    weights: bytes
    covariances: bytes


KINDS: dict[str, type] = {
    "popularity": Popularity,
    "neighbours": Neighbours,
    "sittings": Neighbours,
    "alongside": Neighbours,
    "sequence": Run,
    "circumstances": Run,
    "blend": Blend,
    "heads": Heads,
    "newton": Newton,
}
_DECODERS: dict[str, Any] = {model: msgspec.msgpack.Decoder(kind) for model, kind in KINDS.items()}
_FIRST = places([0])


def bundle(model: str, part: str, body: bytes | memoryview) -> Bundle:
    """The row as a bundle.

    Raises:
        msgspec.MsgspecError, ValueError: it is no such row.
    """
    row: Any = _DECODERS[model].decode(body)
    if model == "popularity":
        group, _, name = part.partition("/")
        counts = (Counts(group, _FIRST, row.counts, pack(_number(row.at_ms))),)
        return (
            Bundle(labels=(name,), counts=counts) if is_of_labels(group) else Bundle((name,), counts=counts)
        )
    if model in WEIGHTS:
        segment, _, title_id = part.partition("/")
        titles = (title_id, *row.titles)
        weights = pack(unpack(row.weights), WEIGHTS[model][1])
        others, met = places(range(1, len(titles))), pack(_number(row.chosen))
        sizes = bytes([len(row.titles)])
        return Bundle(
            titles, links=(Links(model, _FIRST, bytes([int(segment)]), sizes, others, weights, met),)
        )
    if model == "blend":
        number = min(int(part), BLOCKS - 1)
        return Bundle(blocks=(Block(number, row.ranking, row.inverse, row.likelihood, row.moved),))
    if model == "heads":
        return Bundle(slots=(Slots(places(row.features), row.parameters),))
    if model == "newton":
        return Bundle(regression=(Regression(row.weights, row.covariances),))
    return Bundle((part,), values=(Values(model, _FIRST, row.values),))


def _number(value: float) -> Floats:
    return np.array([value])

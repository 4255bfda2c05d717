"""The bundle: parts of the models as columns, with each title and label named once.

A part is the unit that an example changes: a title's counts in one group, a segment of its neighbours, its vectors, a slot of the
heads, a block of the blend. Columns are little-endian arrays of numbers; ``names`` and ``others`` are indices into the
bundle's titles (labels, in a group of labels), <i4.

A worker applies some sixteen versions a second, each with a thousand titles: so names are packed ids, which
compiled code looks up without making an object of each.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays import packed_ids
from playhead.arrays.hashing import SLOTS
from playhead.arrays.types import Floats, Ints
from playhead.domain.errors import Rejected
from playhead.labels.definitions import HEADS
from playhead.models import artwork, makers
from playhead.models.blend import BLOCKS
from playhead.models.choice_features import CONTEXT_BIAS, FEATURES
from playhead.models.context_bias import TOKENS
from playhead.models.cooccurrence import CO_CONSUMPTION, CO_IMPRESSION
from playhead.models.head_drift import NEVER
from playhead.models.head_lists import COVARIANCES, INPUT_NAMES, OUTPUT_NAMES, OUTPUTS
from playhead.models.heads import SLOT_VALUES
from playhead.models.neighbours import LINKS
from playhead.models.popularity import HALVES
from playhead.models.river.serving import is_sound, is_sound_stack
from playhead.models.river.state import ModelState, StackState
from playhead.models.sequence import DIMS
from playhead.models.sparse import SEGMENT, SEGMENTS

Parts = dict[str, Ints]
"""Numbers of parts by kind: the name of a model, or a prefix below with a group, an audience or a model."""
COUNTS = "popularity/"
"""Prefix of kinds of parts that are counts of a group."""
SEASON = "season/"
"""Prefix of kinds of parts that are weeks of an audience, numbered modulo ``KEPT``."""
OF_KIDS = "kids/"
"""Prefix of kinds of parts that are item-to-item models of children."""
_WEIGHTS: dict[str, tuple[int, str]] = {
    "neighbours": (LINKS, "<f8"),
    CO_CONSUMPTION: (1, "<f4"),
    CO_IMPRESSION: (1, "<f4"),
}
WEIGHTS = _WEIGHTS | {OF_KIDS + model: kept for model, kept in _WEIGHTS.items()}
"""Of each sparse model: weights a pair, and their stored type, so that they travel exactly."""
HALVES_BEFORE = HALVES - 1
"""Number of half-lives in counts published before the longest was added, which then begins with the value of the one before it."""
VALUES = {"sequence": 2 * DIMS + 2, CONTEXT_BIAS: TOKENS}
"""Numbers a title, of each model that has a vector for each."""


class CountColumns(msgspec.Struct, frozen=True, array_like=True):
    """Decayed counts of titles, or labels, in a group: indices of their names, counts, and the times (ms) these are as of."""

    group: str
    names: bytes
    counts: bytes
    at_ms: bytes


class Links(msgspec.Struct, frozen=True, array_like=True):
    """Segments of sparse rows: the row's title, the segment's place in the row, the number of titles in it; then all these titles with their weights.

    ``met``: how often the row's title was chosen (or shown), for each segment.
    """

    model: str
    names: bytes
    segments: bytes
    sizes: bytes
    others: bytes
    weights: bytes
    met: bytes


class Values(msgspec.Struct, frozen=True, array_like=True):
    """Parameters of titles in a model, one vector each."""

    model: str
    names: bytes
    values: bytes


class Slots(msgspec.Struct, frozen=True, array_like=True):
    """Hash slots with their parameters in the heads (``Heads.export``), the artwork model (``ArtworkPosterior.export``) or ``Makers``."""

    slots: bytes
    values: bytes


class NotedWeek(msgspec.Struct, frozen=True, array_like=True):
    """A week of an audience (``models.season``), by its number: its titles, their counts, and the total of all titles."""

    audience: str
    number: int
    names: bytes
    counts: bytes
    total: float


class Block(msgspec.Struct, frozen=True, array_like=True):
    """One block of the blend's weights, with the state of its optimisers (``Blend.block``)."""

    number: int
    ranking: bytes
    inverse: bytes
    likelihood: bytes
    moved: bytes


class Regression(msgspec.Struct, frozen=True, array_like=True):
    """The regression of the heads (``BayesianLogistic.export``), and its drift detector (``since``, ``loss``: ``HeadDrift.export``)."""

    weights: bytes
    covariances: bytes
    since: int = NEVER
    loss: bytes = b""


class Bundle(msgspec.Struct, frozen=True, array_like=True):
    """Parts that are published together.

    ``titles``, ``labels``: packed names of those that the columns refer to. Packed names (``models.naming``) of ``features``: the columns of
    blocks, of ``inputs`` and ``outputs``: the rows and columns of a regression; outputs begin with the heads, which are the columns of
    slots, too. Empty where there are none, and in bundles older than these names.
    """

    titles: bytes = b""
    labels: bytes = b""
    counts: tuple[CountColumns, ...] = ()
    links: tuple[Links, ...] = ()
    values: tuple[Values, ...] = ()
    slots: tuple[Slots, ...] = ()
    blocks: tuple[Block, ...] = ()
    regression: tuple[Regression, ...] = ()
    features: bytes = b""
    inputs: bytes = b""
    outputs: bytes = b""
    river: tuple[ModelState, ...] = ()
    stacks: tuple[StackState, ...] = ()
    artwork: tuple[Slots, ...] = ()
    makers: tuple[Slots, ...] = ()
    weeks: tuple[NotedWeek, ...] = ()


def is_of_labels(group: str) -> bool:
    """Whether a tally counts labels, not titles."""
    return group.endswith(".label")


def is_of_heads(bundle: Bundle) -> bool:
    """Whether the slots of a bundle belong to the heads known here; slots of other heads are ignored, and learned anew."""
    return OUTPUT_NAMES.begin_with(bundle.outputs, len(HEADS))


def places(values: Iterable[int]) -> bytes:
    """A column of indices."""
    return np.fromiter(values, dtype="<i4").tobytes()


def pack(values: NDArray[Any], kind: str = "<f8") -> bytes:
    """Numbers as bytes, without loss, so that a restored worker continues exactly."""
    return np.ascontiguousarray(values, dtype=kind).tobytes()


def unpack(data: bytes, kind: str = "<f8") -> Floats:
    """Numbers from bytes, as an array that may be changed."""
    return np.frombuffer(data, dtype=kind).astype(np.float64)


def by_half_life(data: bytes, rows: int) -> Floats:
    """Counts at all half-lives, [rows × HALVES], also from bytes written before the longest was added."""
    counts = unpack(data).reshape(rows, HALVES if len(data) == 8 * rows * HALVES else HALVES_BEFORE)
    missing = HALVES - counts.shape[1]
    return np.pad(counts, ((0, 0), (0, missing)), mode="edge") if missing else counts


def whole(data: bytes) -> Ints:
    """The indices in a column."""
    return np.frombuffer(data, dtype="<i4").astype(np.int64)


def check(bundle: Bundle) -> None:
    """Checks that all columns of a bundle have matching lengths and valid values: code that applies it does not check again.

    Raises:
        Rejected: a column is too short or long, or holds an invalid value.
    """
    try:
        sound = all(_sound(bundle))
    except ValueError:
        sound = False  # a length is no multiple of the size of a number
    if not sound:
        raise Rejected("A row of the models topic is torn: its columns do not fit together.", TORN)


TORN = (
    "Restart the learn worker: it rewrites the rows of its shards that it can't read."
    " If no learn worker runs, playhead models repair puts tombstones."
)


def _sound(bundle: Bundle) -> Iterable[bool]:
    titles, labels = _size(bundle.titles), _size(bundle.labels)
    for count in bundle.counts:
        names = labels if is_of_labels(count.group) else titles
        rows = len(count.names) // 4
        yield _within(count.names, names) and _finite(count.at_ms, rows)
        yield any(_finite(count.counts, rows * halves) for halves in (HALVES, HALVES_BEFORE))
    for link in bundle.links:
        width, kind = WEIGHTS.get(link.model, (0, "<f8"))
        rows, pairs = len(link.names) // 4, sum(link.sizes)
        yield width > 0 and _within(link.names, titles) and _within(link.others, titles)
        yield len(link.segments) == len(link.sizes) == rows and len(link.others) == 4 * pairs
        yield max(link.segments, default=0) < SEGMENTS and max(link.sizes, default=0) <= SEGMENT
        yield _finite(link.weights, pairs * width, kind) and _finite(link.met, rows)
    for column in bundle.values:
        width = VALUES.get(column.model, 0)
        yield width > 0 and _within(column.names, titles)
        yield _finite(column.values, len(column.names) // 4 * width)
    for slots in bundle.slots:
        width = SLOT_VALUES if is_of_heads(bundle) else 0
        yield _within(slots.slots, SLOTS) and (
            not width or _finite(slots.values, len(slots.slots) // 4 * width)
        )
    for slots in bundle.artwork:
        yield _within(slots.slots, SLOTS) and _finite(slots.values, len(slots.slots) // 4 * artwork.VALUES)
    for slots in bundle.makers:
        yield _within(slots.slots, SLOTS) and _finite(slots.values, len(slots.slots) // 4 * makers.VALUES)
    for week in bundle.weeks:
        yield _within(week.names, titles) and _finite(week.counts, len(week.names) // 4)
        yield week.number >= 0 and isfinite(week.total)
    for block in bundle.blocks:
        width = _size(bundle.features) or FEATURES.width(b"")
        yield 0 <= block.number < BLOCKS and _finite(block.inverse, width * width)
        yield all(_finite(column, width) for column in (block.ranking, block.likelihood, block.moved))
    for regression in bundle.regression:
        rows, columns = _size(bundle.inputs) or INPUT_NAMES.width(b""), _size(bundle.outputs) or OUTPUTS
        yield _finite(regression.weights, rows * columns)
        yield _finite(regression.covariances, COVARIANCES * rows * (rows + 1) // 2) and regression.since >= 0
    yield all(map(is_sound, bundle.river)) and all(map(is_sound_stack, bundle.stacks))


def _size(packed_names: bytes) -> int:
    """Number of packed names.

    Raises:
        ValueError: a name is no UTF-8, or the last one has no end.
    """
    packed_names.replace(packed_ids.END, b"\n").decode()
    if packed_names and not packed_names.endswith(packed_ids.END):
        raise ValueError("a name without its end")
    return packed_ids.size(packed_names)


def _within(data: bytes, count: int) -> bool:
    numbers = np.frombuffer(data, dtype="<i4")
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < count)


def _finite(data: bytes, size: int, kind: str = "<f8") -> bool:
    values = np.frombuffer(data, dtype=kind)
    return len(values) == size and bool(np.isfinite(values).all())

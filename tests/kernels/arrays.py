"""Twins of the generic kernels: byte transpose, hashing, ragged arrays, vocabulary, top-k."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.kernels.twin import Rng, Twin, coarse, hashes, ids, sizes, some

from playhead.arrays import packed_ids, zero_packing
from playhead.arrays.bounds import bounded
from playhead.arrays.byte_transpose import EQUAL, SPARSE, WHOLE, pack, unpack
from playhead.arrays.hashing import PAD, SLOT_BITS, SLOTS, cross, partition_of
from playhead.arrays.ragged import padded, starts
from playhead.arrays.top_k import nth_least, offer, top_k
from playhead.arrays.types import Floats, Ids, Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.domain import partitioning

_MASK = (1 << 64) - 1


def _columns(rows: bytes, width: int) -> bytes:
    columns = [rows[place::width] for place in range(width)]
    how, packed = [], b""
    for column in columns:
        sparse = _sparse(column)
        if len(set(column)) <= 1:
            how.append(EQUAL)
            packed += column[:1]
        elif len(sparse) < len(column):
            how.append(SPARSE)
            packed += sparse
        else:
            how.append(WHOLE)
            packed += column
    return bytes(how) + packed


def _sparse(column: bytes) -> bytes:
    masks = [
        sum(1 << n for n, value in enumerate(column[at : at + 8]) if value) for at in range(0, len(column), 8)
    ]
    return bytes(masks) + bytes(filter(None, column))


def _rows(columns: bytes, width: int, count: int) -> bytes:
    rows, rest = np.zeros((count, width), np.uint8), columns[width:]
    masks = (count + 7) // 8
    for place in range(width if count else 0):
        if columns[place] == SPARSE:
            here = np.unpackbits(np.frombuffer(rest[:masks], np.uint8), bitorder="little")[:count] > 0
            size = masks + int(here.sum())
            rows[here, place] = np.frombuffer(rest[masks:size], np.uint8)
        else:
            size = count if columns[place] == WHOLE else 1
            rows[:, place] = np.frombuffer(rest[:size], np.uint8)
        rest = rest[size:]
    return rows.tobytes()


def _zero_packed(data: bytes) -> bytes:
    eights = [data[at : at + 8] for at in range(0, len(data), 8)]
    return b"".join(_sparse(eight) for eight in eights)


def _zero_unpacked(packed: bytes, size: int) -> bytes:
    data, rest = b"", packed
    while len(data) < size:
        which, rest = rest[0], rest[1:]
        for place in range(min(8, size - len(data))):
            some = which >> place & 1
            data += rest[:1] if some else b"\0"
            rest = rest[some:]
    return data


def _some_bytes(rng: Rng) -> bytes:
    return bytes(rng.integers(0, 3, int(rng.integers(0, 30))).astype(np.uint8))


def _some_packed(rng: Rng) -> tuple[bytes, int]:
    data = _some_bytes(rng)
    return _zero_packed(data), len(data)


def _some_rows(rng: Rng) -> tuple[bytes, int]:
    width = int(rng.integers(1, 5))
    return bytes(rng.integers(0, 2, width * int(rng.integers(0, 20))).astype(np.uint8)), width


def _some_columns(rng: Rng) -> tuple[bytes, int, int]:
    rows, width = _some_rows(rng)
    return _columns(rows, width), width, len(rows) // width


def plain_cross(left: int, right: int) -> int:
    mixed = (left * 0x85EBCA6B + right) * 0x9E3779B97F4A7C15 % 2**64
    return PAD if PAD in (left, right) else 1 + (mixed >> (64 - SLOT_BITS)) % (SLOTS - 1)


def plain_mixed(seed: int, digest: int) -> int:
    """``hashing.mixed``, in whole numbers of Python."""
    mixed = (seed + digest * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) >> 1


def _padded(numbers: Ids, begins: Ints, width: int) -> Ids:
    rows = np.full((len(begins) - 1, width), -1, np.int32)
    for row, (first, last) in enumerate(itertools.pairwise(begins)):
        mine = numbers[first:last][:width]
        rows[row, : len(mine)] = mine
    return rows


def _some_lists(rng: Rng) -> tuple[Ids, Ints, int]:
    begins = sizes(rng, 4, 5)
    return ids(rng, (int(begins[-1]),), 9), begins, 3


def _top_k(scores: Floats, ties: NDArray[Any], bounds: Ints, count: int) -> Ints:
    best = np.full((len(bounds) - 1, count), -1)
    for row, (first, last) in enumerate(itertools.pairwise(bounds)):
        order = sorted(range(first, last), key=lambda n: (-scores[n], ties[n], n))[:count]
        best[row, : len(order)] = order
    return best


def _some_scores(rng: Rng) -> tuple[Floats, NDArray[Any], Ints, int]:
    bounds = sizes(rng, 3, 9)
    return coarse(rng, int(bounds[-1])), hashes(rng, int(bounds[-1])) % 4, bounds, 4


def _nth_least(values: Floats, place: int) -> float:
    return float(np.partition(values, place)[place])


def _values_and_a_place(rng: Rng) -> tuple[Floats, int]:
    size = int(rng.integers(1, 60))
    return coarse(rng, size) if rng.integers(2) else rng.normal(size=size), int(rng.integers(size))


def _offered_all(scores: Floats, ties: NDArray[Any]) -> Ints:
    """A top-k list to which items are offered one after the other."""
    places, size = np.full((1, 4), -1), 0
    best, best_ties = np.zeros((1, 4)), np.zeros((1, 4), np.uint32)
    for n in range(len(scores)):
        size = offer(places, best, best_ties, 0, size, n, scores[n], ties[n])
    return places


def _found(names: list[str], runs: list[bytes]) -> tuple[Ids, Ints]:
    asked = [packed_ids.ids(run) for run in runs]
    numbers = [names.index(name) if name in names else -1 for run in asked for name in run]
    return np.array(numbers, np.int32), starts(map(len, asked))


def _find(names: list[str], runs: list[bytes]) -> tuple[Ids, Ints]:
    return _vocabulary(names).find_all(runs)


def _vocabulary(names: list[str]) -> Vocabulary:
    vocabulary = Vocabulary()
    for name in names:
        vocabulary.add(name)
    return vocabulary


def _some_names(rng: Rng) -> tuple[list[str], list[bytes]]:
    """Many at times: the table grows."""
    names = [f"tïtle-{n}" for n in range(int(rng.choice([0, 3, 700])))]
    return names, [
        packed_ids.pack_ids([f"tïtle-{n}" for n in some(rng, 3, 0, 900)] + names[:2]) for _ in range(3)
    ]


def _pack(names: list[str], numbers: Ints) -> bytes:
    return _vocabulary(names).pack(numbers)


ARRAYS = (
    Twin(pack, _columns, _some_rows),
    Twin(unpack, _rows, _some_columns),
    Twin(zero_packing.pack, _zero_packed, lambda rng: (_some_bytes(rng),)),
    Twin(zero_packing.unpack, _zero_unpacked, _some_packed),
    Twin(cross, plain_cross, lambda rng: tuple(rng.integers(0, SLOTS, 2).tolist())),
    Twin(cross, plain_cross, lambda rng: (PAD, int(rng.integers(0, 2)))),
    Twin(
        partition_of,
        partitioning.partition_of,
        lambda rng: (rng.bytes(int(rng.integers(0, 12))), int(rng.integers(1, 9))),
    ),
    Twin(padded, _padded, _some_lists),
    Twin(
        bounded,
        lambda value, largest: float(np.clip(value, -largest, largest)),
        lambda rng: (float(rng.normal()), 1.0),
    ),
    Twin(top_k, _top_k, _some_scores),
    # Of a copy: which order it leaves is nobody's business.
    Twin(lambda values, place: nth_least(values.copy(), place), _nth_least, _values_and_a_place),
    Twin(
        _offered_all,
        lambda scores, ties: _top_k(scores, ties, np.array([0, len(scores)]), 4),
        lambda rng: _some_scores(rng)[:2],
    ),
    Twin(_find, _found, _some_names),
    Twin(
        _pack,
        lambda names, numbers: packed_ids.pack_ids(names[n] for n in numbers),
        lambda rng: ([f"é{n}" for n in range(5)], some(rng, 4, 0, 5)),
    ),
)

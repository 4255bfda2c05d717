"""Vocabularies: dense numbers for strings, so that all data of titles can be arrays."""

from collections.abc import Iterable
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes, Ids

LEAST = 1_024
"""Initial size of the hash table, a power of two; it stays at least twice the number of strings."""
END = 0xFF
"""The byte behind each packed string (``arrays.packed_ids``)."""


class Vocabulary:
    """Numbers strings in the order of their first occurrence; a number never changes, and is never reused.

    The order differs between processes, so no output of a process may depend on it.
    """

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._names: list[str] = []
        self._table: Ids = np.full(LEAST, -1, dtype=np.int32)
        self._text: Bytes = np.zeros(LEAST, dtype=np.uint8)
        self._starts: NDArray[np.int64] = np.zeros(LEAST, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._number

    def add(self, name: str) -> int:
        """The number of ``name``, which is added if it is new."""
        number = self._number.get(name)
        if number is None:
            number = self._number[name] = len(self._names)
            self._names.append(name)
            self._write(number, name.encode())
        return number

    def _write(self, number: int, text: bytes) -> None:
        """Adds a string to the text and the hash table of ``find_all``."""
        first = int(self._starts[number])
        last = first + len(text)
        if last > len(self._text):
            self._text = np.concatenate([self._text, np.zeros(max(last, len(self._text)), dtype=np.uint8)])
        if number + 1 == len(self._starts):
            self._starts = np.concatenate([self._starts, np.zeros_like(self._starts)])
        self._text.data[first:last] = text
        self._starts[number + 1] = last
        if 2 * (number + 1) > len(self._table):
            self._table = np.full(2 * len(self._table), -1, dtype=np.int32)
            _fill(self._table, self._text, self._starts, 0, number + 1)
        else:
            _fill(self._table, self._text, self._starts, number, number + 1)

    def get(self, name: str) -> int:
        """The number of ``name``, -1 when it has none."""
        return self._number.get(name, -1)

    def missing(self, names: list[str]) -> list[str]:
        """Those of ``names`` that have no number."""
        number = self._number
        return [name for name in names if name not in number]

    def find(self, names: Iterable[str]) -> Ids:
        """The numbers of ``names``, -1 for those that have none."""
        return np.fromiter(map(self._number.get, names, repeat(-1)), dtype=np.int32)

    def find_all(self, runs: Iterable[bytes]) -> tuple[Ids, NDArray[np.int64]]:
        """The numbers of all strings in some packed ids (``arrays.packed_ids``), -1 for those that have none, and where each begins, [runs + 1]."""
        parts = list(runs)
        lengths = np.array([len(part) for part in parts], dtype=np.int64)
        text = np.frombuffer(b"".join(parts), dtype=np.uint8)
        return _find_all(self._table, self._text, self._starts, text, lengths)

    def pack(self, numbers: NDArray[np.int64]) -> bytes:
        """The strings with these numbers, packed."""
        return _pack(self._text, self._starts, numbers).tobytes()

    def name(self, number: int) -> str:
        """The string with this number."""
        return self._names[number]

    def names(self) -> list[str]:
        """All strings, by number; callers must not change the list."""
        return self._names


@compiled
def _hash(text: Bytes, first: int, last: int) -> np.uint64:
    """FNV-1a with its bits mixed once more, as the table uses the lowest."""
    mixed = np.uint64(0xCBF29CE484222325)
    for place in range(first, last):
        mixed = (mixed ^ np.uint64(text[place])) * np.uint64(0x100000001B3)
    return mixed ^ (mixed >> np.uint64(29))


@compiled
def _fill(table: Ids, text: Bytes, starts: NDArray[np.int64], first: int, last: int) -> None:
    mask = np.uint64(len(table) - 1)
    for number in range(first, last):
        at = _hash(text, starts[number], starts[number + 1]) & mask
        while table[at] >= 0:
            at = (at + np.uint64(1)) & mask
        table[at] = number


@compiled
def _pack(text: Bytes, starts: NDArray[np.int64], numbers: NDArray[np.int64]) -> Bytes:
    size = len(numbers)
    for number in numbers:
        size += starts[number + 1] - starts[number]
    packed, last = np.empty(size, dtype=np.uint8), 0
    for number in numbers:
        for at in range(starts[number], starts[number + 1]):
            packed[last], last = text[at], last + 1
        packed[last], last = END, last + 1
    return packed


@compiled
def _find_all(
    table: Ids, text: Bytes, starts: NDArray[np.int64], asked: Bytes, lengths: NDArray[np.int64]
) -> tuple[Ids, NDArray[np.int64]]:
    count = 0
    for byte in asked:
        count += byte == END
    numbers, begins = np.empty(count, dtype=np.int32), np.zeros(len(lengths) + 1, dtype=np.int64)
    size, first, stop = 0, 0, 0
    for packed in range(len(lengths)):
        stop += lengths[packed]
        last = first
        while last < stop:
            if asked[last] == END:
                numbers[size] = _find(table, text, starts, asked, first, last)
                size, first = size + 1, last + 1
            last += 1
        begins[packed + 1] = size
    return numbers, begins


@compiled
def _find(table: Ids, text: Bytes, starts: NDArray[np.int64], asked: Bytes, first: int, last: int) -> int:
    mask = np.uint64(len(table) - 1)
    at = _hash(asked, first, last) & mask
    while table[at] >= 0:
        number = table[at]
        begin = starts[number]
        if starts[number + 1] - begin == last - first:
            same = True
            for place in range(last - first):
                same = same and text[begin + place] == asked[first + place]
            if same:
                return int(number)
        at = (at + np.uint64(1)) & mask
    return -1

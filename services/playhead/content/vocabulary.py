"""Strings to dense numbers, so that everything about titles can live in arrays."""

from collections.abc import Iterable
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]


class Vocabulary:
    """Numbers strings in the order in which they are first seen; a number never changes or is used again.

    The order differs between processes, so nothing that leaves a process may depend on it.
    """

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._number

    def add(self, name: str) -> int:
        """The number of ``name``, given now if it has none."""
        number = self._number.get(name)
        if number is None:
            number = self._number[name] = len(self._names)
            self._names.append(name)
        return number

    def get(self, name: str) -> int:
        """The number of ``name``, -1 when it has none."""
        return self._number.get(name, -1)

    def find(self, names: Iterable[str]) -> Ids:
        """The numbers of ``names``, -1 for those that have none."""
        return np.fromiter(map(self._number.get, names, repeat(-1)), dtype=np.int32)

    def name(self, number: int) -> str:
        """The string with this number."""
        return self._names[number]

    def names(self) -> list[str]:
        """All strings, by number; not to be changed."""
        return self._names

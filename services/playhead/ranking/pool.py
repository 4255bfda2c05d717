"""The candidates of a batch of profiles, flat: row of the profile and number of the title, each pair once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates sorted by profile and title; ``titles`` is how many titles there are, ``keys`` the sorted pairs."""

    owner: NDArray[np.int64]
    title: NDArray[np.int64]
    keys: NDArray[np.int64]
    titles: int

    @staticmethod
    def of(pairs: list[tuple[NDArray[np.int64], NDArray[np.int64]]], titles: int) -> "Pool":
        """The union of what sources found; entries without a title (-1) are left out."""
        keys = np.sort(np.concatenate([(owner * titles + title)[title >= 0] for owner, title in pairs]))
        if len(keys):
            keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
        return Pool(keys // titles, keys % titles, keys, titles)

    def place(self, owner: NDArray[np.int64], title: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these pairs stand in the pool, -1 for those that are not in it."""
        keys = owner * self.titles + title
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        return np.where((self.keys[at] == keys) & (title >= 0), at, -1)

    def only(self, keep: NDArray[np.bool_]) -> "Pool":
        """The candidates for which ``keep`` holds."""
        return Pool(self.owner[keep], self.title[keep], self.keys[keep], self.titles)

    def values(self, owner: NDArray[np.int64], title: NDArray[np.int64], value: Floats) -> Floats:
        """For each candidate the sum of the values given for its pair, 0 where there are none."""
        at = self.place(owner, title)
        known = at >= 0
        return np.bincount(at[known], weights=value[known], minlength=len(self.keys)).astype(np.float64)

    def bounds(self, profiles: int) -> NDArray[np.int64]:
        """Where each profile's candidates begin; its end is the next one's beginning."""
        return np.searchsorted(self.owner, np.arange(profiles + 1))

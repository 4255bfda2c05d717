"""The candidates of a batch of profiles, flat: row of the profile and number of the title, each pair once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.neighbours import LINKS
from playhead.models.popularity import Floats, Ints
from playhead.retrieval.around import Around


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates sorted by profile and title; ``titles`` is how many titles there are, ``keys`` the sorted pairs.

    ``links`` [candidates × LINKS] and ``lag``: how each is linked to the profile's last titles; ``passed``: how many
    titles were passed over for each profile, and why (``Around``).
    """

    owner: Ints
    title: Ints
    keys: Ints
    titles: int
    links: Floats
    lag: Ints
    passed: list[Ints]

    @staticmethod
    def of(found: list[Around], titles: int) -> "Pool":
        """The candidates of each profile, in order."""
        sizes = [len(one.titles) for one in found]
        owner = np.repeat(np.arange(len(found), dtype=np.int64), sizes)
        if not found:
            return Pool(owner, owner, owner, titles, np.zeros((0, LINKS)), owner, [])
        title = np.concatenate([one.titles for one in found])
        links = np.concatenate([one.links for one in found])
        lag = np.concatenate([one.lag for one in found])
        passed = [one.passed for one in found]
        return Pool(owner, title, owner * titles + title, titles, links, lag, passed)

    def place(self, owner: Ints, title: Ints) -> Ints:
        """Where these pairs stand in the pool, -1 for those that are not in it."""
        return _places(self.keys, self.titles, owner, title)

    def only(self, keep: NDArray[np.bool_]) -> "Pool":
        """The candidates for which ``keep`` holds."""
        return Pool(
            self.owner[keep],
            self.title[keep],
            self.keys[keep],
            self.titles,
            self.links[keep],
            self.lag[keep],
            self.passed,
        )

    def values(self, owner: Ints, title: Ints, value: Floats) -> Floats:
        """For each candidate the sum of the values given for its pair, 0 where there are none."""
        return _values(self.keys, self.titles, owner, title, value)

    def bounds(self, profiles: int) -> Ints:
        """Where each profile's candidates begin; its end is the next one's beginning."""
        return np.searchsorted(self.owner, np.arange(profiles + 1))


@compiled
def _places(keys: Ints, titles: int, owner: Ints, title: Ints) -> Ints:
    places = np.full(len(owner), -1)
    for n in range(len(owner)):
        if title[n] >= 0:
            key = owner[n] * titles + title[n]
            at = np.searchsorted(keys, key)
            if at < len(keys) and keys[at] == key:
                places[n] = at
    return places


@compiled
def _values(keys: Ints, titles: int, owner: Ints, title: Ints, value: Floats) -> Floats:
    sums = np.zeros(len(keys))
    places = _places(keys, titles, owner, title)
    for n in range(len(places)):
        if places[n] >= 0:
            sums[places[n]] += value[n]
    return sums

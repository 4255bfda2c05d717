"""The pool: the candidates of a batch of profiles as columns, each pair of profile and title once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.candidates.eligibility import REASONS
from playhead.candidates.generate import Candidates
from playhead.models.neighbours import LINKS


@dataclass(frozen=True, slots=True)
class CandidatePool:
    """Candidates sorted by profile and title; ``titles``: number of titles of the catalogue, ``keys``: the sorted pairs, owner · titles + title.

    ``links`` [candidates × LINKS] and ``lag``: links to the profile's last titles; ``passed``
    [profiles × REASONS]: number of titles passed over for each profile, by reason; ``goes_on``: weight of candidates that continue a series
    (``Candidates``).
    """

    owner: Ints
    title: Ints
    keys: Ints
    titles: int
    links: Floats
    lag: Ints
    passed: Ints
    goes_on: Floats

    @staticmethod
    def of(candidates: Candidates, titles: int) -> "CandidatePool":
        """The pool of generated candidates."""
        keys = candidates.owner * titles + candidates.titles
        return CandidatePool(
            candidates.owner,
            candidates.titles,
            keys,
            titles,
            candidates.links,
            candidates.lag,
            candidates.passed,
            candidates.goes_on,
        )

    @staticmethod
    def unlinked(owner: Ints, title: Ints, titles: int, profiles: int) -> "CandidatePool":
        """The pool of candidates without links; ``owner`` need not be sorted."""
        order = np.argsort(owner * titles + title, kind="stable")
        owner, title = owner[order], title[order]
        size = len(owner)
        links, lag = np.zeros((size, LINKS)), np.full(size, -1)
        passed = np.zeros((profiles, len(REASONS)), dtype=np.int64)
        return CandidatePool(owner, title, owner * titles + title, titles, links, lag, passed, np.zeros(size))

    def candidates(self) -> Candidates:
        """The columns of the pool as ``Candidates``."""
        return Candidates(self.owner, self.title, self.links, self.lag, self.passed, self.goes_on)

    @staticmethod
    def joined(pools: "Sequence[CandidatePool]", profiles: Sequence[int]) -> "CandidatePool":
        """Concatenates the pools of consecutive profiles; ``profiles``: the number of profiles of each pool."""
        if len(pools) == 1:
            return pools[0]
        first = starts(profiles)[:-1]
        titles = max(pool.titles for pool in pools)
        owner = np.concatenate([pool.owner + at for pool, at in zip(pools, first, strict=True)])
        title, links, lag, passed, goes_on = (
            np.concatenate([getattr(pool, name) for pool in pools])
            for name in ("title", "links", "lag", "passed", "goes_on")
        )
        return CandidatePool(owner, title, owner * titles + title, titles, links, lag, passed, goes_on)

    def between(self, first: int, last: int) -> "CandidatePool":
        """The pool of consecutive profiles, renumbered from 0."""
        if (first, last) == (0, len(self.passed)):
            return self
        mine = slice(*np.searchsorted(self.owner, (first, last)).tolist())
        owner, title = self.owner[mine] - first, self.title[mine]
        keys = owner * self.titles + title
        links, lag, passed = self.links[mine], self.lag[mine], self.passed[first:last]
        return CandidatePool(owner, title, keys, self.titles, links, lag, passed, self.goes_on[mine])

    def place(self, owner: Ints, title: Ints) -> Ints:
        """Indices of pairs in the pool, -1 for those that are not in it."""
        return _places(self.keys, self.titles, owner, title)

    def only(self, keep: NDArray[np.bool_]) -> "CandidatePool":
        """The candidates for which ``keep`` is true."""
        return CandidatePool(
            self.owner[keep],
            self.title[keep],
            self.keys[keep],
            self.titles,
            self.links[keep],
            self.lag[keep],
            self.passed,
            self.goes_on[keep],
        )

    def with_more(self, owner: Ints, title: Ints, goes_on: Floats) -> "CandidatePool":
        """The pool with further candidates, without links; they must not be in it yet."""
        both = np.concatenate([self.owner, owner]), np.concatenate([self.title, title])
        order = np.argsort(both[0] * self.titles + both[1], kind="stable")
        links = np.concatenate([self.links, np.zeros((len(owner), self.links.shape[1]))])
        lag = np.concatenate([self.lag, np.full(len(owner), -1)])
        owner, title, goes_on = both[0][order], both[1][order], np.concatenate([self.goes_on, goes_on])[order]
        keys = owner * self.titles + title
        return CandidatePool(owner, title, keys, self.titles, links[order], lag[order], self.passed, goes_on)

    def bounds(self, profiles: int) -> Ints:
        """Where each profile's candidates begin, and where the last one's end, [profiles + 1]."""
        return _bounds(self.owner, profiles)


@compiled
def _bounds(owner: Ints, profiles: int) -> Ints:
    bounds = np.empty(profiles + 1, dtype=np.int64)
    for profile in range(profiles + 1):
        bounds[profile] = np.searchsorted(owner, profile)
    return bounds


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

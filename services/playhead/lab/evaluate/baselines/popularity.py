"""Popularity: what is chosen most, ever, lately, or lately on the same surface; and no order at all."""

import numpy as np

from playhead.lab.evaluate.baselines.baseline import Query, Scores
from playhead.lab.evaluate.baselines.decayed import HALF_LIVES, Decayed
from playhead.lab.evaluate.targets import Consumption

PSEUDO = 20.0
"""Pseudo-counts of the prior of a surface, which is the popularity on all surfaces."""


class Random:
    """No order: all titles tie, and ties are drawn."""

    name = "random"
    settings = ("",)

    def scores(self, query: Query) -> Scores:
        """The same score for all titles."""
        return np.zeros((1, query.titles))

    def learn_one(self, choice: Consumption) -> None:
        """Does nothing: there is nothing to learn."""


class AllTime:
    """How often a title was ever chosen."""

    name = "popularity, all time"
    settings = ("",)

    def __init__(self) -> None:
        self._counts = np.zeros(1_024)

    def scores(self, query: Query) -> Scores:
        """Counts of titles."""
        self._make_room(query.titles)
        return self._counts[None, : query.titles].copy()

    def learn_one(self, choice: Consumption) -> None:
        """Counts a choice."""
        self._make_room(choice.title + 1)
        self._counts[choice.title] += 1.0

    def _make_room(self, titles: int) -> None:
        if titles > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros(titles)])


class Recent:
    """Choices that fade."""

    name = "popularity, decayed"
    settings = tuple(HALF_LIVES)

    def __init__(self) -> None:
        self._counts = Decayed()

    def scores(self, query: Query) -> Scores:
        """Faded counts of titles."""
        return self._counts.raw(query.titles).copy()

    def learn_one(self, choice: Consumption) -> None:
        """Counts a choice."""
        self._counts.add(choice.title, choice.at_ms)


class BySurface:
    """Choices that fade, on the surface that is asked for, smoothed to all surfaces."""

    name = "popularity, decayed, by surface"
    settings = tuple(HALF_LIVES)

    def __init__(self) -> None:
        self._all = Decayed()
        self._on: dict[str, Decayed] = {}

    def scores(self, query: Query) -> Scores:
        """Faded counts on the surface, with ``PSEUDO`` choices spread as on all surfaces."""
        shares: Scores = PSEUDO * self._all.shares(query.titles)
        here = self._on.get(query.surface)
        return shares if here is None else shares + here.at(query.titles, query.at_ms)

    def learn_one(self, choice: Consumption) -> None:
        """Counts a choice."""
        self._all.add(choice.title, choice.at_ms)
        if choice.surface not in self._on:
            self._on[choice.surface] = Decayed()
        self._on[choice.surface].add(choice.title, choice.at_ms)

"""Popularity where a reference has nothing to say: a profile without history, titles that nothing links to it."""

from itertools import product

import numpy as np

from playhead.lab.evaluate.baselines.baseline import Baseline, Query, Scores
from playhead.lab.evaluate.baselines.decayed import HALF_LIVES, Decayed
from playhead.lab.evaluate.targets import Consumption

TRIED = ("3 h", "12 h", "14 d")
"""Half-lives of the popularity that breaks ties."""
TINY = 1e-9


class BackedOff:
    """A reference whose ties are broken by faded popularity; its own scores are scaled, which moves no order.

    Titles that it scores the same, 0 above all, stand in the order of their popularity instead of a random one.
    """

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._popular = Decayed(np.array([HALF_LIVES[name] for name in TRIED]))
        self.name = baseline.name
        self.settings = tuple(
            ", ".join(filter(None, (own, f"back-off {back}")))
            for own, back in product(baseline.settings, TRIED)
        )

    def scores(self, query: Query) -> Scores:
        """Scores by each setting of the reference with each half-life."""
        own = self._baseline.scores(query)
        largest = np.abs(own).max(axis=1, keepdims=True)
        own /= np.where(largest > 0.0, largest, 1.0)
        shares = (TINY * self._popular.shares(query.titles)).astype(own.dtype)
        both: Scores = own[:, None] + shares
        return both.reshape(-1, query.titles)

    def learn_one(self, choice: Consumption) -> None:
        """Learns a choice, in the reference and in the popularity."""
        self._baseline.learn_one(choice)
        self._popular.add(choice.title, choice.at_ms)

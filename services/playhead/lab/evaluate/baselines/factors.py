"""Incremental matrix factorisation: a step of gradient descent for each choice (ISGD, RAISGD; Vinagre et al. 2014, 2015)."""

from collections import deque
from itertools import product

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import Query, Scores
from playhead.lab.evaluate.targets import Consumption

WIDTH = 32
RATES = (0.1, 0.2, 0.4)
PENALTY = 0.01
NEGATIVES = (0, 1, 3)
"""Titles that were not chosen for longest, learned as 0 beside each choice (RAISGD); none is ISGD."""
SPREAD = 0.1
MOST_ERROR = 2.0
"""Bound of an error: high rates would run away without it."""


class Factors:
    """Vectors of profiles and titles of one setting."""

    def __init__(self, rate: float, negatives: int) -> None:
        self.titles: NDArray[np.float64] = np.empty((0, WIDTH))
        self._rate, self._negatives = rate, negatives
        self._profiles: dict[int, NDArray[np.float64]] = {}
        self._rng = np.random.default_rng(1)
        self._queue: deque[int] = deque()
        self._queued: set[int] = set()

    def scores(self, profile: int, titles: int) -> NDArray[np.float64]:
        """Scores of titles for a profile, [titles]."""
        self._make_room(titles)
        vector = self._profiles.get(profile)
        if vector is None:
            return np.zeros(titles)
        scores: NDArray[np.float64] = self.titles[:titles] @ vector
        return scores

    def learn_one(self, profile: int, title: int) -> None:
        """Moves both vectors so that their product comes nearer to 1, and to 0 for the negatives."""
        self._make_room(title + 1)
        if profile not in self._profiles:
            self._profiles[profile] = self._rng.normal(0.0, SPREAD, WIDTH)
        if title not in self._queued:
            self._queued.add(title)
            self._queue.append(title)
        for _ in range(min(self._negatives, len(self._queue) - 1)):
            negative = self._queue.popleft()
            self._queue.append(negative)
            if negative != title:
                self._step(profile, negative, 0.0)
        self._step(profile, title, 1.0)

    def _step(self, profile: int, title: int, wanted: float) -> None:
        p, q = self._profiles[profile], self.titles[title]
        error = max(-MOST_ERROR, min(wanted - float(p @ q), MOST_ERROR))
        self._profiles[profile] = p + self._rate * (error * q - PENALTY * p)
        self.titles[title] = q + self._rate * (error * p - PENALTY * q)

    def _make_room(self, titles: int) -> None:
        have = len(self.titles)
        if titles > have:
            more = self._rng.normal(0.0, SPREAD, (max(titles - have, have), WIDTH))
            self.titles = np.concatenate([self.titles, more])


class Isgd:
    """Incremental SGD with and without negatives, at several rates."""

    name = "incremental MF (ISGD, RAISGD)"
    settings = tuple(f"rate {rate:g}, {n} negatives" for rate, n in product(RATES, NEGATIVES))

    def __init__(self) -> None:
        self._each = [Factors(rate, negatives) for rate, negatives in product(RATES, NEGATIVES)]

    def scores(self, query: Query) -> Scores:
        """Products of the vectors."""
        return np.stack(
            [setting_factors.scores(query.profile, query.titles) for setting_factors in self._each]
        )

    def learn_one(self, choice: Consumption) -> None:
        """Takes a step of each setting."""
        for setting_factors in self._each:
            setting_factors.learn_one(choice.profile, choice.title)

"""EASE: each title from all others by ridge regression in closed form (Steck, WWW 2019), refitted now and then."""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.vocabulary import Vocabulary
from playhead.lab.evaluate.baselines.baseline import KEPT, Query, Scores
from playhead.lab.evaluate.baselines.squares import grown, inverse
from playhead.lab.evaluate.targets import Consumption

PENALTY = 200.0
RECENCY = (0.7, 0.85, 0.95)
"""Weights that are tried of a title of the history, for each step back, when scores are asked for."""


class Ease:
    """B = I - P / diag P, P = (XᵀX + λ)⁻¹, over the titles chosen so far; asked with the history as it is now."""

    name = "EASE, refitted, live history"
    settings = tuple(f"history {weight:g}" for weight in RECENCY)

    def __init__(self, every: int) -> None:
        self._every = every
        self._learned = 0
        self._seen = Vocabulary()
        self._numbers: list[int] = []
        self._gram: NDArray[np.float32] = np.zeros((1_024, 1_024), dtype=np.float32)
        self._chosen: dict[int, list[int]] = {}
        self._model: NDArray[np.float32] | None = None
        self._weights = (np.array(RECENCY)[:, None] ** np.arange(KEPT)).astype(np.float32)

    def scores(self, query: Query) -> Scores:
        """Σ w^k · B[h_k, j]; titles that were not chosen before the last fit stand behind all others."""
        scores = np.zeros((len(RECENCY), query.titles), dtype=np.float32)
        if self._model is None:
            return scores
        fitted = len(self._model)
        places = [self._seen.get(str(choice.title)) for choice in query.recent]
        there = [(at, place) for at, place in enumerate(places) if 0 <= place < fitted]
        if there:
            lags, rows = np.array(there).T
            links = self._weights[:, lags] @ self._model[rows]
            scores[:] = links.min() - 1.0
            scores[:, self._numbers[:fitted]] = links
        return scores

    def learn_one(self, choice: Consumption) -> None:
        """Counts the pairs, and fits when it is time."""
        place = self._seen.add(str(choice.title))
        if place == len(self._numbers):
            self._numbers.append(choice.title)
        if place >= len(self._gram):
            self._gram = grown(self._gram, place + 1)
        before = self._chosen.setdefault(choice.profile, [])
        if place not in before:
            self._gram[place, before] += 1.0
            self._gram[before, place] += 1.0
            self._gram[place, place] += 1.0
            before.append(place)
        self._learned += 1
        if self._learned % self._every == 0:
            self._fit()

    def _fit(self) -> None:
        size = len(self._numbers)
        regularised = self._gram[:size, :size].copy()
        diagonal = np.arange(size)
        regularised[diagonal, diagonal] += np.float32(PENALTY)
        model = inverse(regularised)
        model /= -model[diagonal, diagonal]
        model[diagonal, diagonal] = 0.0
        self._model = model

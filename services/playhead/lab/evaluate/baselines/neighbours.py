"""Item-to-item neighbours, counted as choices come, asked with the profile's history as it is now."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import KEPT, Query, Scores
from playhead.lab.evaluate.baselines.squares import grown
from playhead.lab.evaluate.targets import Consumption

PAIR_WEIGHT = 0.9
"""A pair counts this much less for each step between its two choices."""
RECENCY = (0.85, 0.95)
"""Factors that are tried by which a title of the history counts less for each step back."""
SHRINKAGE = (0.0, 10.0)
"""Numbers that are tried of choices added to each count before it divides: what was chosen once is not the likest of all."""


class ItemKnn:
    """Σ w^k · C[h_k, j] / √((n_i + s)(n_j + s)): symmetric co-occurrence within histories, cosine-normed."""

    name = "item-kNN, incremental"
    settings = tuple(
        f"history {weight:g}, shrinkage {more:g}" for more, weight in product(SHRINKAGE, RECENCY)
    )

    def __init__(self) -> None:
        self._pairs: NDArray[np.float32] = np.zeros((1_024, 1_024), dtype=np.float32)
        self._chosen: NDArray[np.float64] = np.zeros(1_024)
        self._history: dict[int, list[int]] = {}
        self._pair_weights = PAIR_WEIGHT ** np.arange(KEPT, dtype=np.float64)
        self._weights = np.array(RECENCY)[:, None] ** np.arange(KEPT)

    def scores(self, query: Query) -> Scores:
        """Scores of titles, [shrinkages · recencies × titles]."""
        self._make_room(query.titles)
        titles = [choice.title for choice in query.recent]
        if not titles:
            return np.zeros((len(self.settings), query.titles), dtype=np.float32)
        pairs = self._pairs[titles, : query.titles]
        rows: list[NDArray[np.float32]] = []
        for more in SHRINKAGE:
            norm = np.sqrt(np.maximum(self._chosen + more, 1.0))
            weights = (self._weights[:, : len(titles)] / norm[titles]).astype(np.float32)
            rows.append((weights @ pairs / norm[: query.titles]).astype(np.float32))
        return np.concatenate(rows)

    def learn_one(self, choice: Consumption) -> None:
        """Pairs the choice with those before it."""
        self._make_room(choice.title + 1)
        before = self._history.setdefault(choice.profile, [])
        if before:
            weights = self._pair_weights[: len(before)].astype(np.float32)
            np.add.at(self._pairs[choice.title], before, weights)
            np.add.at(self._pairs[:, choice.title], before, weights)
        self._chosen[choice.title] += 1.0
        before.insert(0, choice.title)
        del before[KEPT:]

    def _make_room(self, titles: int) -> None:
        if titles > len(self._chosen):
            self._pairs = grown(self._pairs, titles)
            room = len(self._pairs)
            self._chosen = np.concatenate([self._chosen, np.zeros(room - len(self._chosen))])

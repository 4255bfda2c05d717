"""iALS: implicit alternating least squares (Hu et al. 2008; penalties after Rendle et al. 2021), refitted now and then."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import Query, Scores
from playhead.lab.evaluate.targets import Consumption

Floats = NDArray[np.float32]
WIDTH = 64
SWEEPS = 4
"""Over both sides at each fit, from where the last one ended."""
UNCHOSEN = 0.1
"""Weight of a title that was not chosen, learned as 0, against 1 for one that was."""
PENALTY = 0.01
RECENCY = (0.7, 0.85, 0.95)
CHUNK = 2_000


class Ials:
    """Vectors of titles from the last fit; those of profiles as fitted then, or folded in from their history now."""

    name = "iALS, refitted"
    settings = ("profiles as of the fit", *(f"folded in, history {weight:g}" for weight in RECENCY))

    def __init__(self, every: int) -> None:
        self._every = every
        self._learned = 0
        self._by_profile: dict[int, list[int]] = {}
        self._by_title: dict[int, list[int]] = {}
        self._titles: Floats = np.zeros((0, WIDTH), dtype=np.float32)
        self._profiles: Floats = np.zeros((0, WIDTH), dtype=np.float32)
        self._fitted: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._gram: Floats = np.zeros((WIDTH, WIDTH), dtype=np.float32)
        self._rng = np.random.default_rng(1)

    def scores(self, query: Query) -> Scores:
        """Products of vectors; titles that were not chosen before the last fit stand behind all others."""
        vectors = np.zeros((len(self.settings), WIDTH), dtype=np.float32)
        if query.profile < len(self._profiles):
            vectors[0] = self._profiles[query.profile]
        recent = [(lag, choice.title) for lag, choice in enumerate(query.recent) if self._has(choice.title)]
        if recent:
            for row, recency in enumerate(RECENCY, 1):
                weights = np.array([recency**lag for lag, _ in recent], dtype=np.float32)
                vectors[row] = self._fold_in([title for _, title in recent], weights)
        return self._products(vectors, query.titles)

    def _has(self, title: int) -> bool:
        return title < len(self._fitted) and bool(self._fitted[title])

    def _products(self, vectors: Floats, titles: int) -> Scores:
        scores = np.zeros((len(vectors), titles), dtype=np.float32)
        have = min(titles, len(self._titles))
        scores[:, :have] = vectors @ self._titles[:have].T
        missing = np.ones(titles, dtype=np.bool_)
        missing[:have] = ~self._fitted[:have]
        scores[:, missing] = scores.min(axis=1, keepdims=True) - 1.0
        return scores

    def _fold_in(self, titles: list[int], weights: Floats) -> Floats:
        """The vector of a profile that chose these titles with these weights."""
        rows = self._titles[titles]
        penalty = PENALTY * (weights.sum() + UNCHOSEN * self._fitted.sum())
        matrix = self._gram + (rows.T * weights) @ rows + penalty * np.eye(WIDTH, dtype=np.float32)
        return np.linalg.solve(matrix, rows.T @ weights).astype(np.float32)

    def learn_one(self, choice: Consumption) -> None:
        """Remembers the choice, and fits when it is time."""
        chosen = self._by_profile.setdefault(choice.profile, [])
        if choice.title not in chosen:
            chosen.append(choice.title)
            self._by_title.setdefault(choice.title, []).append(choice.profile)
        self._learned += 1
        if self._learned % self._every == 0:
            self._fit()

    def _fit(self) -> None:
        self._titles = self._wider(self._titles, max(self._by_title) + 1)
        self._profiles = self._wider(self._profiles, max(self._by_profile) + 1)
        self._fitted = np.zeros(len(self._titles), dtype=np.bool_)
        self._fitted[list(self._by_title)] = True
        self._titles[~self._fitted] = 0.0
        for _ in range(SWEEPS):
            _solve(self._profiles, self._titles, self._by_profile, len(self._by_title))
            _solve(self._titles, self._profiles, self._by_title, len(self._by_profile))
        self._gram = np.float32(UNCHOSEN) * (self._titles.T @ self._titles)

    def _wider(self, vectors: Floats, least: int) -> Floats:
        more = max(least - len(vectors), 0)
        drawn = self._rng.normal(0.0, 0.1 / np.sqrt(WIDTH), (more, WIDTH)).astype(np.float32)
        return np.concatenate([vectors, drawn])


def _solve(side: Floats, other: Floats, links: dict[int, list[int]], others: int) -> None:
    """The best vectors of one side for the present ones of the other, in place."""
    gram = UNCHOSEN * other.T @ other
    keys = list(links)
    for first in range(0, len(keys), CHUNK):
        part: Sequence[int] = keys[first : first + CHUNK]
        matrices = np.empty((len(part), WIDTH, WIDTH), dtype=np.float32)
        wanted = np.empty((len(part), WIDTH), dtype=np.float32)
        for row, key in enumerate(part):
            rows = other[links[key]]
            penalty = PENALTY * (len(rows) + UNCHOSEN * others)
            matrices[row] = gram + rows.T @ rows
            matrices[row].flat[:: WIDTH + 1] += penalty
            wanted[row] = rows.sum(axis=0)
        side[list(part)] = np.linalg.solve(matrices, wanted[:, :, None])[:, :, 0]

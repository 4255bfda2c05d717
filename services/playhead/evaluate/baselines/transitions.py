"""What followed the last titles: counts of transitions, backed off to faded popularity (Dirichlet smoothing)."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from playhead.evaluate.baselines.baseline import DAY_MS, HOUR_MS, Query, Scores
from playhead.evaluate.baselines.decayed import HALF_LIVES, Decayed
from playhead.evaluate.targets import Choice

FADES: dict[str, float] = {"1 h": HOUR_MS, "1 d": DAY_MS, "14 d": 14 * DAY_MS, "no": np.inf}
"""Half-lives of the transitions themselves, in milliseconds."""
STRENGTHS = (1.0, 20.0, 200.0)
"""Pseudo-transitions that back off to popularity."""
LAG_WEIGHT = 0.85


class Followers:
    """Counts of what followed one title, faded to the newest of them: {title: [fades]}."""

    def __init__(self) -> None:
        self.counts: dict[int, NDArray[np.float64]] = {}
        self.at_ms: dict[int, int] = {}

    def add(self, title: int, at_ms: int, half_lives_ms: NDArray[np.float64]) -> None:
        """Counts one more."""
        age = at_ms - self.at_ms.get(title, at_ms)
        left = np.exp2(-age / half_lives_ms)
        self.counts[title] = self.counts.get(title, 0.0) * left + 1.0
        self.at_ms[title] = at_ms


class Transitions:
    """After the last title, or after the last five with weights that fall by ``LAG_WEIGHT`` a step."""

    def __init__(self, lags: int) -> None:
        self.name = "transition, last title" if lags == 1 else f"transition, last {lags}"
        self.settings = tuple(
            f"c {c:g}, transitions fade {fade}, back-off {back}"
            for c, fade, back in product(STRENGTHS, FADES, HALF_LIVES)
        )
        self._lags = lags
        self._half_lives_ms = np.array(list(FADES.values()))
        self._popular = Decayed()
        self._after: dict[int, Followers] = {}
        self._last: dict[int, list[int]] = {}

    def scores(self, query: Query) -> Scores:
        """n(last → title) + c · popularity: Dirichlet smoothing up to a factor that all titles share."""
        shares = self._popular.shares(query.titles).astype(np.float32)
        strengths = np.array(STRENGTHS, dtype=np.float32)
        shape = (len(STRENGTHS), len(FADES), len(HALF_LIVES), query.titles)
        scores = np.empty(shape, dtype=np.float32)
        scores[:] = (strengths[:, None, None] * shares)[:, None]
        weight = 1.0
        for choice in query.recent[: self._lags]:
            self._add_followers(scores, choice.title, weight, query)
            weight *= LAG_WEIGHT
        return scores.reshape(-1, query.titles)

    def _add_followers(self, scores: NDArray[np.float32], title: int, weight: float, query: Query) -> None:
        after = self._after.get(title)
        if after is None:
            return
        titles = np.fromiter(after.counts, dtype=np.int64)
        age = query.at_ms - np.fromiter(after.at_ms.values(), dtype=np.float64)
        counts = np.array(list(after.counts.values())) * np.exp2(-age[:, None] / self._half_lives_ms)
        known = titles < query.titles
        scores[:, :, :, titles[known]] += (weight * counts[known].T).astype(np.float32)[None, :, None]

    def learn_one(self, choice: Choice) -> None:
        """Counts the choice after the one before it; over several lags, after each of them."""
        before = self._last.setdefault(choice.profile, [])
        for title in before[: self._lags]:
            if title not in self._after:
                self._after[title] = Followers()
            self._after[title].add(choice.title, choice.at_ms, self._half_lives_ms)
        before.insert(0, choice.title)
        del before[self._lags :]
        self._popular.add(choice.title, choice.at_ms)

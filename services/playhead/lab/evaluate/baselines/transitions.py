"""What followed the last titles: counts of transitions, backed off to faded popularity (Dirichlet smoothing)."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import DAY_MS, HOUR_MS, Query, Scores
from playhead.lab.evaluate.baselines.decayed import HALF_LIVES, Decayed
from playhead.lab.evaluate.targets import Consumption

FADES: dict[str, float] = {"1 h": HOUR_MS, "1 d": DAY_MS, "14 d": 14 * DAY_MS, "no": np.inf}
"""Half-lives of the transitions themselves, in milliseconds."""
STRENGTHS = (1.0, 20.0, 200.0)
"""Pseudo-transitions that back off to popularity."""
LAG_WEIGHT = 0.85


class Followers:
    """Counts of what followed one title, each faded to its newest choice: arrays that grow."""

    def __init__(self) -> None:
        self.titles: NDArray[np.int64] = np.zeros(8, dtype=np.int64)
        self._counts: NDArray[np.float64] = np.zeros((8, len(FADES)))
        self._at_ms: NDArray[np.float64] = np.zeros(8)
        self._place: dict[int, int] = {}

    def add(self, title: int, at_ms: int, half_lives_ms: NDArray[np.float64]) -> None:
        """Counts one more."""
        place = self._place.setdefault(title, len(self._place))
        if place == len(self.titles):
            self.titles = np.concatenate([self.titles, np.zeros_like(self.titles)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._at_ms = np.concatenate([self._at_ms, np.zeros_like(self._at_ms)])
        age = at_ms - self._at_ms[place] if self._counts[place, -1] else 0.0
        self.titles[place] = title
        self._counts[place] = self._counts[place] * np.exp2(-age / half_lives_ms) + 1.0
        self._at_ms[place] = at_ms

    def at(
        self, at_ms: int, half_lives_ms: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Titles, and their counts as of now, [titles × fades]."""
        have = len(self._place)
        age = at_ms - self._at_ms[:have, None]
        return self.titles[:have], self._counts[:have] * np.exp2(-age / half_lives_ms)


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
        strengths = np.array(STRENGTHS, dtype=np.float32)[:, None, None, None]
        followed = self._followed(query).astype(np.float32)
        scores: NDArray[np.float32] = strengths * shares + followed[:, None]
        return scores.reshape(-1, query.titles)

    def _followed(self, query: Query) -> NDArray[np.float64]:
        """[fades × titles]: weighted counts after each of the last titles."""
        counts = np.zeros((len(FADES), query.titles))
        weight = 1.0
        for choice in query.recent[: self._lags]:
            after = self._after.get(choice.title)
            if after is not None:
                titles, faded = after.at(query.at_ms, self._half_lives_ms)
                known = titles < query.titles
                counts[:, titles[known]] += weight * faded[known].T
            weight *= LAG_WEIGHT
        return counts

    def learn_one(self, choice: Consumption) -> None:
        """Counts the choice after the one before it; over several lags, after each of them."""
        before = self._last.setdefault(choice.profile, [])
        for title in before[: self._lags]:
            if title not in self._after:
                self._after[title] = Followers()
            self._after[title].add(choice.title, choice.at_ms, self._half_lives_ms)
        before.insert(0, choice.title)
        del before[self._lags :]
        self._popular.add(choice.title, choice.at_ms)

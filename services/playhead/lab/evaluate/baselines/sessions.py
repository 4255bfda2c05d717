"""VMIS-kNN: sessions like this one, and what else was chosen in them (Kersbergen et al., SIGMOD 2022)."""

from collections import deque
from heapq import nlargest
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.baselines.baseline import Query, Scores
from playhead.lab.evaluate.targets import Consumption

GAP_MS = 1_800_000
"""A pause that ends a session."""
MOST = 500
"""Newest sessions looked at for each title (m)."""
NEAREST = 100
"""Sessions that count (k)."""
LENGTH = 9
"""Titles of the present session that count."""


class Near(NamedTuple):
    """A past session by number, and the weight of its titles."""

    number: int
    weight: float


class SessionKnn:
    """The titles of the nearest past sessions, weighted by likeness and by rarity."""

    name = "session kNN (VMIS)"
    settings = ("",)

    def __init__(self) -> None:
        self._sessions: list[list[int]] = []
        self._open: dict[int, tuple[int, int]] = {}
        self._with: dict[int, deque[int]] = {}
        self._count: NDArray[np.float64] = np.zeros(1_024)

    def scores(self, query: Query) -> Scores:
        """Σ over near sessions: likeness · match weight · log(|sessions| / sessions with the title)."""
        self._make_room(query.titles)
        titles = _latest(query.recent)
        near = self._near(titles)
        if not near:
            return np.zeros((1, query.titles))
        sessions = [self._sessions[each.number] for each in near]
        members = np.fromiter(chain.from_iterable(sessions), dtype=np.int64)
        weights = np.repeat([each.weight for each in near], [len(session) for session in sessions])
        scores = np.bincount(members, weights, minlength=query.titles)[: query.titles]
        rarity = np.log1p(len(self._sessions) / np.maximum(self._count[: query.titles], 1.0))
        return np.asarray(scores * rarity, dtype=np.float64)[None]

    def _near(self, titles: list[int]) -> list[Near]:
        likeness: dict[int, float] = {}
        newest: dict[int, int] = {}
        for at, title in enumerate(titles):
            weight = 1.0 - at / len(titles)
            for number in self._with.get(title, ()):
                likeness[number] = likeness.get(number, 0.0) + weight
                newest.setdefault(number, at)
        best = nlargest(NEAREST, zip(likeness.values(), likeness, strict=True))
        return [Near(number, like * (1.0 - 0.1 * (newest[number] + 1))) for like, number in best]

    def learn_one(self, choice: Consumption) -> None:
        """Adds the choice to the profile's session, or to a new one after a pause."""
        self._make_room(choice.title + 1)
        number, at_ms = self._open.get(choice.profile, (-1, 0))
        if number < 0 or choice.at_ms - at_ms > GAP_MS:
            number = len(self._sessions)
            self._sessions.append([])
        self._open[choice.profile] = (number, choice.at_ms)
        if choice.title in self._sessions[number]:
            return
        self._sessions[number].append(choice.title)
        self._count[choice.title] += 1.0
        if choice.title not in self._with:
            self._with[choice.title] = deque(maxlen=MOST)
        self._with[choice.title].append(number)

    def _make_room(self, titles: int) -> None:
        if titles > len(self._count):
            self._count = np.concatenate([self._count, np.zeros(titles)])


def _latest(recent: list[Consumption]) -> list[int]:
    """The titles of the profile's newest session, newest first."""
    titles: list[int] = []
    for place, choice in enumerate(recent[:LENGTH]):
        if place and recent[place - 1].at_ms - choice.at_ms > GAP_MS:
            break
        titles.append(choice.title)
    return titles

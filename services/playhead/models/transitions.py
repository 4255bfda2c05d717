"""Which title follows which: decayed counts of transitions over several lags, the strongest neighbours kept.

``rows[a]`` holds up to ``NEIGHBOURS`` titles that viewers chose after ``a``. How far transitions are to be
trusted over popularity is learned online by EM, by how much evidence there is.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats

NEIGHBOURS = 64
LAGS = 5
"""Titles back that count as "before"."""
LAG_WEIGHT = 0.85
"""A choice counts this much less for each step further back (best over the logs measured)."""
HALF_LIFE_MS = 90 * 86_400_000.0
EVIDENCE_BUCKETS = 12
"""Trust is learned apart for evidence of 0-1, 1-2, 2-4 … transitions."""
TRUST_RATE = 0.005


class Transitions:
    """Sparse rows of neighbours: bounded by ``NEIGHBOURS`` a title, the weakest makes way for a new one."""

    def __init__(self) -> None:
        self.ids: NDArray[np.int32] = np.full((1_024, NEIGHBOURS), -1, dtype=np.int32)
        self.weights: Floats = np.zeros((1_024, NEIGHBOURS))
        self.mass: Floats = np.zeros(1_024)
        self.at_ms: Floats = np.zeros(1_024)
        self.trust: Floats = np.full(EVIDENCE_BUCKETS, 0.5)

    def learn_one(self, title: int, previous: list[int], at_ms: int) -> list[int]:
        """Counts that ``title`` was chosen after ``previous`` (newest first). Returns the rows that changed."""
        changed = []
        weight = 1.0
        for before in previous[:LAGS]:
            if before >= 0 and before != title:
                self._count(before, title, at_ms, weight)
                changed.append(before)
            weight *= LAG_WEIGHT
        return changed

    def _count(self, before: int, title: int, at_ms: int, weight: float) -> None:
        self._make_room(before)
        now = max(float(at_ms), self.at_ms[before])
        left = 2.0 ** ((self.at_ms[before] - now) / HALF_LIFE_MS)
        row = self.weights[before]
        row *= left
        self.mass[before] = self.mass[before] * left + weight
        self.at_ms[before] = now
        ids = self.ids[before]
        place = int((ids == title).argmax())
        if ids[place] != title:
            place = int(row.argmin())  # an empty place weighs 0
            ids[place] = title
            row[place] = 0.0
        row[place] += weight

    def explain(self, title: int, previous: list[int], popular: float) -> int:
        """Moves the trust in transitions by how well they foresaw a choice against ``popular``, its popularity.

        Returns the bucket of evidence that moved, -1 for none.
        """
        chance, evidence = self.chance(title, previous)
        if evidence <= 0.0:
            return -1
        bucket = evidence_bucket(evidence)
        trust = float(self.trust[bucket])
        follow, back_off = trust * chance, (1.0 - trust) * popular
        if follow + back_off <= 0.0:
            return -1
        self.trust[bucket] += TRUST_RATE * (follow / (follow + back_off) - trust)
        return bucket

    def chance(self, title: int, previous: list[int]) -> tuple[float, float]:
        """P(title | history) by transitions alone, and the evidence it rests on."""
        chance = evidence = scale = 0.0
        weight = 1.0
        for before in previous[:LAGS]:
            if 0 <= before < len(self.mass) and self.mass[before] > 0.0:
                hit = self.weights[before][self.ids[before] == title]
                chance += weight * float(hit.sum()) / self.mass[before]
                evidence += weight * self.mass[before]
                scale += weight
            weight *= LAG_WEIGHT
        return float(chance / scale if scale else 0.0), float(evidence)

    def row(self, before: int) -> tuple[NDArray[np.int32], Floats, float, float]:
        """Neighbours of a title, their weights, the mass of all its transitions, and as of when."""
        used = self.ids[before] >= 0
        return (
            self.ids[before][used],
            self.weights[before][used],
            float(self.mass[before]),
            float(self.at_ms[before]),
        )

    def put(self, before: int, ids: NDArray[np.int32], weights: Floats, mass: float, at_ms: float) -> None:
        """Takes over a row from a snapshot or delta."""
        self._make_room(before)
        self.ids[before] = -1
        self.weights[before] = 0.0
        self.ids[before, : len(ids)] = ids
        self.weights[before, : len(ids)] = weights
        self.mass[before] = mass
        self.at_ms[before] = at_ms

    def _make_room(self, title: int) -> None:
        have = len(self.mass)
        if title < have:
            return
        more = max(2 * have, title + 1) - have
        self.ids = np.concatenate([self.ids, np.full((more, NEIGHBOURS), -1, dtype=np.int32)])
        self.weights = np.concatenate([self.weights, np.zeros((more, NEIGHBOURS))])
        self.mass = np.concatenate([self.mass, np.zeros(more)])
        self.at_ms = np.concatenate([self.at_ms, np.zeros(more)])


def evidence_bucket(evidence: float) -> int:
    """Which of the buckets of trust this much evidence belongs to: powers of two."""
    return min(int(np.log2(1.0 + evidence)), EVIDENCE_BUCKETS - 1)

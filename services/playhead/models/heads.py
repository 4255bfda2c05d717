"""P(click), P(start), P(finish), P(binge): River logistic regressions over hashed features, read out as arrays.

River learns an example at a time; what it has learned is mirrored into one weight array a head, so that a
batch of candidates is scored by gathers and sums, and so that followers need no River at all.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playhead.content.hashing import SLOTS
from playhead.domain.examples import Features
from playhead.labels.definitions import HEADS
from playhead.models.popularity import Floats

if TYPE_CHECKING:
    from playhead.models.logistic import Logistic

DENSE = 4
"""Dense features, by position: see ``ranking.features``."""
PRIORS = {"click": -2.2, "start": -1.4, "finish": 0.0, "binge": -0.7}
"""Log-odds before anything was learned: one impression in ten is clicked, every other play finished."""


class Heads:
    """All heads over one space of features: ``DENSE`` positions first, then ``SLOTS`` hashed ones.

    ``weights`` is [features × heads], ``intercepts`` [heads]; both are what followers score with.
    """

    def __init__(self, *, learns: bool) -> None:
        self.weights: Floats = np.zeros((DENSE + SLOTS, len(HEADS)))
        self.intercepts: Floats = np.array([PRIORS[head] for head in HEADS])
        self._models = _learners() if learns else []

    def learn_one(self, features: Features, labels: dict[str, int], weight: float = 1.0) -> list[int]:
        """Learns the labels that are known. Returns the features whose weights moved."""
        x = as_river(features)
        for place, head in enumerate(HEADS):
            if head in labels:
                model = self._models[place]
                model.learn_one(x, bool(labels[head]), weight)
                self.intercepts[place] = model.intercept
                self.weights[list(x), place] = [w for w, _ in model.read(x)]
        return list(x)

    def predict_one(self, features: Features) -> dict[str, float]:
        """The probability of each head; changes nothing."""
        x = as_river(features)
        values = np.fromiter(x.values(), dtype=np.float64)
        logits = self.intercepts + values @ self.weights[list(x)]
        return dict(zip(HEADS, sigmoid(logits).tolist(), strict=True))

    def export(self, features: NDArray[np.int64]) -> Floats:
        """Weight and summed squared gradient of each head for these features, [features × heads × 2]."""
        slots = features.tolist()
        return np.array([model.read(slots) for model in self._models]).transpose(1, 0, 2)

    def restore(self, features: NDArray[np.int64], parameters: Floats) -> None:
        """Takes over exported parameters, for learning and for scoring."""
        self.weights[features] = parameters[:, :, 0]
        for place, model in enumerate(self._models):  # none in a follower
            for feature, (weight, moved) in zip(
                features.tolist(), parameters[:, place].tolist(), strict=True
            ):
                if moved > 0.0:
                    model.write(feature, weight, moved)

    def restore_intercepts(self, intercepts: Floats) -> None:
        """Takes over the intercepts."""
        self.intercepts = intercepts.copy()
        for model, intercept in zip(self._models, intercepts.tolist(), strict=False):
            model.intercept = intercept


def _learners() -> "list[Logistic]":
    # A follower never learns: it is spared River and SciPy, seconds of its start.
    from playhead.models.logistic import Logistic

    return [Logistic(PRIORS[head]) for head in HEADS]


def as_river(features: Features) -> dict[int, float]:
    """Features as River takes them: position to value; a hashed feature that occurs twice counts once."""
    x = dict.fromkeys((DENSE + slot for slot in features.hashed), 1.0)
    x.update((place, value) for place, value in enumerate(features.dense) if value)
    return x


def sigmoid(logits: Floats) -> Floats:
    """Log-odds to probabilities, without overflow."""
    chances: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
    return chances

"""Made-up examples for River models: inputs, outcomes, and the head's predictions."""

from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import INPUTS
from playhead.models.river.learning import KnownOutcomes, Prediction, RiverLearner

T0 = 1_767_225_600_000.0


class World(NamedTuple):
    """Examples whose clicks depend on inputs that the head does not use; ``signs``: direction of the dependence, from each example on."""

    inputs: Floats
    labels: Floats

    @classmethod
    def drawn(cls, count: int, seed: int = 1, turns_at: int = 10**9, strength: float = 1.5) -> "World":
        draw = np.random.default_rng(seed)
        inputs = draw.normal(size=(count, INPUTS)).round(4)
        sign = np.where(np.arange(count) < turns_at, 1.0, -1.0)
        logits = strength * sign * (inputs[:, 0] - inputs[:, 5])
        return cls(inputs, (draw.random(count) < 1.0 / (1.0 + np.exp(-logits))).astype(float))

    def teach(self, learning: RiverLearner, first: int = 0, last: int | None = None) -> list[Prediction]:
        """Teaches a range of the examples, with a head that predicts one half; a label is that of a click and of 10 s watched."""
        rows = range(first, len(self.labels) if last is None else last)
        lessons = [
            KnownOutcomes(
                {"click": self.labels[n], "watch_s": float(np.log1p(10.0 * self.labels[n]))}, T0 + 1_000 * n
            )
            for n in rows
        ]
        probabilities = np.full((len(rows), len(HEADS)), 0.5)
        return learning.learn(
            lessons, self.inputs[rows.start : rows.stop], probabilities, np.full(len(rows), 3.0)
        )


def losses(predictions: list[Prediction], name: str = "click") -> Floats:
    """The log-loss of each prediction of a model, or of a head."""
    mine = [
        (prediction.probability, prediction.label) for prediction in predictions if prediction.name == name
    ]
    return np.array([-np.log(probability if label else 1.0 - probability) for probability, label in mine])

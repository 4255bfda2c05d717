"""What the heads are measured against, in the same run, on the same moments and labels: trees and a plain logistic.

``Trees`` is LightGBM (Ke et al., 2017), refitted once a day of the log on all that was labelled by then, over the very
inputs of the heads: dense features and running rates as of the moment. ``Linear`` is River's logistic regression on
hashed features and four dense ones, moved by Adagrad at .05, which the heads were in 0.1.0. Both see what the heads
see, and no label sooner.
"""

from array import array
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from playhead.domain.errors import Unavailable
from playhead.models.head_lists import INPUTS
from playhead.models.heads import Heads
from playhead.ranking.outcome_features import OutcomeFeatures, as_features

DAY_MS = 86_400_000
CLASSES = ("click", "long_view", "finish")
WATCH = "watch_s"
WIDTH = INPUTS + 2
"""Inputs of the heads, and numbers of the surface and of the part of the day."""

ValueByHead = dict[str, float]
"""Predictions, or labels, by the name of the head."""


class HeadReference(Protocol):
    """Something that predicts the heads' outcomes, for comparison."""

    name: str

    def predict(self, case: int, row: OutcomeFeatures, heads: Heads, at_ms: int) -> ValueByHead:
        """The reference's predictions for a case, numbered from 0 without gaps, before any of its labels is known.

        May be filled in later, by ``settle``, from what was known at this moment.
        """
        ...

    def settle(self) -> None:
        """Fills in all predictions that were deferred."""
        ...

    def learn(self, case: int, labels: ValueByHead) -> None:
        """Learns labels that have become known."""
        ...


def head_references() -> list[HeadReference]:
    """The references that are installed: LightGBM is an extra."""
    try:
        return [Linear(), Trees()]
    except Unavailable:
        return [Linear()]


class Linear:
    """An online logistic regression a head over hashed features (River)."""

    name = "online logistic"

    def __init__(self) -> None:
        from river import linear_model, optim

        self._models: dict[str, Any] = {
            head: linear_model.LogisticRegression(
                optimizer=optim.AdaGrad(0.05), intercept_lr=0.01, clip_gradient=10.0
            )
            for head in CLASSES
        }
        self._rows: dict[int, dict[int, float]] = {}

    def predict(self, case: int, row: OutcomeFeatures, heads: Heads, at_ms: int) -> ValueByHead:  # noqa: ARG002 - one protocol
        """Predicted probabilities; this reference does not predict seconds."""
        x = dict.fromkeys((4 + slot for slot in row.slots.tolist() if slot), 1.0)
        x |= dict(enumerate(row.dense[:4].tolist()))
        self._rows[case] = x
        return {head: model.predict_proba_one(x)[True] for head, model in self._models.items()}

    def learn(self, case: int, labels: ValueByHead) -> None:
        """Takes a step for each label."""
        x = self._rows.get(case, {})
        for head in CLASSES:
            if x and head in labels:
                self._models[head].learn_one(x, bool(labels[head]))
        if WATCH in labels:
            self._rows.pop(case, None)  # its last label, but for the binge

    def settle(self) -> None:
        """Does nothing: no prediction is deferred."""


class Trees:
    """Boosted trees, refitted daily; before the first day is over it predicts 0.5, and 0 s.

    Raises:
        Unavailable: LightGBM is not installed.
    """

    name = "LightGBM, daily"

    def __init__(self, rounds: int = 120) -> None:
        try:
            import lightgbm
        except ImportError as error:
            raise Unavailable("LightGBM is not installed.", "pip install 'playhead[evaluate]'") from error
        self._lightgbm: Any = lightgbm
        self._rounds = rounds
        self._x = array("f")
        self._labels: dict[str, dict[int, float]] = {head: {} for head in (*CLASSES, WATCH)}
        self._models: dict[str, Any] = {}
        self._day = 0
        self._numbers: dict[int, int] = {}
        self._deferred: list[ValueByHead] = []

    def predict(self, case: int, row: OutcomeFeatures, heads: Heads, at_ms: int) -> ValueByHead:
        """Predicted probabilities and median seconds, after refitting if a day has begun."""
        assert case == len(self._x) // WIDTH
        if self._day and at_ms // DAY_MS > self._day:
            self._refit()
        self._day = max(self._day, at_ms // DAY_MS)
        self._x.extend(self._row(row, heads).tolist())
        prediction = dict.fromkeys(CLASSES, 0.5) | {WATCH: 0.0}
        self._deferred.append(prediction)
        return prediction

    def settle(self) -> None:
        """Predicts the deferred cases at once, which costs a hundredth a row."""
        if self._deferred:
            x = self._inputs()[-len(self._deferred) :]
            for head, model in self._models.items():
                for prediction, p in zip(self._deferred, model.predict(x).tolist(), strict=True):
                    prediction[head] = p
        self._deferred.clear()

    def learn(self, case: int, labels: ValueByHead) -> None:
        """Keeps labels until the next refit."""
        for head in self._labels.keys() & labels.keys():
            self._labels[head][case] = labels[head]

    def _row(self, row: OutcomeFeatures, heads: Heads) -> NDArray[np.float32]:
        [features] = as_features(OutcomeFeatures(row.slots[None], row.rated[None], row.dense[None]))
        places = [self._numbers.setdefault(slot, len(self._numbers)) for slot in row.rated[-2:].tolist()]
        return np.append(heads.inputs(features), places).astype(np.float32)

    def _inputs(self) -> NDArray[np.float32]:
        return np.array(self._x, dtype=np.float32).reshape(-1, WIDTH)

    def _refit(self) -> None:
        self.settle()
        x = self._inputs()
        for head, labels in self._labels.items():
            known = np.fromiter(labels, dtype=np.int64)
            y = np.fromiter(labels.values(), dtype=np.float64)
            if len(np.unique(y)) > 1:
                data = self._lightgbm.Dataset(x[known], y, categorical_feature=[WIDTH - 2])
                options = {
                    "objective": "regression_l1" if head == WATCH else "binary",
                    "learning_rate": 0.05,
                    "num_leaves": 31,
                    "min_data_in_leaf": 50,
                    "feature_fraction": 0.5,
                    "bagging_fraction": 0.8,
                    "bagging_freq": 1,
                    "lambda_l2": 5.0,
                    "num_threads": 1,
                    "seed": 1,
                    "deterministic": True,
                    "verbose": -1,
                }
                self._models[head] = self._lightgbm.train(options, data, self._rounds)

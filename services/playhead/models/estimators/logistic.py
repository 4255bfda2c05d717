"""The regression of the outcome heads as a River classifier, over features by name."""

from typing import Any

import numpy as np
from river import base

from playhead.arrays.types import Floats
from playhead.models.bayesian_logistic import BayesianLogistic, learn, logits_of
from playhead.models.heads import as_row, probability_of

Features = dict[Any, Any]
_KNOWN = np.ones(1)


class BayesianLogisticRegression(base.MiniBatchClassifier):
    """Logistic regression with a Gaussian over all its weights, updated by one Newton step an example.

    The covariance bounds the step in every direction, so there is no learning rate, and inputs need
    not be scaled as long as they are of the order of 1. Features may come and go: a missing feature is 0, a new one begins
    at its prior. Values that are not finite count as 0.

    Args:
        intercept_init: Log-odds of the positive class before anything was learned.

    Example:
        >>> model = BayesianLogisticRegression()
        >>> for n in range(200):
        ...     model.learn_one({"warm": n % 2, "noise": n % 3}, n % 2 == 1)
        >>> round(model.predict_proba_one({"warm": 1})[True], 1)
        0.7

    Spiegelhalter and Lauritzen, 1990: Sequential updating of conditional probabilities on directed graphical structures.
    """

    def __init__(self, intercept_init: float = 0.0) -> None:
        self.intercept_init = intercept_init
        self._places: dict[base.typing.FeatureName, int] = {}
        self._model = self._empty(0)

    def learn_one(self, x: Features, y: base.typing.ClfTarget) -> None:
        """Learn one example; ``y`` is true or false."""
        self._make_room(x)
        row = self._row(x)
        probabilities = self._probabilities(row)
        model = self._model
        error = np.array([float(bool(y))]) - probabilities
        learn(model.weights, model.covariances, model.group, row, _KNOWN, error, probabilities)

    def predict_proba_one(self, x: Features, **_: Any) -> dict[base.typing.ClfTarget, float]:
        """The probability of both classes; changes nothing."""
        probability = float(self._probabilities(self._row(x))[0])
        return {False: 1.0 - probability, True: probability}

    def learn_many(self, X: Any, y: Any) -> None:  # noqa: N803 - River's name
        """Learn the rows of a data frame, one after the other."""
        for row, label in zip(X.to_dict("records"), y, strict=True):
            self.learn_one(row, label)

    def predict_proba_many(self, X: Any) -> Any:  # noqa: N803 - River's name
        """The probabilities of all rows of a data frame, as a data frame."""
        return type(X)([self.predict_proba_one(row) for row in X.to_dict("records")], index=X.index)

    def _probabilities(self, row: Floats) -> Floats:
        return np.array([probability_of(logits_of(self._model.weights, row)[0])])

    def log_odds_one(self, x: Features) -> float:
        """The log-odds of the positive class, unbounded."""
        return float(logits_of(self._model.weights, self._row(x))[0])

    def _row(self, x: Features) -> Floats:
        values = np.zeros(len(self._places))
        for name, value in x.items():
            place = self._places.get(name)
            if place is not None:
                values[place] = value
        return as_row(np.nan_to_num(values))

    def _make_room(self, x: Features) -> None:
        """Gives new features their columns, sorted by name, so that the order of the dict does not matter."""
        fresh = sorted(x.keys() - self._places.keys(), key=str)
        if fresh:
            had = len(self._places)
            self._places |= {name: had + place for place, name in enumerate(fresh)}
            former, self._model = self._model, self._empty(len(self._places))
            self._model.restore(*former.export(), np.array([*range(had), len(self._places)]))

    def _empty(self, width: int) -> BayesianLogistic:
        return BayesianLogistic(width, np.array([self.intercept_init]), [0])

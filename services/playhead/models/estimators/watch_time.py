"""Seconds watched as a River regressor: it learns the curve of P(watched ≥ 1, 2, 4 … s) and predicts its median."""

from typing import Any

import numpy as np
from river import base

from playhead.models.estimators.logistic import BayesianLogisticRegression, Features
from playhead.models.head_lists import CURVE_STARTS
from playhead.models.watch_time_curve import THRESHOLDS_S, watch_time_of


class WatchTimeRegressor(base.Regressor):
    """The curve of P(watched ≥ threshold), each threshold a regression with its own covariance.

    Args:
        length: The feature that holds a title's length in seconds, 0 or absent where it is unknown. Predictions never exceed
            it, and thresholds beyond it are not learned.

    Example:
        >>> model = WatchTimeRegressor()
        >>> for n in range(400):
        ...     model.learn_one({"good": n % 2}, 60.0 if n % 2 else 3.0)
        >>> model.predict_one({"good": 1}) > 30 > 10 > model.predict_one({"good": 0})
        True
        >>> model.predict_one({"good": 1, "duration_s": 20.0})
        20.0
    """

    def __init__(self, length: str = "duration_s") -> None:
        self.length = length
        self._steps = [BayesianLogisticRegression(float(start)) for start in CURVE_STARTS]

    def learn_one(self, x: Features, y: base.typing.RegTarget) -> None:
        """Learn the seconds that were watched."""
        length_s, row = self._split(x)
        for threshold_s, step in zip(THRESHOLDS_S.tolist(), self._steps, strict=True):
            if length_s <= 0.0 or length_s >= threshold_s:
                step.learn_one(row, y >= threshold_s)

    def predict_one(self, x: Features, **_: Any) -> base.typing.RegTarget:
        """The median of the seconds that will be watched."""
        length_s, row = self._split(x)
        logits = np.array([step.log_odds_one(row) for step in self._steps])
        return float(watch_time_of(logits, length_s))

    def _split(self, x: Features) -> tuple[float, Features]:
        row = {name: value for name, value in x.items() if name != self.length}
        return float(np.nan_to_num(float(x.get(self.length, 0.0)))), row

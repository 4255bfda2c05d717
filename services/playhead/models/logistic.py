"""River's logistic regression, with single parameters within reach."""

from collections.abc import Iterable

from river import linear_model, optim

RATE = 0.05
LARGEST_STEP = 10.0


class Logistic(linear_model.LogisticRegression):
    """River's logistic regression with its single parameters within reach, to mirror and to restore them.

    Adagrad (Duchi et al., 2011): the rate of each feature falls with what it has already moved, so that rare
    titles learn quickly and frequent ones settle, without a schedule.
    """

    def __init__(self, prior: float) -> None:
        super().__init__(
            optimizer=optim.AdaGrad(RATE),
            intercept_init=prior,
            intercept_lr=0.01,
            clip_gradient=LARGEST_STEP,
        )

    def read(self, slots: Iterable[int]) -> list[tuple[float, float]]:
        """Weight and summed squared gradient of each slot."""
        weights, moved = self._weights, self.optimizer.g2
        return [(weights[s], moved[s]) if s in moved else (0.0, 0.0) for s in slots]

    def write(self, slot: int, weight: float, moved: float) -> None:
        """Takes over one parameter."""
        self._weights[slot] = weight
        self.optimizer.g2[slot] = moved

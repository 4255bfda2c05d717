"""What the circumstances call for: how much more a title is chosen on this surface, at this hour, on this device.

    score(title) = Σ weights[title, token]   over the tokens of the moment

The tokens are few and fixed (``TOKENS`` slots); one of them is always there and holds what is left to say of the
title itself. Like the sequence model it learns the residual of the whole blend, so a constant rate is enough: what
the other parts say already leaves no error to learn from.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats

TOKENS = 64
ALWAYS = 0
RATE = 0.05
LEAST_ERROR = 1e-3
LARGEST = 20.0


class Circumstances:
    """``weights`` [titles × TOKENS]: log-odds that each circumstance adds to each title."""

    def __init__(self) -> None:
        self.weights: Floats = np.zeros((256, TOKENS))

    def scores(self, tokens: NDArray[np.int64], owner: NDArray[np.int64], title: NDArray[np.int64]) -> Floats:
        """What the moments in rows ``owner`` of ``tokens`` [moments × tokens] add to titles, [pairs]."""
        self._make_room(int(title.max(initial=0)))
        said = np.zeros(len(title))
        for place in range(tokens.shape[1]):
            said += self.weights[title, tokens[owner, place]]
        return said

    def learn_one(
        self, tokens: NDArray[np.int64], titles: NDArray[np.int64], error: Floats
    ) -> NDArray[np.int64]:
        """Moves the weights by a choice (see ``Sequence.learn_one``). Returns the titles that moved."""
        self._make_room(int(titles.max(initial=0)))
        off = np.abs(error) >= LEAST_ERROR
        moved = titles[off]
        for token in np.unique(tokens).tolist():
            now = self.weights[moved, token] + RATE * error[off]
            self.weights[moved, token] = np.clip(now, -LARGEST, LARGEST)
        return moved

    def row(self, title: int) -> Floats:
        """The weights of a title, [TOKENS]."""
        self._make_room(title)
        weights: Floats = self.weights[title]
        return weights

    def put(self, title: int, weights: Floats) -> None:
        """Takes over a row that another process published."""
        self._make_room(title)
        self.weights[title] = weights

    def _make_room(self, title: int) -> None:
        have = len(self.weights)
        if title >= have:
            more = max(2 * have, title + 1) - have
            self.weights = np.concatenate([self.weights, np.zeros((more, TOKENS))])

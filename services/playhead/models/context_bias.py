"""What the circumstances call for: how much more a title is chosen on this surface, at this hour, on this device.

    score(title) = Σ weights[title, token]   over the tokens of the snapshot

The tokens are few and fixed (``TOKENS`` slots); one of them is always there and holds what is left to say of the
title itself. Like the sequence model it learns the residual of the whole blend, so a constant rate is enough: what
the other parts say already leaves no error to learn from.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.bounds import bounded
from playhead.arrays.jit import compiled
from playhead.arrays.reserve import grown
from playhead.arrays.types import Floats, Ints

TOKENS = 64
ALWAYS = 0
RATE = 0.05
LEAST_ERROR = 1e-3
LARGEST = 20.0


class ContextBias:
    """``weights`` [titles × TOKENS]: log-odds that each circumstance adds to each title."""

    def __init__(self) -> None:
        self.weights: Floats = np.zeros((256, TOKENS))

    def scores(self, tokens: Ints, owner: Ints, title: Ints) -> Floats:
        """What the snapshots in rows ``owner`` of ``tokens`` [snapshots × tokens] add to titles, [pairs]."""
        self.make_room(int(title.max(initial=0)) + 1)
        bias = np.zeros(len(title))
        for n in range(len(title)):
            add_bias(bias[n : n + 1], title[n : n + 1], tokens[owner[n]], self.weights)
        return bias

    def learn_one(
        self, tokens: NDArray[np.int64], titles: NDArray[np.int64], error: Floats
    ) -> NDArray[np.int64]:
        """Moves the weights by a choice (see ``Sequence.learn_one``). Returns the titles that moved."""
        self.make_room(int(titles.max(initial=0)) + 1)
        off = np.abs(error) >= LEAST_ERROR
        moved = titles[off]
        _learn(self.weights, moved, np.unique(tokens), RATE * error[off])
        return moved

    def rows(self, titles: Ints) -> Floats:
        """The weights of titles, [titles × TOKENS]."""
        self.make_room(int(titles.max(initial=0)) + 1)
        weights: Floats = self.weights[titles]
        return weights

    def put(self, titles: Ints, weights: Floats) -> None:
        """Takes over rows that another process published."""
        self.make_room(int(titles.max(initial=0)) + 1)
        self.weights[titles] = weights

    def make_room(self, size: int) -> None:
        """Gives so many titles their weights."""
        have = len(self.weights)
        if size > have:
            self.weights = grown(self.weights, max(2 * have, size))


@compiled
def add_bias(bias: Floats, title: Ints, tokens: Ints, weights: Floats) -> None:
    """What the tokens of a snapshot add to titles."""
    for n in range(len(title)):
        total, line = 0.0, weights[title[n]]
        for token in tokens:
            total += line[token]
        bias[n] = total


@compiled
def _learn(weights: Floats, titles: Ints, tokens: Ints, steps: Floats) -> None:
    for n in range(len(titles)):
        for token in tokens:
            weights[titles[n], token] = bounded(weights[titles[n], token] + steps[n], LARGEST)

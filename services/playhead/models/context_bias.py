"""Context bias: how much more a title is chosen on this surface, at this hour, on this device.

    score(title) = Σ weights[title, token]   over the tokens of the snapshot

Tokens are hashed to ``TOKENS`` slots; one token (``ALWAYS``) is part of every snapshot and holds the title's own
bias. Like the sequence model, this model learns the residual of the whole blend, so a constant learning rate is
enough: whatever the other features explain leaves no error to learn from.
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
    """``weights`` [titles × TOKENS]: log-odds that each context token adds to each title."""

    def __init__(self) -> None:
        self.weights: Floats = np.zeros((256, TOKENS))

    def scores(self, tokens: Ints, owner: Ints, title: Ints) -> Floats:
        """Biases of pairs of a snapshot, a row (``owner``) of ``tokens`` [snapshots × tokens], and a title, [pairs]."""
        self.make_room(int(title.max(initial=0)) + 1)
        bias = np.zeros(len(title))
        for n in range(len(title)):
            add_bias(bias[n : n + 1], title[n : n + 1], tokens[owner[n]], self.weights)
        return bias

    def learn_one(
        self, tokens: NDArray[np.int64], titles: NDArray[np.int64], error: Floats
    ) -> NDArray[np.int64]:
        """Moves the weights by a choice (see ``Sequence.learn_one``). Returns the titles whose weights changed."""
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
        """Overwrites rows with those that another process published."""
        self.make_room(int(titles.max(initial=0)) + 1)
        self.weights[titles] = weights

    def make_room(self, size: int) -> None:
        """Grows the table to at least ``size`` titles."""
        have = len(self.weights)
        if size > have:
            self.weights = grown(self.weights, max(2 * have, size))


@compiled
def add_bias(bias: Floats, title: Ints, tokens: Ints, weights: Floats) -> None:
    """Writes into ``bias`` what the tokens of a snapshot add to titles, [titles]."""
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

"""The online learning-to-rank blend: which part counts how much, learned from every choice among its candidates.

Two conditional logits over the same features, both with weights shared by all + by length of history + by time
since the last act:

    ranking      each choice counts p^½ of its own chance: log-loss over all titles is settled in the tail, a ranking
                 is judged by its head. Online Newton steps (Hazan et al., 2007) for features that say nearly the same.
    likelihood   every choice counts once (Adagrad): what is left unexplained by it is what the sequence model and
                 the circumstances learn from.

A choice outside the candidates teaches nothing; candidates never depend on these weights alone, so there is a way back.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats

HISTORY = (0, 1, 5, 20)
"""Least titles in the history of each block; the blocks for the time since the last act follow them."""
GAPS_S = (60, 1_800, 86_400)
"""Time since the last act up to which a block goes; one more for longer, one for strangers."""
BLOCKS = 1 + len(HISTORY) + len(GAPS_S) + 2
HEAD = 0.5
NEWTON_RATE = 0.3
RIDGE = 0.1
ADAGRAD_RATE = 0.1
LARGEST = 30.0
"""No weight grows beyond this."""


class Blend:
    """``ranking`` and ``likelihood`` [BLOCKS × features]: weights that add up over a moment's three blocks.

    Args:
        prior: Weights before anything was learned, [features].
    """

    def __init__(self, prior: Floats) -> None:
        width = len(prior)
        self.ranking: Floats = np.zeros((BLOCKS, width))
        self.ranking[0] = prior
        self.likelihood: Floats = self.ranking.copy()
        self.inverse: Floats = np.tile(np.eye(width) / RIDGE, (BLOCKS, 1, 1))
        self.moved: Floats = np.full((BLOCKS, width), 1e-6)

    def weights(self, blocks: NDArray[np.int64]) -> Floats:
        """The weights that rank for moments with these blocks, [moments × 3] to [moments × features]."""
        return _sum(self.ranking, blocks)

    def learn_one(self, features: Floats, chosen: int, blocks: NDArray[np.int64]) -> Floats:
        """Learns a choice; gives what the likelihood missed: 1 for the chosen one, 0 for the others, minus their chances.

        Args:
            features: Of all candidates, [features × candidates].
            chosen: Which candidate it was.
            blocks: Of the moment, [3].
        """
        chances = softmax(_sum(self.ranking, blocks[None])[0] @ features)
        slope = (features[:, chosen] - features @ chances) * chances[chosen] ** HEAD
        for block in blocks.tolist():
            inverse = self.inverse[block]
            step = inverse @ slope
            scale = 1.0 + float(slope @ step)
            inverse -= np.outer(step, step / scale)
            self.ranking[block] = np.clip(self.ranking[block] + NEWTON_RATE * step / scale, -LARGEST, LARGEST)
        error = -softmax(_sum(self.likelihood, blocks[None])[0] @ features)
        error[chosen] += 1.0
        slope = features @ error
        self.moved[blocks] += slope**2
        step = ADAGRAD_RATE * slope / np.sqrt(self.moved[blocks])
        self.likelihood[blocks] = np.clip(self.likelihood[blocks] + step, -LARGEST, LARGEST)
        return error

    def block(self, number: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Everything known of a block: weights that rank, their inverse, those of the likelihood, its squared steps."""
        return self.ranking[number], self.inverse[number], self.likelihood[number], self.moved[number]

    def put(self, number: int, ranking: Floats, inverse: Floats, likelihood: Floats, moved: Floats) -> None:
        """Takes over a block that another process published."""
        width = len(ranking)
        self.ranking[number], self.inverse[number] = ranking, inverse.reshape(width, width)
        self.likelihood[number], self.moved[number] = likelihood, moved


def blocks(depth: NDArray[np.int64], gap_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """The blocks of moments, [moments × 3], by titles in the history and seconds since the last act (-1: never)."""
    history = 1 + np.searchsorted(HISTORY, depth, side="right") - 1
    gap = np.where(gap_s < 0, len(GAPS_S) + 1, np.searchsorted(GAPS_S, gap_s, side="right"))
    return np.stack([np.zeros_like(depth), history, 1 + len(HISTORY) + gap], axis=1).astype(np.int64)


def softmax(scores: Floats) -> Floats:
    """Scores to chances."""
    raised = np.exp(scores - scores.max())
    chances: Floats = raised / raised.sum()
    return chances


def _sum(weights: Floats, blocks: NDArray[np.int64]) -> Floats:
    total = weights[blocks[:, 0]]
    for place in range(1, blocks.shape[1]):
        total = total + weights[blocks[:, place]]
    return total

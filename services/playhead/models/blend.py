"""The online learning-to-rank blend: the weight of each ranking feature, learned from every choice among its candidates.

Two conditional logits over the same features, both with weights shared by all + by length of history + by time
since the last act + by market:

    ranking      each choice is weighted by p^½ of its predicted probability: log-loss over all titles is dominated by the
                 tail, while a ranking is judged by its top. Online Newton steps (Hazan et al., 2007) for correlated features.
    likelihood   every choice has weight 1 (Adagrad): the sequence model and the context bias learn from its
                 residuals.

A choice outside the candidates is not learned; candidates never depend on these weights alone, so a bad weight can recover.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.bounds import bounded
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats

HISTORY = (0, 1, 5, 20)
"""Least number of titles in the history for each block; the blocks for the time since the last act follow them."""
GAPS_S = (60, 1_800, 86_400)
"""Upper bounds of the blocks of time since the last act; one further block for longer gaps, one for cold-start users."""
MARKETS = 8
"""Number of blocks for markets, which are assigned by digest."""
FIRST_MARKET = 1 + len(HISTORY) + len(GAPS_S) + 2
BLOCKS = FIRST_MARKET + MARKETS
HEAD = 0.5
NEWTON_RATE = 0.3
RIDGE = 0.1
RIDGE_OF_MARKET = 0.5
"""Stronger regularisation for the blocks of markets: a shard with a single market would only duplicate the shared block."""
ADAGRAD_RATE = 0.1
_HISTORY, _GAPS_S = np.array(HISTORY), np.array(GAPS_S)
LARGEST = 30.0
"""No weight grows beyond this."""


class Blend:
    """``ranking`` and ``likelihood`` [BLOCKS × features]: weights that add up over a snapshot's four blocks.

    Args:
        prior: Weights before anything was learned, [features].
    """

    def __init__(self, prior: Floats) -> None:
        width = len(prior)
        self.ranking: Floats = np.zeros((BLOCKS, width))
        self.ranking[0] = prior
        self.likelihood: Floats = self.ranking.copy()
        self.inverse: Floats = np.tile(np.eye(width) / RIDGE, (BLOCKS, 1, 1))
        self.inverse[FIRST_MARKET:] *= RIDGE / RIDGE_OF_MARKET
        self.moved: Floats = np.full((BLOCKS, width), 1e-6)

    def weights(self, blocks: NDArray[np.int64]) -> Floats:
        """The ranking weights of snapshots with these blocks, [snapshots × 4] to [snapshots × features]."""
        total: Floats = self.ranking[blocks].sum(axis=1)
        return total

    def learn_one(self, features: Floats, chosen: int, blocks: NDArray[np.int64]) -> Floats:
        """Learns a choice. Returns the residual of the likelihood: 1 for the chosen candidate, 0 for the others, minus the probability of each.

        Args:
            features: Features of all candidates, [candidates × features].
            chosen: Row of the chosen candidate.
            blocks: Blocks of the snapshot, [4].
        """
        return _learn(self.ranking, self.inverse, self.likelihood, self.moved, features, chosen, blocks)

    def block(self, number: int) -> tuple[Floats, Floats, Floats, Floats]:
        """The parameters of a block: ranking weights, their inverse Hessian, likelihood weights, summed squared gradients."""
        return self.ranking[number], self.inverse[number], self.likelihood[number], self.moved[number]

    def put(
        self,
        number: int,
        ranking: Floats,
        inverse: Floats,
        likelihood: Floats,
        moved: Floats,
        places: NDArray[np.int64] | None = None,
    ) -> None:
        """Overwrites a block with one that another process published; features unknown to that process stay as they are.

        ``places``: column here of each published feature, -1 for one unknown here; by default the same order.
        """
        width = len(ranking)
        places = np.arange(width) if places is None else places
        known = np.flatnonzero(places >= 0)
        here = places[known]
        self.ranking[number, here], self.likelihood[number, here] = ranking[known], likelihood[known]
        self.inverse[number][np.ix_(here, here)] = inverse.reshape(width, width)[np.ix_(known, known)]
        self.moved[number, here] = moved[known]


def blocks(
    depth: NDArray[np.int64], gap_s: NDArray[np.int64], market: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The blocks of snapshots, [snapshots × 4].

    Args:
        depth: Titles in each history, [snapshots].
        gap_s: Seconds since the last act, -1 for never, [snapshots].
        market: Digests of the markets, [snapshots].
    """
    gap = np.where(gap_s >= 0, np.searchsorted(_GAPS_S, gap_s, side="right"), len(GAPS_S) + 1)
    return np.stack(
        [
            np.zeros_like(depth),
            np.searchsorted(_HISTORY, depth, side="right"),
            1 + len(HISTORY) + gap,
            FIRST_MARKET + market % MARKETS,
        ],
        axis=1,
    )


@compiled
def softmax(scores: Floats) -> Floats:
    """Scores to probabilities that add up to 1."""
    raised = np.exp(scores - scores.max())
    total = 0.0
    for value in raised:
        total += value
    probabilities: Floats = raised / total
    return probabilities


@compiled
def _learn(
    ranking: Floats,
    inverse: Floats,
    likelihood: Floats,
    moved: Floats,
    features: Floats,
    chosen: int,
    blocks: NDArray[np.int64],
) -> Floats:
    probabilities = _probabilities(ranking, features, blocks)
    slope = _missed(features, probabilities, chosen) * probabilities[chosen] ** HEAD
    for block in blocks:
        _newton(ranking[block], inverse[block], slope)
    error = _probabilities(likelihood, features, blocks)
    slope = _missed(features, error, chosen)
    for block in blocks:
        for place in range(len(slope)):
            moved[block, place] += slope[place] ** 2
            step = ADAGRAD_RATE * slope[place] / np.sqrt(moved[block, place])
            likelihood[block, place] = bounded(likelihood[block, place] + step, LARGEST)
    missed: Floats = -error
    missed[chosen] += 1.0
    return missed


@compiled
def _probabilities(weights: Floats, features: Floats, blocks: NDArray[np.int64]) -> Floats:
    count, width = features.shape
    total: Floats = weights[blocks[0]].copy()
    for block in blocks[1:]:
        total += weights[block]
    scores = np.zeros(count)
    for row in range(count):
        for place in range(width):
            scores[row] += total[place] * features[row, place]
    probabilities: Floats = softmax(scores)
    return probabilities


@compiled
def _missed(features: Floats, probabilities: Floats, chosen: int) -> Floats:
    """Features of the chosen candidate minus their expectation: the gradient of the log-likelihood."""
    slope: Floats = features[chosen].copy()
    for row in range(len(features)):
        for place in range(len(slope)):
            slope[place] -= probabilities[row] * features[row, place]
    return slope


@compiled
def _newton(weights: Floats, inverse: Floats, slope: Floats) -> None:
    width = len(slope)
    step, scale = np.zeros(width), 1.0
    for row in range(width):
        for place in range(width):
            step[row] += inverse[row, place] * slope[place]
        scale += slope[row] * step[row]
    for row in range(width):
        for place in range(width):
            inverse[row, place] -= step[row] * (step[place] / scale)
        weights[row] = bounded(weights[row] + NEWTON_RATE * step[row] / scale, LARGEST)

"""The value model: the explicit sum that orders candidates.

    score = blend (what is likely to be chosen now: ``models.blend``) + Σ value · log P(outcome)

The first part is learned, the second says what a choice is worth: ``recipe.py`` holds its weights, so that a title
that is clicked and left ranks below one that is watched. A candidate's score does not depend on the other candidates.
"""

from typing import NamedTuple

import numpy as np

from playhead.compiled import compiled
from playhead.labels.definitions import HEADS
from playhead.models.parts import PLACES, WIDTH
from playhead.models.popularity import Floats, Ints
from playhead.ranking.chances import chances, logits
from playhead.ranking.choice import features
from playhead.ranking.moments import Columns
from playhead.ranking.pool import Pool
from playhead.retrieval.view import View

CLICK, LONG_VIEW = HEADS.index("click"), HEADS.index("long_view")
FINISH, BINGE = HEADS.index("finish"), HEADS.index("binge")
DIGITS = 6
"""Scores are rounded before they are compared: what differs less is a tie, and ties break the same way everywhere."""
TASTE = ("taste",)
AFTER = ("next", "soon", "together", "sequence", "sittings", "alongside")
POPULAR = ("popularity", "label_popularity", "surface", "shown", "click_rate", "shown_here", "circumstances")


_TOLD = np.full(WIDTH, -1)
for _row, _group in enumerate((TASTE, AFTER, POPULAR)):
    for _name in _group:
        _TOLD[PLACES[_name]] = _row
_PAIR = [PLACES["taste"].start, PLACES["seen"].start]
"""Features that are inputs of the heads too (``ranking.features``)."""


class Weights(NamedTuple):
    """What an outcome is worth, in units of log-odds of being chosen, and the parts of the blend that are left out."""

    long_view: float
    finish: float
    without: tuple[str, ...] = ()


class Scored(NamedTuple):
    """A pool with its scores and what they were made of, an entry a candidate."""

    pool: Pool
    score: Floats
    heads: Floats
    outcomes: Floats
    """Log-odds of the heads and of the times watched (``ranking.chances``)."""
    told: Floats
    """What taste, the last titles and popularity add to the score, [3 × candidates]."""


def score(weights: Weights, view: View, columns: Columns, pool: Pool) -> Scored:
    """Scores of all candidates at once."""
    said = features(view, columns, pool)
    for name in weights.without:
        said[:, PLACES[name]] = 0.0
    total, told = _weigh(said, view.models.blend.weights(columns.blocks), pool.owner, _TOLD)
    together = np.ascontiguousarray(np.round(said[:, _PAIR], 4))
    outcomes = logits(view, columns, pool.owner, pool.title, together)
    heads = chances(outcomes)
    total += weights.long_view * np.log(heads[:, LONG_VIEW]) + weights.finish * np.log(heads[:, FINISH])
    if not np.isfinite(total).all():
        raise FloatingPointError("A score is not finite: a model has diverged.")
    return Scored(pool, np.round(total, DIGITS), heads, outcomes, told)


@compiled
def _weigh(said: Floats, weights: Floats, owner: Ints, told_by: Ints) -> tuple[Floats, Floats]:
    """Sums of weighted features, [candidates], in one order whatever the size of the batch; and those by group."""
    total, told = np.zeros(len(said)), np.zeros((3, len(said)))
    for row in range(len(said)):
        mine = weights[owner[row]]
        for place in range(said.shape[1]):
            part = mine[place] * said[row, place]
            total[row] += part
            if told_by[place] >= 0:
                told[told_by[place], row] += part
    return total, told

"""The value model: the explicit sum that orders candidates.

    score = log P(next choice) + taste · lift + click · log P(click) + finish · log P(finish) - fatigue · log(1 + seen)

P(next choice) mixes what follows the profile's last titles with what is popular; how much of each is learned
(``models.transitions``, ``models.popularity``). A candidate's score does not depend on the other candidates.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.labels.definitions import HEADS
from playhead.models.popularity import Floats
from playhead.ranking.chances import chances, logits
from playhead.ranking.features import pair
from playhead.ranking.moments import Columns
from playhead.ranking.pool import Pool
from playhead.ranking.request import Request
from playhead.retrieval.following import Followers
from playhead.retrieval.view import View
from playhead.signals.exposure import EXPOSURE

CLICK, FINISH, BINGE = HEADS.index("click"), HEADS.index("finish"), HEADS.index("binge")
DIGITS = 6
"""Scores are rounded before they are compared: what differs less is a tie, and ties break the same way everywhere."""


class Weights(NamedTuple):
    """How much each part counts, in units of log-probability."""

    taste: float
    click: float
    finish: float
    fatigue: float


class Scored(NamedTuple):
    """A pool with its scores and what they were made of, an entry a candidate."""

    pool: Pool
    score: Floats
    heads: Floats
    outcomes: Floats
    """Log-odds of the heads and of the times watched (``ranking.chances``)."""
    lift: Floats
    popular: Floats
    """The part of P(next choice) that popularity gives."""
    after: Floats
    """The part that the strongest of the profile's last titles gives."""
    lag: NDArray[np.int64]
    """Which of the last titles that is, -1 for none."""
    chance: Floats
    """P(next choice) in all."""


def score(
    weights: Weights, view: View, requests: list[Request], columns: Columns, followers: Followers, pool: Pool
) -> Scored:
    """Scores of all candidates at once."""
    trust = followers.trust[pool.owner]
    following = pool.values(followers.owner, followers.title, followers.chance)
    popular = (1.0 - trust) * view.popular[pool.title]
    chance = popular + trust * following
    seen = _seen(view, requests, pool)
    together = pair(columns, view.catalogue, pool.owner, pool.title, seen)
    lift = together[:, 0]
    outcomes = logits(view, columns, pool.owner, pool.title, together)
    heads = chances(outcomes)
    total = (
        np.log(chance)
        + weights.taste * lift
        + weights.click * np.log(heads[:, CLICK])
        + weights.finish * np.log(heads[:, FINISH])
        - weights.fatigue * np.log1p(seen)
    )
    if not np.isfinite(total).all():
        raise FloatingPointError("A score is not finite: a model has diverged.")
    after, lag = _strongest(followers, pool)
    return Scored(pool, np.round(total, DIGITS), heads, outcomes, lift, popular, after * trust, lag, chance)


def _seen(view: View, requests: list[Request], pool: Pool) -> Floats:
    find = view.catalogue.titles.get
    shown = [
        (row, find(seen.title_id), seen.times)
        for row, request in enumerate(requests)
        for seen in EXPOSURE.of(request.profile)
    ]
    if not shown:
        return np.zeros(len(pool.keys))
    owner, title, times = np.array(shown, dtype=np.int64).T
    return pool.values(owner, title, times.astype(np.float64))


def _strongest(followers: Followers, pool: Pool) -> tuple[Floats, NDArray[np.int64]]:
    at = pool.place(followers.owner, followers.title)
    known = np.flatnonzero(at >= 0)
    rising = known[np.argsort(followers.chance[known], kind="stable")]  # of several, the last written stays
    after, lag = np.zeros(len(pool.keys)), np.full(len(pool.keys), -1, dtype=np.int64)
    after[at[rising]] = followers.chance[rising]
    lag[at[rising]] = followers.lag[rising]
    return after, lag

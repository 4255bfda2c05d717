"""The row for who is about to give up: what else they like, of all that was not passed over, before the viewer leaves.

Each title that the viewer liked stands for a wish that may be tonight's. Titles that were passed over speak against the wishes that
they would have met, and so does each title of the row for those behind it: the row covers what is left (xQuAD: Santos, Macdonald & Ounis, 2010).
"""

import numpy as np

from playhead.arrays import packed_ids
from playhead.arrays.types import Bools, Floats, Ids, Ints
from playhead.candidates.continue_watching import ROW
from playhead.catalogue.catalogue import Catalogue
from playhead.page.kinds import WIDTH
from playhead.ranking.pipeline import Result, Slate
from playhead.signals.exposure import EXPOSURE
from playhead.signals.session_intent import SESSION_INTENT

TAKEN, MOST_TAKEN = 0.12, 0.5
"""The chance that a title which is about what is wanted is taken, before a market has said it, and at most: who takes none of ten may still want it."""
WANTED = 0.26
"""The share of the row's titles that are of what is wanted (docs/page.md): so much of ``TAKEN`` is what impressions of the row show."""
TEMPER = 4.0
"""Differences of scores count a fourth: scores are of what is mostly wanted, and that was not it."""
LEAST = 0.01
"""How much any title meets a wish of which nothing is known."""
LOOKED_AT = 24
"""Of the titles that were shown last, so many count: a first screen. Where nobody says what was shown, the first of the list do."""


def rescues(result: Result) -> Ids:
    """The row for each page, [pages × ROW], -1 behind the last; empty for who is not about to give up."""
    found = np.full((len(result.slates), ROW), np.int32(-1))
    bounds: Ints | None = None
    for row, slate in enumerate(result.slates):
        request = slate.request
        if SESSION_INTENT.of(request.profile).at_risk(request.at_ms // 1000):
            bounds = result.scored.pool.bounds(len(result.slates)) if bounds is None else bounds
            best = _uncovered(result, slate, np.arange(bounds[row], bounds[row + 1]))
            found[row, : len(best)] = best
    return found


def _uncovered(result: Result, slate: Slate, mine: Ints) -> Ints:
    """The best of a profile's candidates for the wishes that are left, each after what those before it cover."""
    catalogue, pool = result.catalogue, result.scored.pool
    passed = _passed_over(result, slate)
    elsewhere = (
        result.in_progress[slate.row],
        result.watchlist[slate.row],
        pool.title[mine[pool.goes_on[mine] > 0.0]],
    )
    left = mine[~np.isin(pool.title[mine], np.concatenate([passed, *elsewhere]))]
    left = left[np.argsort(catalogue.digest[pool.title[left]], kind="stable")]
    title, score = pool.title[left], result.scored.score[left]
    liked, wish = _liked(result, slate.row)
    catalogue.tags.make_room(len(catalogue.titles))
    probability = min(slate.view.rescued(TAKEN * WANTED) / WANTED, MOST_TAKEN)
    wish *= (1.0 - probability * _alike(catalogue, passed[:LOOKED_AT], liked)).prod(axis=0)
    meets = np.concatenate([_alike(catalogue, title, liked), np.full((len(title), 1), LEAST)], axis=1)
    pull = np.exp((score - score.max(initial=-np.inf)) / TEMPER)
    best: list[int] = []
    wish = np.append(wish, 1.0)
    for _ in range(min(ROW, len(title))):
        value = np.round(pull * (meets @ wish), 9)
        value[best] = -1.0
        best.append(int(value.argmax()))
        wish *= 1.0 - probability * meets[best[-1]]
    return title[best]


def _liked(result: Result, row: int) -> tuple[Ints, Floats]:
    """The titles that a profile liked lately, and how much."""
    past, liking = result.columns.past, result.columns.liking
    mine = slice(*past.first[row : row + 2].tolist())
    kept = (liking[mine] > 0.0) & (past.title[mine] >= 0)
    return past.title[mine][kept], liking[mine][kept]


def _alike(catalogue: Catalogue, titles: Ints, others: Ints) -> Floats:
    """How much titles are about what others are, [titles × others], from 0 to 1: the squares of their cosines."""
    embedding = catalogue.tags.embedding
    one, other = embedding[titles].astype(np.float64), embedding[others].astype(np.float64)
    alike: Floats = np.maximum(one @ other.T, 0.0) ** 2
    return alike


def _passed_over(result: Result, slate: Slate) -> Ints:
    """Titles that were shown last and not played since, newest first."""
    exposures = EXPOSURE.of(slate.request.profile)
    numbers = result.catalogue.titles.find(packed_ids.ids(exposures.packed)).astype(np.int64)
    unplayed: Bools = np.frombuffer(exposures.times, dtype=np.uint8) > 0
    shown = numbers[unplayed & (numbers >= 0)]
    return shown if len(shown) else result.scored.pool.title[slate.places[:WIDTH]]

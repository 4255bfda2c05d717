"""The rescue row, for a viewer who is about to give up: titles for other interests than those of the titles passed over.

Each title that the viewer liked stands for an interest that may be tonight's. Titles that were passed over lower the probability of the interests that
they match, and so does each title of the row for those behind it: the row covers the remaining interests (xQuAD: Santos, Macdonald & Ounis, 2010).
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
"""P(a title is chosen | it matches tonight's interest): its prior, and its bound, as an interest may persist after ten such titles were passed over."""
WANTED = 0.26
"""Share of the row's titles that match tonight's interest (docs/page.md): the observed rate of choices is this share of the probability above."""
TEMPER = 4.0
"""Temperature of scores: they reflect the usual interests, which were passed over."""
LEAST = 0.01
"""Match of every title with an unknown interest."""
LOOKED_AT = 24
"""Number of titles shown last that count as passed over, about a first screen; without impressions, the first of the list count."""


def rescues(result: Result) -> Ids:
    """The rescue row of each page, [pages × ROW], -1 behind the last; empty for viewers who are not about to give up."""
    rescue = np.full((len(result.slates), ROW), np.int32(-1))
    bounds: Ints | None = None
    for row, slate in enumerate(result.slates):
        request = slate.request
        if SESSION_INTENT.of(request.profile).at_risk(request.at_ms // 1000):
            bounds = result.scored.pool.bounds(len(result.slates)) if bounds is None else bounds
            best = _uncovered(result, slate, np.arange(bounds[row], bounds[row + 1]))
            rescue[row, : len(best)] = best
    return rescue


def _uncovered(result: Result, slate: Slate, mine: Ints) -> Ints:
    """The best of a profile's candidates (``mine``) for the remaining interests, each given those before it."""
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
    """The titles that a profile liked lately, with the weight of each."""
    past, liking = result.columns.past, result.columns.liking
    mine = slice(*past.first[row : row + 2].tolist())
    kept = (liking[mine] > 0.0) & (past.title[mine] >= 0)
    return past.title[mine][kept], liking[mine][kept]


def _alike(catalogue: Catalogue, titles: Ints, others: Ints) -> Floats:
    """Similarity of titles to others, [titles × others], from 0 to 1: the squared cosines of their embeddings."""
    embedding = catalogue.tags.embedding
    mine, theirs = embedding[titles].astype(np.float64), embedding[others].astype(np.float64)
    alike: Floats = np.maximum(mine @ theirs.T, 0.0) ** 2
    return alike


def _passed_over(result: Result, slate: Slate) -> Ints:
    """Titles that were shown lately and not played since, newest first; without impressions, the first of the list."""
    exposures = EXPOSURE.of(slate.request.profile)
    numbers = result.catalogue.titles.find(packed_ids.ids(exposures.packed)).astype(np.int64)
    unplayed: Bools = np.frombuffer(exposures.times, dtype=np.uint8) > 0
    shown = numbers[unplayed & (numbers >= 0)]
    return shown if len(shown) else result.scored.pool.title[slate.places[:WIDTH]]

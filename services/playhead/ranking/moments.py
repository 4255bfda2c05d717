"""A profile at one moment, in columns: what scoring and learning both see, computed by the same code."""

from math import log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.content.hashing import slot
from playhead.models.popularity import Floats
from playhead.models.rates import COUNTS, FACTS, facts
from playhead.models.transitions import LAGS
from playhead.retrieval.view import View
from playhead.signals.history import History, Watched
from playhead.signals.identity import Identity
from playhead.signals.responses import SCALE, Responses
from playhead.signals.rhythm import day_of_week, part_of_day

LONGEST_GAP_S = 30 * 86_400
AROUND = 3 + 2 * FACTS
"""Dense features of a moment."""
SURFACE, PART = 0, 3
"""Places of the surface and of the part of the day among the circumstances."""
TASTE_DEPTH = 40
"""Titles of the history that taste is read from."""
TASTE_HALF_LIFE_S = 30 * 86_400
TASTE_PRIOR = 4.0
"""Watched titles by which a profile's taste leans on the crowd's."""
SKIPPED, CLICKED, PLAYED = -0.3, 0.2, 1.0
"""How much a skip, a click alone and a whole play say about taste."""


class Moment(NamedTuple):
    """What is known of a profile at ``until_s``: only what its history says of earlier seconds counts."""

    identity: Identity
    history: History
    ratings: tuple[tuple[str, float], ...]
    until_s: int
    surface: str = "home"
    responses: Responses = ()

    @property
    def depth(self) -> int:
        """Titles in the history by then. What came later must not count: it would tell the outcome."""
        return sum(watched.at_s < self.until_s for watched in self.history)

    @property
    def gap_s(self) -> int:
        """Seconds since the profile last chose or skipped a title, at most ``LONGEST_GAP_S``."""
        last = next((w.at_s for w in self.history if w.at_s < self.until_s), 0)
        return min(self.until_s - last, LONGEST_GAP_S)


class Columns(NamedTuple):
    """Moments of one market as arrays, a row each.

    recent: numbers of the last titles chosen, newest first, [moments × LAGS], -1 where there are fewer.
    lift: log-ratio of the profile's share of each label to the crowd's, [moments × labels].
    dense: log(1 + titles in the history) / 5, mean watch ratio of its plays, log(1 + seconds since the last) / 5,
        then how the profile responds against the crowd, in all and on this surface, [moments × AROUND].
    slots: hashed features of the circumstances, the surface first, [moments × circumstances].
    rated: those of them whose running rates count, the surface first, [moments × 2].
    """

    recent: NDArray[np.int32]
    lift: Floats
    dense: Floats
    slots: NDArray[np.int64]
    rated: NDArray[np.int64]


def previous(history: History, until_s: int, but: str = "") -> list[str]:
    """The titles chosen last before a moment, newest first; what was skipped was not chosen."""
    chosen = (w.title_id for w in history if w.at_s < until_s and not w.skipped and w.title_id != but)
    return [title_id for _, title_id in zip(range(LAGS), chosen, strict=False)]


def columns(moments: list[Moment], view: View) -> Columns:
    """The moments as arrays."""
    catalogue = view.catalogue
    count = len(moments)
    recent = np.full((count, LAGS), -1, dtype=np.int32)
    owners: list[int] = []
    titles: list[int] = []
    weights: list[float] = []
    dense = np.zeros((count, AROUND))
    dense[:, 1] = 0.5
    find = catalogue.titles.get
    for row, moment in enumerate(moments):
        last = [find(title_id) for title_id in previous(moment.history, moment.until_s)]
        recent[row, : len(last)] = last
        ratings = dict(moment.ratings)
        ratios = []
        for watched in moment.history[:TASTE_DEPTH]:
            if watched.at_s < moment.until_s:
                number = find(watched.title_id)
                ratio = watched.ratio(float(catalogue.duration_s[number])) if number >= 0 else watched.ratio()
                owners.append(row)
                titles.append(number)
                weights.append(strength(watched, ratio, ratings.get(watched.title_id), moment.until_s))
                if watched.plays:
                    ratios.append(min(ratio, 1.0))
        dense[row, 0] = log1p(moment.depth) / 5.0
        if ratios:
            dense[row, 1] = sum(ratios) / len(ratios)
        dense[row, 2] = log1p(moment.gap_s) / 5.0
    dense[:, 3:] = _habits(moments, view.models.heads.rates.crowd)
    slots = _slots(moments)
    lift = _lift(view, count, owners, titles, weights)
    return Columns(recent, lift, dense, slots, slots[:, [SURFACE, PART]])


def strength(watched: Watched, ratio: float, rating: float | None, now_s: int) -> float:
    """What a title in the history says for (or, below 0, against) its labels, faded by its age."""
    if rating is not None:
        said = 2.0 * rating - 1.0
    elif watched.skipped:
        said = SKIPPED
    else:
        said = PLAYED * min(ratio, 1.0) if ratio > 0 else CLICKED
    return said * float(2.0 ** ((watched.at_s - now_s) / TASTE_HALF_LIFE_S))


def _lift(view: View, count: int, owners: list[int], titles: list[int], weights: list[float]) -> Floats:
    labels = len(view.catalogue.labels)
    if not labels:
        return np.zeros((count, 1))
    owner, title = np.array(owners, dtype=np.int64), np.array(titles, dtype=np.int64)
    of_title = view.catalogue.label_of[title]
    of_title[title < 0] = -1
    known = of_title >= 0
    flat = (owner[:, None] * labels + of_title)[known]
    weight = np.broadcast_to(np.array(weights)[:, None], of_title.shape)[known]
    taste = np.bincount(flat, weights=weight, minlength=count * labels).reshape(count, labels)
    mass = np.maximum(taste, 0.0).sum(axis=1, keepdims=True)
    share = np.maximum(taste + TASTE_PRIOR * view.crowd, 0.1 * view.crowd) / (mass + TASTE_PRIOR)
    lift: Floats = np.log(share / view.crowd)
    return lift


def _habits(moments: list[Moment], crowd: Floats) -> Floats:
    counts = np.zeros((len(moments), 2, COUNTS))
    for row, moment in enumerate(moments):
        for place, response in enumerate(moment.responses):
            if place == 0 or response.surface == moment.surface:
                r = response
                counts[row, min(place, 1)] = (
                    *(r.shown, r.ended, r.ended),
                    *(r.clicked, r.long, r.finished, r.log_watched),
                )
    said: Floats = facts(counts.reshape(-1, COUNTS) / SCALE, crowd).reshape(len(moments), -1)
    return said


def _slots(moments: list[Moment]) -> NDArray[np.int64]:
    return np.array(
        [
            (
                slot("surface", moment.surface),
                slot("market", moment.identity.market),
                slot("device", moment.identity.device),
                slot("part", str(part_of_day(moment.until_s, moment.identity.utc_offset_min))),
                slot("day", str(day_of_week(moment.until_s, moment.identity.utc_offset_min))),
                slot("depth", str(moment.depth.bit_length())),
            )
            for moment in moments
        ],
        dtype=np.int64,
    )

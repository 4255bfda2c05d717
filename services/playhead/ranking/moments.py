"""A profile at one moment, in columns: what scoring and learning both see, computed by the same code."""

from functools import cached_property
from math import log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.content.catalogue import Catalogue
from playhead.content.hashing import digest, slot
from playhead.models.blend import blocks
from playhead.models.circumstances import ALWAYS, TOKENS
from playhead.models.popularity import Floats, Ints
from playhead.models.rates import COUNTS, FACTS, facts
from playhead.models.sequence import DEPTH
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
    seen: tuple[tuple[str, int], ...] = ()
    """Titles that were shown before this moment without being chosen since, and how often."""

    @property
    def past(self) -> History:
        """The history by then. What came later must not count: it would tell the outcome."""
        history, until_s = self.history, self.until_s
        if all(watched.at_s < until_s for watched in history):
            return history
        return tuple(watched for watched in history if watched.at_s < until_s)


Triples = tuple[Ints, Ints, Floats]


class Columns:
    """Moments of one market as arrays, a row each; what nobody asks for is never computed."""

    def __init__(self, moments: list[Moment], view: View) -> None:
        self._moments = moments
        self._view = view
        self.surface = [moment.surface for moment in moments]

    @cached_property
    def _traces(self) -> list["Trace"]:
        return [_trace(moment, self._view.catalogue) for moment in self._moments]

    @cached_property
    def depth(self) -> list[int]:
        """Titles in the history by then."""
        return [len(trace.past) for trace in self._traces]

    @cached_property
    def recent(self) -> NDArray[np.int32]:
        """Numbers of the last titles chosen, newest first, [moments × DEPTH], -1 where there are fewer."""
        return np.array([trace.recent for trace in self._traces], dtype=np.int32).reshape(-1, DEPTH)

    @cached_property
    def lift(self) -> Floats:
        """Log-ratio of the profile's share of each label to the crowd's, [moments × labels]."""
        return _lift(self._view, self._moments, self._traces)

    @cached_property
    def dense(self) -> Floats:
        """Dense features of the profile, [moments × AROUND].

        log(1 + titles in the history) / 5, mean watch ratio of its plays, log(1 + seconds since the last) / 5,
        then how the profile responds against the crowd, in all and on this surface.
        """
        gap_s = [trace.gap_s if trace.gap_s >= 0 else LONGEST_GAP_S for trace in self._traces]
        told = [
            (log1p(depth) / 5.0, trace.completion, log1p(gap) / 5.0)
            for depth, trace, gap in zip(self.depth, self._traces, gap_s, strict=True)
        ]
        habits = _habits(self._moments, self._view.models.heads.rates.crowd)
        return np.concatenate([np.array(told).reshape(-1, 3), habits], axis=1)

    @cached_property
    def slots(self) -> Ints:
        """Hashed features of the circumstances, the surface first, [moments × circumstances]."""
        return _slots(self._moments, self.depth)

    @property
    def rated(self) -> Ints:
        """Those of them whose running rates count, the surface first, [moments × 2]."""
        return self.slots[:, [SURFACE, PART]]

    @cached_property
    def tokens(self) -> Ints:
        """Circumstances of the choice, [moments × 6]."""
        return _tokens(self._moments)

    @cached_property
    def blocks(self) -> Ints:
        """Blocks of the blend, [moments × 4]."""
        gaps_s = np.array([trace.gap_s for trace in self._traces], dtype=np.int64)
        markets = np.array([digest(moment.identity.market) for moment in self._moments], dtype=np.int64)
        return blocks(np.array(self.depth, dtype=np.int64), gaps_s, markets)

    @cached_property
    def seen(self) -> Triples:
        """Rows, titles, and how often they were shown in vain."""
        find = self._view.catalogue.titles.get
        return _triples([[(find(one), n) for one, n in moment.seen] for moment in self._moments])

    def history(self, row: int) -> NDArray[np.int32]:
        """Numbers of all titles of a moment's history, newest first, -1 for one that is not known."""
        owner, title, _ = self.own
        first, last = np.searchsorted(owner, [row, row + 1])
        return title[first:last].astype(np.int32)

    @cached_property
    def own(self) -> Triples:
        """Rows, titles of the history, and how often they were played."""
        find = self._view.catalogue.titles.get
        return _triples([[(find(one.title_id), one.plays) for one in trace.past] for trace in self._traces])


def previous(history: History, until_s: int, but: str = "") -> list[str]:
    """The titles chosen last before a moment, newest first; what was skipped was not chosen."""
    chosen = (w.title_id for w in history if w.at_s < until_s and not w.skipped and w.title_id != but)
    return [title_id for _, title_id in zip(range(DEPTH), chosen, strict=False)]


class Trace(NamedTuple):
    """What a history says as of a moment: numbers of its newest titles, and what they tell of taste."""

    past: History
    titles: list[int]
    told: list[float]
    recent: list[int]
    completion: float
    gap_s: int


def _trace(moment: Moment, catalogue: Catalogue) -> Trace:
    past = moment.past
    find, duration_s = catalogue.titles.get, catalogue.duration_s
    titles = [find(watched.title_id) for watched in past[:TASTE_DEPTH]]
    ratings = dict(moment.ratings)
    told, total, plays = [], 0.0, 0
    for watched, number in zip(past, titles, strict=False):
        known_s = float(duration_s[number]) if watched.duration_s == 0 and number >= 0 else 0.0
        ratio = watched.ratio(known_s)
        told.append(strength(watched, ratio, ratings.get(watched.title_id)))
        if watched.plays:
            total, plays = total + min(ratio, 1.0), plays + 1
    recent = [number for watched, number in zip(past, titles, strict=False) if not watched.skipped][:DEPTH]
    return Trace(
        past,
        titles,
        told,
        recent + [-1] * (DEPTH - len(recent)),
        total / plays if plays else 0.5,
        min(moment.until_s - past[0].at_s, LONGEST_GAP_S) if past else -1,
    )


def _triples(found: list[list[tuple[int, int]]]) -> Triples:
    pairs = [pair for mine in found for pair in mine]
    owner = np.repeat(np.arange(len(found), dtype=np.int64), [len(mine) for mine in found])
    title, times = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return owner, title.copy(), times.astype(np.float64)


def _tokens(moments: list[Moment]) -> Ints:
    """The circumstances of a choice, as rows of the model of that name."""
    rows = []
    for moment in moments:
        local_s = moment.until_s + 60 * moment.identity.utc_offset_min
        rows.append(
            (
                ALWAYS,
                1 + local_s // 10_800 % 8,
                9 + local_s // 86_400 % 7,
                16 + digest(moment.surface) % 16,
                32 + digest(moment.identity.device) % 8,
                40 + digest(moment.identity.market) % (TOKENS - 40),
            )
        )
    return np.array(rows, dtype=np.int64)


def strength(watched: Watched, ratio: float, rating: float | None) -> float:
    """What a title in the history says for (or, below 0, against) its labels."""
    if rating is not None:
        return 2.0 * rating - 1.0
    if watched.skipped:
        return SKIPPED
    return PLAYED * min(ratio, 1.0) if ratio > 0 else CLICKED


def _lift(view: View, moments: list[Moment], traces: list[Trace]) -> Floats:
    labels = len(view.catalogue.labels)
    if not labels:
        return np.zeros((len(traces), 1))
    ends = np.cumsum([len(trace.told) for trace in traces], dtype=np.int64)
    titles = np.array([number for trace in traces for number in trace.titles], dtype=np.int64)
    told = np.array([said for trace in traces for said in trace.told])
    age_s = np.array(
        [
            moment.until_s - watched.at_s
            for moment, trace in zip(moments, traces, strict=True)
            for watched in trace.past[:TASTE_DEPTH]
        ]
    )
    weights = told * np.exp2(-age_s / TASTE_HALF_LIFE_S)
    return _tastes(ends, titles, weights, view.catalogue.label_of, view.crowd)


@compiled
def _tastes(ends: Ints, titles: Ints, weights: Floats, label_of: NDArray[np.int32], crowd: Floats) -> Floats:
    lift = np.zeros((len(ends), len(crowd)))
    first = 0
    for row in range(len(ends)):
        taste = lift[row]
        for n in range(first, ends[row]):
            if titles[n] >= 0:
                for label in label_of[titles[n]]:
                    if label >= 0:
                        taste[label] += weights[n]
        first = ends[row]
        mass = 0.0
        for label in range(len(crowd)):
            mass += max(taste[label], 0.0)
        # Rounded: labels have other numbers in other processes, and sums another order.
        mass = np.rint(mass * 1e9) / 1e9
        for label in range(len(crowd)):
            share = max(taste[label] + TASTE_PRIOR * crowd[label], 0.1 * crowd[label])
            taste[label] = np.log(share / (mass + TASTE_PRIOR) / crowd[label])
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


def _slots(moments: list[Moment], depth: list[int]) -> Ints:
    return np.array(
        [
            (
                slot("surface", moment.surface),
                slot("market", moment.identity.market),
                slot("device", moment.identity.device),
                slot("part", str(part_of_day(moment.until_s, moment.identity.utc_offset_min))),
                slot("day", str(day_of_week(moment.until_s, moment.identity.utc_offset_min))),
                slot("depth", str(deep.bit_length())),
            )
            for moment, deep in zip(moments, depth, strict=True)
        ],
        dtype=np.int64,
    )

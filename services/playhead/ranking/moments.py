"""A profile at one moment, in columns: what scoring and learning both see, computed by the same code."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.content.hashing import digest, slot
from playhead.models.blend import blocks
from playhead.models.circumstances import ALWAYS, TOKENS
from playhead.models.popularity import Floats
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


Triples = tuple[NDArray[np.int64], NDArray[np.int64], Floats]


class Columns(NamedTuple):
    """Moments of one market as arrays, a row each.

    recent: numbers of the last titles chosen, newest first, [moments × DEPTH], -1 where there are fewer.
    lift: log-ratio of the profile's share of each label to the crowd's, [moments × labels].
    dense: log(1 + titles in the history) / 5, mean watch ratio of its plays, log(1 + seconds since the last) / 5,
        then how the profile responds against the crowd, in all and on this surface, [moments × AROUND].
    slots: hashed features of the circumstances, the surface first, [moments × circumstances].
    rated: those of them whose running rates count, the surface first, [moments × 2].
    surface: of each moment; tokens: circumstances of the choice, [moments × 6]; blocks: of the blend, [moments × 3].
    seen, own: rows, titles and how often they were shown in vain, or played.
    """

    recent: NDArray[np.int32]
    lift: Floats
    dense: Floats
    slots: NDArray[np.int64]
    rated: NDArray[np.int64]
    surface: list[str]
    tokens: NDArray[np.int64]
    blocks: NDArray[np.int64]
    seen: Triples
    own: Triples


def previous(history: History, until_s: int, but: str = "") -> list[str]:
    """The titles chosen last before a moment, newest first; what was skipped was not chosen."""
    chosen = (w.title_id for w in history if w.at_s < until_s and not w.skipped and w.title_id != but)
    return [title_id for _, title_id in zip(range(DEPTH), chosen, strict=False)]


def columns(moments: list[Moment], view: View) -> Columns:
    """The moments as arrays."""
    traces = [_trace(moment, view.catalogue) for moment in moments]
    depth = np.array([trace.depth for trace in traces], dtype=np.int64)
    gap_s = np.array([trace.gap_s for trace in traces], dtype=np.int64)
    dense = np.concatenate(
        [
            np.log1p(depth)[:, None] / 5.0,
            np.array([[trace.completion] for trace in traces]),
            np.log1p(np.where(gap_s < 0, LONGEST_GAP_S, gap_s))[:, None] / 5.0,
            _habits(moments, view.models.heads.rates.crowd),
        ],
        axis=1,
    )
    slots = _slots(moments, depth.tolist())
    return Columns(
        np.array([trace.recent for trace in traces], dtype=np.int32),
        _lift(view, moments, traces),
        dense,
        slots,
        slots[:, [SURFACE, PART]],
        [moment.surface for moment in moments],
        _tokens(moments),
        blocks(depth, gap_s),
        _triples([[(view.catalogue.titles.get(one), n) for one, n in moment.seen] for moment in moments]),
        _triples([list(zip(trace.titles, trace.plays, strict=True)) for trace in traces]),
    )


class Trace(NamedTuple):
    """What a history says as of a moment: its titles by number, what they tell of taste, and sums over them."""

    titles: list[int]
    plays: list[int]
    told: list[float]
    at_s: list[int]
    recent: list[int]
    completion: float
    gap_s: int

    @property
    def depth(self) -> int:
        """Titles in the history by then."""
        return len(self.titles)


def _trace(moment: Moment, catalogue: Catalogue) -> Trace:
    past = moment.past
    find = catalogue.titles.get
    titles = [find(watched.title_id) for watched in past]
    ratings = dict(moment.ratings)
    told, ratios = [], []
    for watched, number in zip(past[:TASTE_DEPTH], titles, strict=False):
        ratio = watched.ratio(float(catalogue.duration_s[number]) if number >= 0 else 0.0)
        told.append(strength(watched, ratio, ratings.get(watched.title_id)))
        if watched.plays:
            ratios.append(min(ratio, 1.0))
    recent = [number for watched, number in zip(past, titles, strict=True) if not watched.skipped][:DEPTH]
    return Trace(
        titles,
        [watched.plays for watched in past],
        told,
        [watched.at_s for watched in past[:TASTE_DEPTH]],
        recent + [-1] * (DEPTH - len(recent)),
        sum(ratios) / len(ratios) if ratios else 0.5,
        min(moment.until_s - past[0].at_s, LONGEST_GAP_S) if past else -1,
    )


def _triples(found: list[list[tuple[int, int]]]) -> Triples:
    pairs = [pair for mine in found for pair in mine]
    owner = np.repeat(np.arange(len(found), dtype=np.int64), [len(mine) for mine in found])
    title, times = np.array(pairs, dtype=np.int64).T if pairs else np.empty((2, 0), dtype=np.int64)
    return owner, title, times.astype(np.float64)


def _tokens(moments: list[Moment]) -> NDArray[np.int64]:
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
    count, labels = len(traces), len(view.catalogue.labels)
    if not labels:
        return np.zeros((count, 1))
    lengths = [len(trace.told) for trace in traces]
    owner = np.repeat(np.arange(count, dtype=np.int64), lengths)
    title = np.array([number for trace in traces for number in trace.titles[:TASTE_DEPTH]], dtype=np.int64)
    told = np.array([said for trace in traces for said in trace.told])
    age_s = np.repeat([moment.until_s for moment in moments], lengths) - np.array(
        [at_s for trace in traces for at_s in trace.at_s], dtype=np.int64
    )
    weights = told * np.exp2(-age_s / TASTE_HALF_LIFE_S)
    of_title = view.catalogue.label_of[title]
    of_title[title < 0] = -1
    known = of_title >= 0
    flat = (owner[:, None] * labels + of_title)[known]
    weight = np.broadcast_to(weights[:, None], of_title.shape)[known]
    taste = np.bincount(flat, weights=weight, minlength=count * labels).reshape(count, labels)
    # Rounded: labels have other numbers in other processes, and sums another order.
    mass = np.round(np.maximum(taste, 0.0).sum(axis=1, keepdims=True), 9)
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


def _slots(moments: list[Moment], depth: list[int]) -> NDArray[np.int64]:
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

"""The rows that pages may have: for each moment of a batch, the titles of every row and the chance that each is chosen next.

One pass over the candidates, which have passed every filter and have their scores: what is on no list may still stand in a row.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Floats, Ints
from playhead.features.histories import PASSES, SKIPS
from playhead.features.title_features import P_NEXT_COLUMN, title_features
from playhead.models.neighbours import TOGETHER
from playhead.page.kinds import KIND_OF, KINDS, LAGS, SLOT, SLOTS, WIDTH, Page
from playhead.page.naming import may_name
from playhead.ranking.pipeline import Result

DAY_MS = 86_400_000
LIKED_FROM = 0.4
"""Weight of a title of the history (``features.histories``) from which a row is named after it: watched so far, or rated well."""
LATER = 0.8
"""How much less likely the next of what was begun, or put on the list, is to be gone on with than the one before."""
GIVEN = tuple(SLOT[kind, 0] for kind in ("continue_watching", "my_list", "watch_again"))
"""Rows whose titles are not drawn from the candidates."""
_GIVEN: Ints = np.array(GIVEN)
_NEXT, _MORE, _TOP = (SLOT[kind, 0] for kind in ("next_episodes", "more_like_this", "top_picks"))
_BECAUSE, _TRENDING, _NEW = (SLOT[kind, 0] for kind in ("because", "trending", "new_for_you"))
_GENRE, _LEAVING = (SLOT[kind, 0] for kind in ("genre", "leaving_soon"))
_SLOTS = len(SLOTS)


class RowCandidates(NamedTuple):
    """Rows of a batch: numbers of titles and their chances, [moments × SLOTS × WIDTH], -1 and 0 behind the last."""

    title: Ints
    chance: Floats


class _Pool(NamedTuple):
    """Candidates of a batch, an entry each, as the pool and the scores have them; ``often``: how often each is chosen."""

    bounds: Ints
    title: Ints
    score: Floats
    together: Floats
    lag: Ints
    goes_on: Floats
    often: Floats


class _Dates(NamedTuple):
    """When titles were added and when they leave [titles], and from when a title is new, and when it leaves soon [moments]."""

    added: Ints
    closes: Ints
    since: Ints
    soon: Ints


def gather(page: Page, result: Result, listed: Ints) -> RowCandidates:
    """The rows that each page may have; ``listed`` [moments × titles]: places of the list in the pool, best first, -1 behind."""
    scored, columns, catalogue = result.scored, result.columns, result.catalogue
    pool = scored.pool
    told = _Pool(
        pool.bounds(len(result.slates)),
        pool.title,
        scored.score,
        np.ascontiguousarray(pool.links[:, TOGETHER]),
        _nameable(result),
        pool.goes_on,
        _often(result),
    )
    at_ms = np.array([slate.request.shown_ms for slate in result.slates], dtype=np.int64)
    dates = _Dates(
        catalogue.added_at,
        catalogue.available_until,
        at_ms - page.new_days * DAY_MS,
        at_ms + page.leaving_days * DAY_MS,
    )
    past = columns.past
    liked = _liked(past.first, past.facts, columns.liking, len(at_ms))
    given = np.stack([result.begun, result.wished, result.again], axis=1).astype(np.int64)
    least = np.array([page.kinds[KINDS[kind]].chance for kind in KIND_OF.tolist()])
    labels, marks = catalogue.label_of, catalogue.mark
    return RowCandidates(
        *_gathered(told, dates, at_ms, liked, columns.favourites, labels, marks, listed, given, least)
    )


def _nameable(result: Result) -> Ints:
    """How far back the title is that each candidate is linked to the most, -1 where there is none that may be named."""
    pool, recent = result.scored.pool, result.columns.recent
    lag = pool.lag
    named = may_name(result, recent)
    return lag if named.all() else np.where((lag >= 0) & named[pool.owner, np.maximum(lag, 0)], lag, -1)


def _often(result: Result) -> Floats:
    """How often each candidate is chosen in its market."""
    pool = result.scored.pool
    often, place_of = np.zeros(len(pool.title)), result.columns.place_of[pool.owner]
    for place, (view, surface) in enumerate(result.columns.places):
        mine = place_of == place
        titles = pool.title[mine]
        often[mine] = title_features(view, surface, titles)[titles, P_NEXT_COLUMN]
    return often


@compiled
def _liked(first: Ints, facts: Ints, weights: Floats, moments: int) -> NDArray[np.bool_]:
    """Which of the titles chosen last the viewer liked, [moments × LAGS]."""
    liked = np.zeros((moments, LAGS), dtype=np.bool_)
    for row in range(moments):
        lag = 0
        for n in range(first[row], first[row + 1]):
            if facts[n, SKIPS] or facts[n, PASSES]:
                continue
            if lag == LAGS:
                break
            liked[row, lag], lag = weights[n] >= LIKED_FROM, lag + 1
    return liked


@compiled
def _gathered(
    pool: _Pool,
    dates: _Dates,
    at_ms: Ints,
    liked: NDArray[np.bool_],
    favourites: Ints,
    label_of: NDArray[np.int32],
    marks: NDArray[np.uint32],
    listed: Ints,
    given: Ints,
    least: Floats,
) -> tuple[Ints, Floats]:
    moments = len(at_ms)
    titles, chances = np.full((moments, _SLOTS, WIDTH), -1), np.zeros((moments, _SLOTS, WIDTH))
    keys, ties = np.empty((_SLOTS, WIDTH)), np.empty((_SLOTS, WIDTH), dtype=np.uint32)
    size = np.zeros(_SLOTS, dtype=np.int64)
    bounds, title, score, together, lags, goes_on, often = pool
    added, closes, since, soon = dates
    for row in range(moments):
        first, last, found = bounds[row], bounds[row + 1], titles[row]
        size[:] = 0
        top, mass = -np.inf, 0.0
        for n in range(first, last):
            top = max(top, score[n])
        for n in range(first, last):
            one, key, lag = title[n], score[n], lags[n]
            mass += np.exp(key - top)
            mark = marks[one]
            _put(found, keys, ties, size, _TRENDING, True, n, often[n], mark)
            _put(found, keys, ties, size, _NEXT, goes_on[n] > 0.0, n, goes_on[n], mark)
            _put(found, keys, ties, size, _NEW, since[row] <= added[one] <= at_ms[row], n, key, mark)
            _put(found, keys, ties, size, _LEAVING, closes[one] <= soon[row], n, key, mark)
            if 0 <= lag < LAGS and together[n] > 0.0:
                _put(found, keys, ties, size, _MORE, lag == 0, n, together[n], mark)
                _put(found, keys, ties, size, _BECAUSE + lag, liked[row, lag], n, key, mark)
            for place in range(favourites.shape[1]):
                label = favourites[row, place]
                has = label >= 0 and _has(label_of[one], label)
                _put(found, keys, ties, size, _GENRE + place, has, n, key, mark)
        top_picks = listed[row, :WIDTH]
        found[_TOP, : len(top_picks)] = top_picks
        _say(title, score, top, mass, found, chances[row], least)
        _give(title[first:last], score[first:last], top, mass, given[row], found, chances[row], least)
    return titles, chances


@compiled
def _put(
    found: Ints,
    keys: Floats,
    ties: NDArray[np.uint32],
    size: Ints,
    slot: int,
    may: bool,
    n: int,
    key: float,
    mark: int,
) -> None:
    """Offers a candidate to a row, if it may stand in it."""
    if may:
        size[slot] = offer(found, keys, ties, slot, size[slot], n, key, mark)


@compiled
def _say(
    title: Ints, score: Floats, top: float, mass: float, found: Ints, chances: Floats, least: Floats
) -> None:
    """Writes titles for their places in the pool, and the chance of each."""
    for slot in range(len(found)):
        for place in range(found.shape[1]):
            n = found[slot, place]
            if n >= 0:
                chances[slot, place] = max(np.exp(score[n] - top) / mass, least[slot] * LATER**place)
                found[slot, place] = title[n]


@compiled
def _give(
    title: Ints,
    score: Floats,
    top: float,
    mass: float,
    given: Ints,
    found: Ints,
    chances: Floats,
    least: Floats,
) -> None:
    """Writes the rows whose titles are given; of one that is no candidate, nothing but its least chance is known."""
    for row in range(len(_GIVEN)):
        slot, size = _GIVEN[row], 0
        for one in given[row]:
            if one < 0 or size == WIDTH or _has(found[slot, :size], one):
                continue
            at = np.searchsorted(title, one)
            chance = np.exp(score[at] - top) / mass if at < len(title) and title[at] == one else 0.0
            found[slot, size], chances[slot, size] = one, max(chance, least[slot] * LATER**size)
            size += 1


@compiled
def _has(numbers: NDArray[Any], number: int) -> bool:
    for one in numbers:  # noqa: SIM110 - numba makes a loop of its own of any()
        if one == number:
            return True
    return False

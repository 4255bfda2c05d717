"""The candidates of pages as columns: what decides which rows each may stand in, and in which order."""

from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Hashes, Ints, Singles
from playhead.features.histories import PASSES, SKIPS
from playhead.features.title_features import EPSILON, P_NEXT_COLUMN, title_features
from playhead.models.neighbours import CO_CHOSEN
from playhead.page.kinds import LAGS, Page
from playhead.page.naming import may_name
from playhead.page.occasion import fits_season, fits_tonight
from playhead.ranking.pipeline import Result
from playhead.ranking.score import DIGITS

DAY_MS = 86_400_000
BRIEF, LONG = 4, 6
"""Columns of ``models.choice_features`` (half-lives of 38 h and 24 d) whose comparison shows that a title is trending."""
SMALLEST = 1e-9
LIKED_FROM = 0.4
"""Least weight of a title of the history (``features.histories``) after which a row is named: watched far enough, or rated well."""


class PagePool(NamedTuple):
    """Candidates of a batch as columns.

    ``bounds`` [pages + 1]: where those of each page begin; ``lag``: lag of the liked title that each is linked to, -1 for none; ``like_last``: linked to the title chosen last; ``often``:
    popularity; ``rising``: how far it is above its usual popularity, in standard deviations; ``tonight``: fits the hour and day,
    or the viewer's mood; ``seasonal``: made for this season; ``digests``: tie-breaks.
    """

    bounds: Ints
    title: Ints
    score: Floats
    co_chosen: Floats
    lag: Ints
    like_last: Bools
    goes_on: Floats
    often: Floats
    rising: Floats
    new: Bools
    leaving: Bools
    tonight: Bools
    seasonal: Bools
    digests: Hashes


def page_pool(page: Page, result: Result) -> PagePool:
    """The scored candidates of a batch with all that decides which rows they may stand in."""
    scored, columns, catalogue = result.scored, result.columns, result.catalogue
    pool, past = scored.pool, columns.past
    owner, title = pool.owner, pool.title
    at_ms = np.array([slate.request.at_ms for slate in result.slates], dtype=np.int64)
    named = may_name(result, columns.recent[:, :LAGS])
    liked = _liked(past.first, past.facts, columns.liking, len(at_ms))
    co_chosen, lag, like_last = _linked(owner, pool.links, pool.lag, named, liked)
    dates = catalogue.added_at, catalogue.available_until
    new, leaving = _dated(owner, title, *dates, at_ms, page.new_days * DAY_MS, page.leaving_days * DAY_MS)
    often, rising = _counted(result)
    return PagePool(
        bounds=pool.bounds(len(at_ms)),
        title=title,
        score=scored.score,
        co_chosen=co_chosen,
        lag=lag,
        like_last=like_last,
        goes_on=pool.goes_on,
        often=often,
        rising=rising,
        new=new,
        leaving=leaving,
        tonight=fits_tonight(result),
        seasonal=fits_season(result),
        digests=catalogue.digest[title],
    )


@compiled
def _linked(owner: Ints, links: Floats, lag: Ints, named: Bools, liked: Bools) -> tuple[Floats, Ints, Bools]:
    """For each candidate: co-occurrence with the recent titles, lag of the liked title that it is linked to (-1: none), and whether it is linked to the title chosen last.

    ``named``, ``liked`` [pages × LAGS]: which of the recent titles may be named, and were liked.
    """
    co_chosen, back = np.empty(len(owner)), np.full(len(owner), -1)
    like_last = np.zeros(len(owner), dtype=np.bool_)
    for n in range(len(owner)):
        co_chosen[n], row, linked = links[n, CO_CHOSEN], owner[n], lag[n]
        if co_chosen[n] > 0.0 and 0 <= linked < LAGS and named[row, linked]:
            like_last[n] = linked == 0
            if liked[row, linked]:
                back[n] = linked
    return co_chosen, back, like_last


@compiled
def _dated(
    owner: Ints, title: Ints, added_at: Ints, available_until: Ints, at_ms: Ints, new_ms: int, leaving_ms: int
) -> tuple[Bools, Bools]:
    """Whether each candidate was added within ``new_ms``, and whether it leaves within ``leaving_ms``."""
    new, leaving = np.empty(len(owner), dtype=np.bool_), np.empty(len(owner), dtype=np.bool_)
    for n in range(len(owner)):
        now_ms, added_ms = at_ms[owner[n]], added_at[title[n]]
        new[n] = now_ms - new_ms <= added_ms <= now_ms
        leaving[n] = available_until[title[n]] <= now_ms + leaving_ms
    return new, leaving


def _counted(result: Result) -> tuple[Floats, Floats]:
    """Popularity of each candidate in its market, and how far its recent count is above its usual one, in standard deviations."""
    columns, pool = result.columns, result.scored.pool
    often, rising = np.zeros(len(pool.title)), np.zeros(len(pool.title))
    for place, (view, surface) in enumerate(columns.places):
        every = len(columns.places) == 1
        mine = np.arange(len(pool.title)) if every else np.flatnonzero(columns.place_of[pool.owner] == place)
        table = title_features(view, surface, pool.title[mine])
        _rise(table, pool.title, mine, often, rising)
    return often, rising


@compiled
def _rise(table: Singles, title: Ints, mine: Ints, often: Floats, rising: Floats) -> None:
    """Writes ``often`` and ``rising`` of the candidates at the places ``mine``.

    The columns are ``log(count + EPSILON)`` at a short and at a long half-life: a title whose popularity does not change has
    the same share of all choices at both.
    """
    lately, usually = np.empty(len(mine)), np.empty(len(mine))
    for n in range(len(mine)):
        row = table[title[mine[n]]]
        often[mine[n]] = row[P_NEXT_COLUMN]
        lately[n] = max(np.exp(np.float64(row[BRIEF])) - EPSILON, 0.0)
        usually[n] = max(np.exp(np.float64(row[LONG])) - EPSILON, 0.0)
    share = lately.sum() / max(usually.sum(), SMALLEST)
    for n in range(len(mine)):
        expected = usually[n] * share
        above = (lately[n] - expected) / np.sqrt(expected + 1.0)
        rising[mine[n]] = np.rint(above * 10.0**DIGITS) / 10.0**DIGITS


@compiled
def _liked(first: Ints, facts: Ints, weights: Floats, pages: int) -> Bools:
    """Whether the viewer liked each of the titles chosen last, [pages × LAGS]."""
    liked = np.zeros((pages, LAGS), dtype=np.bool_)
    for row in range(pages):
        lag = 0
        for n in range(first[row], first[row + 1]):
            if facts[n, SKIPS] or facts[n, PASSES]:
                continue
            if lag == LAGS:
                break
            liked[row, lag], lag = weights[n] >= LIKED_FROM, lag + 1
    return liked

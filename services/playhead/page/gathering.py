"""The rows that pages may have: for each page of a batch, the titles of every row and the chance that each is chosen next.

One pass over the candidates, which have passed every filter and have their scores: what is on no list may still stand in a row.
"""

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Bools, Floats, Hashes, Ints, Singles
from playhead.features.histories import PASSES, SKIPS
from playhead.features.title_features import EPSILON, P_NEXT_COLUMN, title_features
from playhead.models.neighbours import CO_CHOSEN
from playhead.page.kinds import KIND_OF, KINDS, LAGS, SLOT, SLOTS, WIDTH, Page
from playhead.page.micro import TitleFacets, Topics, has, has_facet, title_facets, topics
from playhead.page.naming import may_name
from playhead.page.occasion import fits_season, fits_tonight
from playhead.page.rescue import rescues
from playhead.ranking.pipeline import Result
from playhead.ranking.score import DIGITS

DAY_MS = 86_400_000
BRIEF, LONG = 4, 6
"""Half-lives (38 h, 24 d) at which what rises is counted more often than usual: columns of ``models.choice_features``."""
RISING = 1.0
"""Standard deviations above its usual from which a title rises."""
SMALLEST = 1e-9
LIKED_FROM = 0.4
"""Weight of a title of the history (``features.histories``) from which a row is named after it: watched so far, or rated well."""
LATER = 0.8
"""How much less likely the next of what was begun, or put on the list, is to be gone on with than the one before."""
GIVEN = tuple(
    SLOT[kind, 0] for kind in ("continue_watching", "my_list", "watch_again", "search_results", "rescue")
)
"""Rows whose titles are not drawn from the candidates."""
_GIVEN: Ints = np.array(GIVEN)


def _slot(kind: str) -> int:
    # Of numpy: one loop is compiled for all of them, not one for each number.
    return cast(int, np.int64(SLOT[kind, 0]))


_LAG_ONE, _MORE, _TOP = _slot("next_episodes"), _slot("more_like_this"), _slot("top_picks")
_BECAUSE, _TRENDING, _NEW = _slot("because"), _slot("trending"), _slot("new_for_you")
_GENRE, _MICRO, _LEAVING = _slot("genre"), _slot("micro_genre"), _slot("leaving_soon")
_POPULAR, _TONIGHT, _SEASON = _slot("popular"), _slot("tonight"), _slot("season")
_AGAIN = SLOT["watch_again", 0]
_SLOTS = len(SLOTS)


class RowCandidates(NamedTuple):
    """Rows of a batch: numbers of titles and their chances, [pages × SLOTS × WIDTH], -1 and 0 behind the last.

    topics: what the rows of labels are about.
    """

    title: Ints
    probability: Floats
    topics: Topics


class _Pool(NamedTuple):
    """Candidates of a batch, an entry each, as the pool and the scores have them.

    lag: how far back the liked title is that each is linked to, -1 for none; like_last: linked to the title chosen last; often:
    how often it is chosen; rising: how much more often than usual by now, in standard deviations; tonight: more often at this hour
    or in this mood than else; seasonal: made for this time of the year; digests: tie-breaks.
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


def gather(page: Page, result: Result, listed: Ints) -> RowCandidates:
    """The rows that each page may have; ``listed`` [pages × titles]: places of the list in the pool, best first, -1 behind."""
    catalogue = result.catalogue
    ready = result.in_progress, result.watchlist, result.rewatch, result.searched, rescues(result)
    given = np.stack(ready, axis=1).astype(np.int64)
    pool, about = _pool_of(page, result), topics(result)
    facets = title_facets(catalogue)
    found = _gathered(
        pool,
        about.label,
        catalogue.label_of,
        about.facet,
        about.share,
        facets,
        listed,
        given,
        _least(page, result),
    )
    return RowCandidates(*found, about)


def _least(page: Page, result: Result) -> Floats:
    """The least chance of the first title of each row, [pages × SLOTS]; that of watching something again as its market does."""
    kinds = np.array([page.kinds[kind].probability for kind in KINDS])
    least = np.tile(kinds[KIND_OF], (len(result.slates), 1))
    usual = page.kinds["watch_again"].probability / (1.0 - LATER)
    for (view, _), rows in result.columns.places.items():
        least[rows, _AGAIN] = (1.0 - LATER) * view.rewatch(usual)
    return least


def _pool_of(page: Page, result: Result) -> _Pool:
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
    return _Pool(
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
    """How strongly each candidate is linked, to how far back a title that was liked (-1: none), and whether to the one chosen last.

    named, liked [pages × LAGS]: which of the titles chosen last may be named, and were liked.
    """
    co_chosen, back = np.empty(len(owner)), np.full(len(owner), -1)
    like_last = np.zeros(len(owner), dtype=np.bool_)
    for n in range(len(owner)):
        co_chosen[n], row, one = links[n, CO_CHOSEN], owner[n], lag[n]
        if co_chosen[n] > 0.0 and 0 <= one < LAGS and named[row, one]:
            like_last[n] = one == 0
            if liked[row, one]:
                back[n] = one
    return co_chosen, back, like_last


@compiled
def _dated(
    owner: Ints, title: Ints, added_at: Ints, available_until: Ints, at_ms: Ints, new_ms: int, leaving_ms: int
) -> tuple[Bools, Bools]:
    """Which candidates were added within ``new_ms``, and which are gone within ``leaving_ms``."""
    new, leaving = np.empty(len(owner), dtype=np.bool_), np.empty(len(owner), dtype=np.bool_)
    for n in range(len(owner)):
        now_ms, added_ms = at_ms[owner[n]], added_at[title[n]]
        new[n] = now_ms - new_ms <= added_ms <= now_ms
        leaving[n] = available_until[title[n]] <= now_ms + leaving_ms
    return new, leaving


def _counted(result: Result) -> tuple[Floats, Floats]:
    """How often each candidate is chosen in its market, and how far that is above its usual, in standard deviations."""
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
    """Writes how often candidates are chosen, and how far that is above their usual, of the titles at the places ``mine``.

    The columns are ``log(count + EPSILON)`` at a short and at a long half-life: were each title chosen as often as ever, it
    would have the same share of all choices at both.
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
    """Which of the titles chosen last the viewer liked, [pages × LAGS]."""
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


@compiled
def _gathered(
    pool: _Pool,
    favourites: Ints,
    label_of: NDArray[np.int32],
    facet: Ints,
    share: Floats,
    facets: TitleFacets,
    listed: Ints,
    given: Ints,
    least: Floats,
) -> tuple[Ints, Floats]:
    pages = len(pool.bounds) - 1
    titles, probabilities = np.full((pages, _SLOTS, WIDTH), -1), np.zeros((pages, _SLOTS, WIDTH))
    keys, ties = np.empty((_SLOTS, WIDTH)), np.empty((_SLOTS, WIDTH), dtype=np.uint32)
    (
        bounds,
        title,
        score,
        co_chosen,
        lag,
        like_last,
        goes_on,
        often,
        rising,
        new,
        leaving,
        tonight,
        seasonal,
        digests,
    ) = pool
    everything, going, rises = np.ones(len(title), dtype=np.bool_), goes_on > 0.0, rising >= RISING
    for row in range(pages):
        first, last, found = bounds[row], bounds[row + 1], titles[row]
        _draw(found, keys, ties, _POPULAR, everything, often, digests, first, last)
        _draw(found, keys, ties, _TRENDING, rises, rising, digests, first, last)
        _draw(found, keys, ties, _TONIGHT, tonight, score, digests, first, last)
        _draw(found, keys, ties, _SEASON, seasonal, score, digests, first, last)
        _draw(found, keys, ties, _LAG_ONE, going, goes_on, digests, first, last)
        _draw(found, keys, ties, _NEW, new, score, digests, first, last)
        _draw(found, keys, ties, _LEAVING, leaving, score, digests, first, last)
        _draw(found, keys, ties, _MORE, like_last, co_chosen, digests, first, last)
        _draw_linked(found, keys, ties, lag, score, digests, first, last)
        _draw_labelled(
            found,
            keys,
            ties,
            favourites[row],
            label_of,
            facet[row],
            facets,
            title,
            score,
            digests,
            first,
            last,
        )
        top_picks = listed[row, :WIDTH]
        found[_TOP, : len(top_picks)] = top_picks
        top, mass = -np.inf, 0.0
        for n in range(first, last):
            top = max(top, score[n])
        for n in range(first, last):
            mass += np.exp(score[n] - top)
        _say(title, score, top, mass, found, probabilities[row], least[row])
        _share(
            title[first:last],
            score[first:last],
            top,
            mass,
            favourites[row],
            label_of,
            share[row],
            probabilities[row],
        )
        _give(
            title[first:last], score[first:last], top, mass, given[row], found, probabilities[row], least[row]
        )
    return titles, probabilities


@compiled
def _draw(
    found: Ints,
    keys: Floats,
    ties: Hashes,
    slot: int,
    may: Bools,
    key: Floats,
    digests: Hashes,
    first: int,
    last: int,
) -> None:
    """Fills a row with the best of the candidates that may stand in it."""
    size = 0
    for n in range(first, last):
        if may[n] and (size < WIDTH or key[n] >= keys[slot, WIDTH - 1]):
            size = offer(found, keys, ties, slot, size, n, key[n], digests[n])


@compiled
def _draw_linked(
    found: Ints, keys: Floats, ties: Hashes, lag: Ints, score: Floats, digests: Hashes, first: int, last: int
) -> None:
    """Fills the rows that are named after titles."""
    size = np.zeros(LAGS, dtype=np.int64)
    for n in range(first, last):
        back = lag[n]
        if back >= 0:
            size[back] = offer(found, keys, ties, _BECAUSE + back, size[back], n, score[n], digests[n])


@compiled
def _draw_labelled(
    found: Ints,
    keys: Floats,
    ties: Hashes,
    labels: Ints,
    label_of: NDArray[np.int32],
    facet: Ints,
    facets: TitleFacets,
    title: Ints,
    score: Floats,
    digests: Hashes,
    first: int,
    last: int,
) -> None:
    """Fills the rows of labels, and of labels with one facet."""
    tag_of, confidence, mood, _, _, tags = facets
    for place in range(len(labels)):
        size, some, slot, narrow = 0, 0, _GENRE + place, _MICRO + place
        if labels[place] < 0:
            continue
        for n in range(first, last):
            if not has(label_of[title[n]], labels[place]):
                continue
            if size < WIDTH or score[n] >= keys[slot, WIDTH - 1]:
                size = offer(found, keys, ties, slot, size, n, score[n], digests[n])
            if facet[place] >= 0 and has_facet(tag_of, confidence, mood, tags, title[n], facet[place]):
                some = offer(found, keys, ties, narrow, some, n, score[n], digests[n])


@compiled
def _say(
    title: Ints, score: Floats, top: float, mass: float, found: Ints, probabilities: Floats, least: Floats
) -> None:
    """Writes titles for their places in the pool, and the chance of each."""
    for slot in range(len(found)):
        for place in range(found.shape[1]):
            n = found[slot, place]
            if n >= 0:
                probabilities[slot, place] = max(np.exp(score[n] - top) / mass, least[slot] * LATER**place)
                found[slot, place] = title[n]


@compiled
def _share(
    title: Ints,
    score: Floats,
    top: float,
    mass: float,
    labels: Ints,
    label_of: NDArray[np.int32],
    share: Floats,
    probabilities: Floats,
) -> None:
    """Raises the chances in rows of labels to the share of each label in what the viewer chooses, where all its titles have less."""
    for place in range(len(labels)):
        if labels[place] < 0:
            continue
        own = 0.0
        for n in range(len(title)):
            if has(label_of[title[n]], labels[place]):
                own += np.exp(score[n] - top)
        factor = max(1.0, share[place] * mass / max(own, SMALLEST))
        probabilities[_GENRE + place] *= factor
        probabilities[_MICRO + place] *= factor


@compiled
def _give(
    title: Ints,
    score: Floats,
    top: float,
    mass: float,
    given: Ints,
    found: Ints,
    probabilities: Floats,
    least: Floats,
) -> None:
    """Writes the rows whose titles are given; of one that is no candidate, nothing but its least chance is known."""
    for row in range(len(_GIVEN)):
        slot, size = _GIVEN[row], 0
        for one in given[row]:
            if one < 0 or size == WIDTH or has(found[slot, :size], one):
                continue
            at = np.searchsorted(title, one)
            probability = np.exp(score[at] - top) / mass if at < len(title) and title[at] == one else 0.0
            found[slot, size], probabilities[slot, size] = one, max(probability, least[slot] * LATER**size)
            size += 1

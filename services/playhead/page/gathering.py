"""Candidate rows of pages: for each page of a batch, the titles of every possible row with their P(next choice).

Rows are filled in one pass over all scored candidates that passed the filters, not only from the ranked list.
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
"""Columns of ``models.choice_features`` (half-lives of 38 h and 24 d) whose comparison shows that a title is trending."""
RISING = 1.0
"""Least excess over its usual count, in standard deviations, of a trending title."""
SMALLEST = 1e-9
LIKED_FROM = 0.4
"""Least weight of a title of the history (``features.histories``) after which a row is named: watched far enough, or rated well."""
LATER = 0.8
"""Factor of the least probability for each further title of a row such as continue watching or the watchlist."""
GIVEN = tuple(
    SLOT[kind, 0] for kind in ("continue_watching", "my_list", "watch_again", "search_results", "rescue")
)
"""Rows whose titles are not drawn from the candidates."""
_GIVEN: Ints = np.array(GIVEN)


def _slot(kind: str) -> int:
    # A numpy integer, so that one version is compiled for all slots, not one for each literal.
    return cast(int, np.int64(SLOT[kind, 0]))


_LAG_ONE, _MORE, _TOP = _slot("next_episodes"), _slot("more_like_this"), _slot("top_picks")
_BECAUSE, _TRENDING, _NEW = _slot("because"), _slot("trending"), _slot("new_for_you")
_GENRE, _MICRO, _LEAVING = _slot("genre"), _slot("micro_genre"), _slot("leaving_soon")
_POPULAR, _TONIGHT, _SEASON = _slot("popular"), _slot("tonight"), _slot("season")
_AGAIN = SLOT["watch_again", 0]
_SLOTS = len(SLOTS)


class RowCandidates(NamedTuple):
    """Candidate rows of a batch: numbers of titles and their P(next choice), [pages × SLOTS × WIDTH], -1 and 0 behind the last.

    ``topics``: labels and facets of the genre rows.
    """

    title: Ints
    probability: Floats
    topics: Topics


class _Pool(NamedTuple):
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


def gather(page: Page, result: Result, listed: Ints) -> RowCandidates:
    """The candidate rows of each page; ``listed`` [pages × titles]: places in the pool of the ranked list, best first, -1 behind the last."""
    catalogue = result.catalogue
    ready = result.in_progress, result.watchlist, result.rewatch, result.searched, rescues(result)
    given = np.stack(ready, axis=1).astype(np.int64)
    pool, about = _pool_of(page, result), topics(result)
    facets = title_facets(catalogue)
    filled = _gathered(
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
    return RowCandidates(*filled, about)


def _least(page: Page, result: Result) -> Floats:
    """The least P(next choice) of the first title of each row, [pages × SLOTS]; for watching something again, the rate of the market."""
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
        first, last, rows = bounds[row], bounds[row + 1], titles[row]
        _draw(rows, keys, ties, _POPULAR, everything, often, digests, first, last)
        _draw(rows, keys, ties, _TRENDING, rises, rising, digests, first, last)
        _draw(rows, keys, ties, _TONIGHT, tonight, score, digests, first, last)
        _draw(rows, keys, ties, _SEASON, seasonal, score, digests, first, last)
        _draw(rows, keys, ties, _LAG_ONE, going, goes_on, digests, first, last)
        _draw(rows, keys, ties, _NEW, new, score, digests, first, last)
        _draw(rows, keys, ties, _LEAVING, leaving, score, digests, first, last)
        _draw(rows, keys, ties, _MORE, like_last, co_chosen, digests, first, last)
        _draw_linked(rows, keys, ties, lag, score, digests, first, last)
        _draw_labelled(
            rows,
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
        rows[_TOP, : len(top_picks)] = top_picks
        top, mass = -np.inf, 0.0
        for n in range(first, last):
            top = max(top, score[n])
        for n in range(first, last):
            mass += np.exp(score[n] - top)
        _write_probabilities(title, score, top, mass, rows, probabilities[row], least[row])
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
            title[first:last], score[first:last], top, mass, given[row], rows, probabilities[row], least[row]
        )
    return titles, probabilities


@compiled
def _draw(
    rows: Ints,
    keys: Floats,
    ties: Hashes,
    slot: int,
    may: Bools,
    key: Floats,
    digests: Hashes,
    first: int,
    last: int,
) -> None:
    """Fills a row with the best candidates that are allowed in it (``may``) by ``key``."""
    size = 0
    for n in range(first, last):
        if may[n] and (size < WIDTH or key[n] >= keys[slot, WIDTH - 1]):
            size = offer(rows, keys, ties, slot, size, n, key[n], digests[n])


@compiled
def _draw_linked(
    rows: Ints, keys: Floats, ties: Hashes, lag: Ints, score: Floats, digests: Hashes, first: int, last: int
) -> None:
    """Fills the rows that are named after a liked title."""
    size = np.zeros(LAGS, dtype=np.int64)
    for n in range(first, last):
        back = lag[n]
        if back >= 0:
            size[back] = offer(rows, keys, ties, _BECAUSE + back, size[back], n, score[n], digests[n])


@compiled
def _draw_labelled(
    rows: Ints,
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
    """Fills the genre rows, and the micro-genre rows of a label with a facet."""
    tag_of, confidence, mood, _, _, tags = facets
    for place in range(len(labels)):
        size, some, slot, narrow = 0, 0, _GENRE + place, _MICRO + place
        if labels[place] < 0:
            continue
        for n in range(first, last):
            if not has(label_of[title[n]], labels[place]):
                continue
            if size < WIDTH or score[n] >= keys[slot, WIDTH - 1]:
                size = offer(rows, keys, ties, slot, size, n, score[n], digests[n])
            if facet[place] >= 0 and has_facet(tag_of, confidence, mood, tags, title[n], facet[place]):
                some = offer(rows, keys, ties, narrow, some, n, score[n], digests[n])


@compiled
def _write_probabilities(
    title: Ints, score: Floats, top: float, mass: float, rows: Ints, probabilities: Floats, least: Floats
) -> None:
    """Replaces places in the pool by titles in ``rows``, and writes the P(next choice) of each."""
    for slot in range(len(rows)):
        for place in range(rows.shape[1]):
            n = rows[slot, place]
            if n >= 0:
                probabilities[slot, place] = max(np.exp(score[n] - top) / mass, least[slot] * LATER**place)
                rows[slot, place] = title[n]


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
    """Scales up the probabilities in genre rows where all titles of the label together have less than the label's share of the viewer's choices."""
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
    rows: Ints,
    probabilities: Floats,
    least: Floats,
) -> None:
    """Writes the rows whose titles are given; a title that is no candidate has the least probability."""
    for row in range(len(_GIVEN)):
        slot, size = _GIVEN[row], 0
        for wanted in given[row]:
            if wanted < 0 or size == WIDTH or has(rows[slot, :size], wanted):
                continue
            at = np.searchsorted(title, wanted)
            probability = np.exp(score[at] - top) / mass if at < len(title) and title[at] == wanted else 0.0
            rows[slot, size], probabilities[slot, size] = wanted, max(probability, least[slot] * LATER**size)
            size += 1

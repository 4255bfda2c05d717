"""Candidate rows of pages: for each page of a batch, the titles of every possible row with their P(next choice).

Rows are filled in one pass over all scored candidates that passed the filters, not only from the ranked list.
"""

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Bools, Floats, Hashes, Ints
from playhead.page.kinds import KIND_OF, KINDS, LAGS, SLOT, SLOTS, WIDTH, Page
from playhead.page.micro import TitleFacets, Topics, has, has_facet, title_facets, topics
from playhead.page.pool import SMALLEST, PagePool, page_pool
from playhead.page.rescue import rescues
from playhead.ranking.pipeline import Result

RISING = 1.0
"""Least excess over its usual count, in standard deviations, of a trending title."""
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


def gather(page: Page, result: Result, listed: Ints) -> RowCandidates:
    """The candidate rows of each page; ``listed`` [pages × titles]: places in the pool of the ranked list, best first, -1 behind the last."""
    catalogue = result.catalogue
    ready = result.in_progress, result.watchlist, result.rewatch, result.searched, rescues(result)
    given = np.stack(ready, axis=1).astype(np.int64)
    pool, about = page_pool(page, result), topics(result)
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


@compiled
def _gathered(
    pool: PagePool,
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

"""What a page of search results is about: the titles that the search named, or those that its words are about.

They pass every filter like all that is shown, but that who searches for a title may have finished it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Bools, Floats, Ids, Ints
from playhead.candidates import filters as rules
from playhead.candidates.continue_watching import ROW
from playhead.candidates.filters import Filter
from playhead.candidates.pool import CandidatePool
from playhead.candidates.watchlist_and_rewatch import FINISHED
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.groups import Groups
from playhead.features.request import Request
from playhead.signals.search import SEARCH

SURFACE = "search"
MOST = 500
"""Titles that become candidates for a search at most; those that are candidates anyway are found all."""
FIRST = 1e6
"""What stands before everything else that is listed: above any score."""
_NOTHING: Ints = np.zeros(0, dtype=np.int64)


def searched(request: Request, catalogue: Catalogue) -> Ints:
    """Numbers of the titles that a request's page is about, in the order of the search; none for other pages."""
    search = SEARCH.of(request.profile)
    if request.surface != SURFACE or not search.is_on(request.at_ms // 1000):
        return _NOTHING
    if search.results:
        found = catalogue.titles.find_all([search.results])[0].astype(np.int64)
        return found[found >= 0]
    return catalogue.about(search.query)


def listed_first(
    catalogue: Catalogue, requests: Sequence[Request], pool: CandidatePool, groups: Groups | None
) -> Floats | None:
    """What is added to the place of each candidate on its list, though not to its score; None where nobody searches."""
    added: Floats | None = None
    for row, request in enumerate(requests):
        found = searched(request, catalogue)
        if len(found):
            added = np.zeros(len(pool.title)) if added is None else added
            mine = slice(*np.searchsorted(pool.owner, (row, row + 1)).tolist())
            added[mine] = np.where(_among(pool.title[mine], found, groups), FIRST, 0.0)
    return added


def search_results(
    filters: Sequence[tuple[str, Filter]],
    catalogue: Catalogue,
    requests: list[Request],
    pool: CandidatePool,
    score: Floats,
    groups: Groups | None,
) -> Ids:
    """The results for each page, [snapshots × ROW], -1 behind the last: best first, then what was finished, as the search has it."""
    results = np.full((len(requests), ROW), np.int32(-1))
    for row, request in enumerate(requests):
        found = searched(request, catalogue)
        if len(found):
            mine = np.arange(*np.searchsorted(pool.owner, (row, row + 1)))
            mine = mine[_among(pool.title[mine], found, groups)]
            mine = mine[np.lexsort((catalogue.digest[pool.title[mine]], -score[mine]))]
            there = pool.title[mine]
            others = found[~_among(found, there, groups)]
            best = np.concatenate([there, _passed(filters, catalogue, request, others)])[:ROW]
            results[row, : len(best)] = best
    return results


def _among(titles: Ints, found: Ints, groups: Groups | None) -> Bools:
    """Which titles are among those found, or are a card of one: of the same series, or the same work."""
    mine: Bools = np.isin(titles, found)
    if groups is not None:
        mine |= np.isin(groups.of_titles(titles), _groups_of(found, groups))
    return mine


def _groups_of(titles: Ints, groups: Groups) -> NDArray[np.int64]:
    of = groups.of_titles(titles)
    return of[of >= 0]


def _passed(
    filters: Sequence[tuple[str, Filter]], catalogue: Catalogue, request: Request, titles: Ints
) -> Ints:
    """Which of some titles may be shown, were they not finished, in their order."""
    if not len(titles):
        return titles
    pool = CandidatePool.unlinked(np.zeros(len(titles), dtype=np.int64), titles, len(catalogue.titles), 1)
    gate = tuple(one for one in filters if one[0] != FINISHED)
    left, _ = rules.apply(gate, catalogue, [request], pool)
    return titles[np.isin(titles, left.title)]

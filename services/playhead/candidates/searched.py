"""Titles of a page of search results: the results reported with the search, or else the titles that match its words.

They pass every filter but that for finished titles.
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
"""Most results that become candidates for a search; results that are candidates anyway do not count."""
FIRST = 1e6
"""Bonus that sorts search results before all other titles: larger than any score."""
_NOTHING: Ints = np.zeros(0, dtype=np.int64)


def searched(request: Request, catalogue: Catalogue) -> Ints:
    """Numbers of the search results of a request's page, in the order of the search; none for other pages."""
    search = SEARCH.of(request.profile)
    if request.surface != SURFACE or not search.is_on(request.at_ms // 1000):
        return _NOTHING
    if search.results:
        results = catalogue.titles.find_all([search.results])[0].astype(np.int64)
        return results[results >= 0]
    return catalogue.about(search.query)


def listed_first(
    catalogue: Catalogue, requests: Sequence[Request], pool: CandidatePool, groups: Groups | None
) -> Floats | None:
    """Bonus of each candidate for the order of its list, which is not part of its score; None if no page shows search results."""
    bonus: Floats | None = None
    for row, request in enumerate(requests):
        results = searched(request, catalogue)
        if len(results):
            bonus = np.zeros(len(pool.title)) if bonus is None else bonus
            mine = slice(*np.searchsorted(pool.owner, (row, row + 1)).tolist())
            bonus[mine] = np.where(_among(pool.title[mine], results, groups), FIRST, 0.0)
    return bonus


def search_results(
    filters: Sequence[tuple[str, Filter]],
    catalogue: Catalogue,
    requests: list[Request],
    pool: CandidatePool,
    score: Floats,
    groups: Groups | None,
) -> Ids:
    """The row of search results of each page, [snapshots × ROW], -1 behind the last: candidates by score, then finished titles in the order of the search."""
    rows = np.full((len(requests), ROW), np.int32(-1))
    for row, request in enumerate(requests):
        results = searched(request, catalogue)
        if len(results):
            mine = np.arange(*np.searchsorted(pool.owner, (row, row + 1)))
            mine = mine[_among(pool.title[mine], results, groups)]
            mine = mine[np.lexsort((catalogue.digest[pool.title[mine]], -score[mine]))]
            there = pool.title[mine]
            others = results[~_among(results, there, groups)]
            best = np.concatenate([there, _passed(filters, catalogue, request, others)])[:ROW]
            rows[row, : len(best)] = best
    return rows


def _among(titles: Ints, results: Ints, groups: Groups | None) -> Bools:
    """Whether each title is among the results, or is of the same series or work as one of them."""
    mine: Bools = np.isin(titles, results)
    if groups is not None:
        mine |= np.isin(groups.of_titles(titles), _groups_of(results, groups))
    return mine


def _groups_of(titles: Ints, groups: Groups) -> NDArray[np.int64]:
    of = groups.of_titles(titles)
    return of[of >= 0]


def _passed(
    filters: Sequence[tuple[str, Filter]], catalogue: Catalogue, request: Request, titles: Ints
) -> Ints:
    """The titles that pass all filters but that for finished titles, in their order."""
    if not len(titles):
        return titles
    pool = CandidatePool.unlinked(np.zeros(len(titles), dtype=np.int64), titles, len(catalogue.titles), 1)
    gate = tuple((name, rule) for name, rule in filters if name != FINISHED)
    left, _ = rules.apply(gate, catalogue, [request], pool)
    return titles[np.isin(titles, left.title)]

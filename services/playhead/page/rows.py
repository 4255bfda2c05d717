"""Rows of the page, laid out from the flat list for a whole batch at once."""

from typing import NamedTuple

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.top_k import top_k
from playhead.arrays.types import Bytes, Floats, Ints
from playhead.candidates.continue_watching import ROW
from playhead.domain import rankings
from playhead.features.histories import SKIPS
from playhead.features.title_features import P_NEXT_COLUMN, title_features
from playhead.page.encoding import Words, joined, names
from playhead.ranking.pipeline import Result, Slate

TOP_PICKS = 20
LEAST_IN_ROW = 4
RECENT = 5
"""Titles of the history that a row may be named after."""


class PreEncodedRow(rankings.Row, frozen=True, kw_only=True, gc=False):
    """A row whose ids are written."""

    title_ids: Raw  # type: ignore[assignment]  # the same bytes


class ListedTitles(NamedTuple):
    """The lists of a batch in one run: where each begins [lists + 1], titles, lags, and their ids as ``names`` gives them."""

    bounds: Ints
    title: Ints
    lag: Ints
    ids: Bytes
    ends: Ints


def page_rows(result: Result, shown: ListedTitles, titles: Words) -> list[list[PreEncodedRow]]:
    """The rows of each page, top first, without those that have no title."""
    past = result.columns.past
    after = _picked(shown.bounds, shown.lag, past.first, past.facts[:, SKIPS])
    popular = _most_popular(shown.bounds, _often(result, shown))
    places = np.concatenate([after[:, 1:], popular], axis=1)
    ids, ends = names(shown.title[places[places >= 0]], titles)
    sizes = np.stack([(after[:, 1:] >= 0).sum(axis=1), (popular >= 0).sum(axis=1)], axis=1)
    stops = ends[starts(sizes.ravel().tolist())].tolist()
    lags, bounds = after[:, 0].tolist(), shown.bounds.tolist()
    begun = result.begun >= 0
    again, stand = names(result.begun[begun].astype(np.int64), titles)
    begins = stand[starts(begun.sum(axis=1).tolist())].tolist()
    pages = []
    for row, slate in enumerate(result.slates):
        first, last = bounds[row], bounds[row + 1]
        page = []
        if begins[row] < begins[row + 1]:
            page.append(_begun(joined(again, begins[row], begins[row + 1])))
        if last > first:
            top = joined(shown.ids, shown.ends[first], shown.ends[min(last, first + TOP_PICKS)])
            page.append(PreEncodedRow(row_id="top_picks", name="Top picks for you", title_ids=Raw(top)))
        begin, middle, end = stops[2 * row : 2 * row + 3]
        if lags[row] >= 0:
            page.append(_because(result, slate, lags[row], joined(ids, begin, middle)))
        if end > middle:
            page.append(_popular(slate, joined(ids, middle, end)))
        pages.append(page)
    return pages


def _begun(ids: bytes) -> PreEncodedRow:
    return PreEncodedRow(row_id="continue_watching", name="Continue watching", title_ids=Raw(ids))


def _because(result: Result, slate: Slate, lag: int, ids: bytes) -> PreEncodedRow:
    catalogue = result.catalogue
    number = int(result.columns.recent[slate.row, lag])
    row_id, name = f"because_{catalogue.titles.name(number)}", f"Because you watched {catalogue.name(number)}"
    return PreEncodedRow(row_id=row_id[:128], name=name[:512], title_ids=Raw(ids))


def _popular(slate: Slate, ids: bytes) -> PreEncodedRow:
    market = slate.request.identity.market
    name = "Popular now" if market == "ZZ" else f"Popular in {market} now"
    return PreEncodedRow(row_id="popular", name=name, title_ids=Raw(ids))


def _often(result: Result, shown: ListedTitles) -> Floats:
    """How often each title is chosen in its market."""
    often, place_of = np.zeros(len(shown.title)), np.repeat(result.columns.place_of, np.diff(shown.bounds))
    for place, (view, surface) in enumerate(result.columns.places):
        mine = place_of == place
        titles = shown.title[mine]
        often[mine] = title_features(view, surface, titles)[titles, P_NEXT_COLUMN]
    return often


def _most_popular(bounds: Ints, often: Floats) -> Ints:
    """The places of the most chosen titles of each list that is long enough, [lists × ROW], filled up by -1."""
    first_come = np.zeros(len(often), dtype=np.uint32)
    places = top_k(often, first_come, bounds, ROW)
    places[np.diff(bounds) < LEAST_IN_ROW] = -1
    return places


@compiled
def _picked(bounds: Ints, lags: Ints, first: Ints, skips: Ints) -> Ints:
    """For each list: how many choices back the title is that a row is named after, -1 for none, and the places in that row.

    [lists × (1 + ROW)], filled up by -1.
    """
    count = len(bounds) - 1
    after = np.full((count, 1 + ROW), -1)
    for row in range(count):
        begin, end = bounds[row], bounds[row + 1]
        reach = 0
        for n in range(first[row], min(first[row] + RECENT, first[row + 1])):
            reach += not skips[n]
        for lag in range(reach):
            if _of_lag(lags, begin, end, lag, after[row, 1:]) >= LEAST_IN_ROW:
                after[row, 0] = lag
                break
            after[row, 1:] = -1
    return after


@compiled
def _of_lag(lags: Ints, begin: int, end: int, lag: int, places: NDArray[np.int64]) -> int:
    size = 0
    for n in range(begin, end):
        if lags[n] == lag and size < len(places):
            places[size], size = n, size + 1
    return size

"""The backfill source: where all other sources yield too few candidates, the whole catalogue, so that pages are filled.

All titles that pass every filter for a profile are considered, best first by label affinity, popularity and age. It costs nothing where the other
sources suffice.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Floats, Ints
from playhead.candidates import filters as rules
from playhead.candidates.annotations import ProfileBatch
from playhead.candidates.cards import Viewers, one_card
from playhead.candidates.eligibility import open_titles
from playhead.candidates.pool import CandidatePool
from playhead.catalogue.groups import Groups
from playhead.features.context import ContextBatch
from playhead.features.request import Request

RAN_DRY = "sources_ran_dry"
"""Key in ``removed`` of a decision: the number of backfilled titles."""
PAIRS = 2**18
"""Number of pairs of profile and title that are processed together, so that they fit in the CPU cache."""
LEAST = 1e-12
"""Floor of a share of choices."""
DIGITS = 6


class BackfillBatch(NamedTuple):
    """The profiles of a batch in the forms that candidate generation needs, one row each."""

    requests: list[Request]
    columns: ContextBatch
    who: ProfileBatch
    viewers: Viewers


def backfill(
    filters: tuple[tuple[str, rules.Filter], ...],
    asked: BackfillBatch,
    pool: CandidatePool,
    size: int,
    removed: Sequence[dict[str, int]],
) -> CandidatePool:
    """The candidates, filled up to ``size`` for each profile from all titles that it may be shown; counts additions in ``removed``."""
    have = np.bincount(pool.owner, minlength=len(asked.requests))
    more: list[tuple[Ints, Ints, Floats]] = []
    for rows, rest in _rest(asked, pool, np.flatnonzero(have < size)):
        requests = [asked.requests[row] for row in rows.tolist()]
        allowed, _ = rules.apply(filters, asked.columns.views[0].catalogue, requests, rest)
        for row, (first, last) in zip(
            rows.tolist(), pairwise(allowed.bounds(len(rows)).tolist()), strict=True
        ):
            cards, goes_on = _cards(asked, row, allowed.title[first:last])
            best = _best(asked.columns, row, cards, size - int(have[row]))
            if len(best):
                removed[row][RAN_DRY] = len(best)
                more.append((np.full(len(best), row), cards[best], goes_on[best]))
    return pool.with_more(*map(np.concatenate, zip(*more, strict=True))) if more else pool


def _rest(asked: BackfillBatch, pool: CandidatePool, short: Ints) -> Iterator[tuple[Ints, CandidatePool]]:
    """Groups of profiles with all titles that the catalogue alone allows them and that are no candidates yet."""
    kinds = [asked.requests[row].identity.kind for row in short.tolist()]
    open_to = [
        open_titles(asked.columns.view(row), kind) for row, kind in zip(short.tolist(), kinds, strict=True)
    ]
    parts = np.cumsum([len(each) for each in open_to]) // PAIRS
    for part in np.unique(parts).tolist():
        mine = np.flatnonzero(parts == part)
        owner = np.repeat(np.arange(len(mine)), [len(open_to[at]) for at in mine])
        title = np.concatenate([open_to[at] for at in mine])
        new = _is_new(asked.columns.views[0].index.groups, pool, short[mine][owner], title)
        if new.any():
            yield short[mine], CandidatePool.unlinked(owner[new], title[new], pool.titles, len(mine))


def _is_new(groups: Groups | None, pool: CandidatePool, owner: Ints, title: Ints) -> NDArray[np.bool_]:
    """Whether neither a title nor another one of its series or work is a candidate, as a page shows only one of them."""
    new: NDArray[np.bool_] = pool.place(owner, title) < 0
    if groups is not None:
        mine, taken = groups.of_titles(title), groups.of_titles(pool.title)
        count = len(groups.own)
        there = np.unique((pool.owner * count + taken)[taken >= 0])
        new &= (mine < 0) | ~np.isin(owner * count + mine, there)
    return new


def _cards(asked: BackfillBatch, row: int, allowed: Ints) -> tuple[Ints, Floats]:
    """The titles that represent these titles of a profile, one for each group, with their ``goes_on`` (``Candidates``)."""
    columns, catalogue = asked.columns.between(row, row + 1), asked.columns.views[0].catalogue
    groups = columns.views[0].index.groups
    if groups is None or not (groups.of_titles(allowed) >= 0).any():
        return allowed, np.zeros(len(allowed))
    barred = np.ones((1, len(catalogue.titles)), dtype=np.uint8)
    barred[0, allowed] = 0
    who, viewers = asked.who.only(row)._replace(barred=barred), asked.viewers.only(row)
    nothing = CandidatePool.unlinked(
        np.zeros(len(allowed), dtype=np.int64), allowed, len(catalogue.titles), 1
    )
    cards = one_card(groups, nothing.candidates(), who, viewers, columns, catalogue)
    new = np.isin(cards.titles, allowed)
    return cards.titles[new], cards.goes_on[new]


def _best(columns: ContextBatch, row: int, title: Ints, count: int) -> Ints:
    """Indices of the ``count`` best of some titles."""
    if len(title) <= count:
        return np.arange(len(title))
    view, affinity = columns.view(row), columns.affinity[row]
    labels = view.catalogue.label_of[title]
    liked = np.where(labels >= 0, affinity[labels], 0.0).sum(axis=1) / np.maximum(
        (labels >= 0).sum(axis=1), 1
    )
    worth = np.round(liked + np.log(np.maximum(view.popular(title), LEAST)), DIGITS)
    order = np.lexsort((view.catalogue.digest[title], -view.catalogue.added_at[title], -worth))
    return order[:count]

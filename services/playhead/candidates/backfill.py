"""The last source: where all others have run dry, the catalogue itself, so that a page is never shorter than it must be.

Whatever passes every filter for a profile is considered, best first by what is known of it: how well it matches the profile's
taste, how often it is chosen, how new it is. Where the other sources suffice it costs nothing.
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
"""In ``removed`` of a decision: how many titles the catalogue itself had to give."""
PAIRS = 2**18
"""Profiles with titles that are looked at together: as much as stays in the cache."""
LEAST = 1e-12
"""Floor of a share of choices."""
DIGITS = 6


class BackfillBatch(NamedTuple):
    """The profiles of a batch in the three forms in which they are asked about, a row each."""

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
    """The candidates, filled up to ``size`` for each profile from all that it may be shown; ``removed`` says where."""
    have = np.bincount(pool.owner, minlength=len(asked.requests))
    more: list[tuple[Ints, Ints, Floats]] = []
    for rows, rest in _rest(asked, pool, np.flatnonzero(have < size)):
        requests = [asked.requests[row] for row in rows.tolist()]
        allowed, _ = rules.apply(filters, asked.columns.views[0].catalogue, requests, rest)
        for row, (first, last) in zip(
            rows.tolist(), pairwise(allowed.bounds(len(rows)).tolist()), strict=True
        ):
            found, goes_on = _cards(asked, row, allowed.title[first:last])
            best = _best(asked.columns, row, found, size - int(have[row]))
            if len(best):
                removed[row][RAN_DRY] = len(best)
                more.append((np.full(len(best), row), found[best], goes_on[best]))
    return pool.with_more(*map(np.concatenate, zip(*more, strict=True))) if more else pool


def _rest(asked: BackfillBatch, pool: CandidatePool, short: Ints) -> Iterator[tuple[Ints, CandidatePool]]:
    """Profiles, some at a time, and all that they may be shown by the catalogue alone and that is no candidate yet."""
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
    """Whether neither the title is a candidate, nor another one of its series or work: a page shows one of them."""
    new: NDArray[np.bool_] = pool.place(owner, title) < 0
    if groups is not None:
        mine, taken = groups.of_titles(title), groups.of_titles(pool.title)
        count = len(groups.own)
        there = np.unique((pool.owner * count + taken)[taken >= 0])
        new &= (mine < 0) | ~np.isin(owner * count + mine, there)
    return new


def _cards(asked: BackfillBatch, row: int, allowed: Ints) -> tuple[Ints, Floats]:
    """What stands for these titles of a profile, one of each group, and with what it goes on."""
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
    found = one_card(groups, nothing.candidates(), who, viewers, columns, catalogue)
    new = np.isin(found.titles, allowed)
    return found.titles[new], found.goes_on[new]


def _best(columns: ContextBatch, row: int, title: Ints, count: int) -> Ints:
    """Places of the best of some titles."""
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

"""A profile's own titles that are no candidates: its watchlist, and titles to watch again.

Both pass every filter, except that titles to watch again are finished ones.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Floats, Hashes, Ids, Ints
from playhead.candidates import filters as rules
from playhead.candidates.continue_watching import ROW
from playhead.candidates.filters import Filter
from playhead.candidates.pool import CandidatePool
from playhead.features.context import ContextBatch
from playhead.features.histories import AT, OVER, PLAYS, SKIPS
from playhead.features.request import Request
from playhead.signals.opinions import OPINIONS

REST_S = 14 * 86_400
"""Least time since a title was finished before it is offered again."""
FINISHED = "finished"


class WatchlistAndRewatch(NamedTuple):
    """Titles for each snapshot, [snapshots × ROW], -1 behind the last: the watchlist, newest first, and titles to watch again, best first."""

    watchlist: Ids
    rewatch: Ids


def watchlist_and_rewatch(
    filters: tuple[tuple[str, Filter], ...], columns: ContextBatch, requests: list[Request]
) -> WatchlistAndRewatch:
    """The titles of both kinds that may be shown."""
    catalogue = columns.views[0].catalogue
    lists = [OPINIONS.of(request.profile).watchlist[:ROW] for request in requests]
    watchlist = np.full((len(requests), ROW), np.int32(-1))
    for row, titles in enumerate(lists):
        if titles:
            watchlist[row, : len(titles)] = catalogue.titles.find(list(titles))
    rewatch = rewatchable(columns)
    both = np.concatenate([watchlist, rewatch], axis=1)
    if (both >= 0).any():
        gate, done = _passed(filters, columns, requests, both)
        watchlist[~gate[:, :ROW] | done[:, :ROW]] = -1
        rewatch[~gate[:, ROW:]] = -1
    return WatchlistAndRewatch(watchlist, rewatch)


def rewatchable(columns: ContextBatch) -> Ids:
    """Titles that each profile may want to watch again, best first, before any filter, [snapshots × ROW], -1 behind the last."""
    past, digests = columns.past, columns.views[0].catalogue.digest
    return _rewatchable(past.first, past.title, past.facts, columns.liking, columns.until_s, digests)


def _passed(
    filters: Sequence[tuple[str, Filter]], columns: ContextBatch, requests: list[Request], both: Ids
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each title passes all filters but that for finished titles, and whether it was finished."""
    catalogue = columns.views[0].catalogue
    count = len(catalogue.titles)
    owner = np.repeat(np.arange(len(both)), both.shape[1])
    title = both.ravel().astype(np.int64)
    keys = np.unique((owner * count + title)[title >= 0])
    pool = CandidatePool.unlinked(keys // count, keys % count, count, len(requests))
    gate = tuple((name, rule) for name, rule in filters if name != FINISHED)
    left, _ = rules.apply(gate, catalogue, requests, pool)
    finished = tuple((name, rule) for name, rule in filters if name == FINISHED)
    unseen, _ = rules.apply(finished, catalogue, requests, left)
    passed = left.place(owner, title).reshape(both.shape) >= 0
    return passed, passed & (unseen.place(owner, title).reshape(both.shape) < 0)


@compiled
def _rewatchable(
    first: Ints, title: Ints, facts: Ints, liking: Floats, until_s: Ints, digests: Hashes
) -> Ids:
    """Titles that each profile finished long enough ago and did not dislike, most played and best liked first."""
    again = np.full((len(until_s), ROW), np.int32(-1))
    keys, ties = np.empty(again.shape), np.empty(again.shape, dtype=np.uint32)
    for row in range(len(until_s)):
        size = 0
        for n in range(first[row], first[row + 1]):
            rested = until_s[row] - facts[n, AT] >= REST_S
            if title[n] < 0 or facts[n, SKIPS] or not facts[n, OVER] or not rested or liking[n] < 0.0:
                continue
            key = facts[n, PLAYS] + liking[n]
            size = offer(again, keys, ties, row, size, title[n], key, digests[title[n]])
    return again

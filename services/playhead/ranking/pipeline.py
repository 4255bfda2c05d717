"""The stages from requests to slates, over a whole batch at once: sources, filters, scores, the best of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.ranking import filters as rules
from playhead.ranking.moments import Columns, columns
from playhead.ranking.page import begun
from playhead.ranking.pool import Pool
from playhead.ranking.request import Request
from playhead.ranking.score import Scored, Weights, score
from playhead.ranking.sources import Pairs, linked
from playhead.retrieval.around import Around, around
from playhead.retrieval.view import View, best

Source = Callable[[View, Columns, NDArray[np.int64]], Pairs]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Which parts rank, and how many titles a ranking has. ``recipe.py`` fills it."""

    sources: tuple[Source, ...]
    filters: tuple[tuple[str, rules.Filter], ...]
    weights: Weights
    rank_size: int


class Slate(NamedTuple):
    """The result for one request: places in ``scored``, best first, and what the filters removed."""

    request: Request
    row: int
    places: NDArray[np.int64]
    begun: list[int]
    removed: dict[str, int]


class Result(NamedTuple):
    """The slates of a batch of one market, with what they were made from."""

    view: View
    columns: Columns
    found: list[Around]
    scored: Scored
    slates: list[Slate]


def candidates(
    pipeline: Pipeline, view: View, facts: Columns, done: NDArray[np.int64], more: Pairs | None = None
) -> tuple[Pool, list[Around]]:
    """What is worth scoring for each moment, before the filters; and what is linked to its last titles.

    ``done``: how many titles each profile has finished; ``more``: candidates from elsewhere.
    """
    view.models.prepare()
    found = around(view, facts.recent)
    drawn = [source(view, facts, done) for source in pipeline.sources]
    return Pool.of([*drawn, linked(found), *([more] if more else [])], max(view.size, 1)), found


def rank(pipeline: Pipeline, view: View, requests: list[Request]) -> Result:
    """Ranks for profiles of one market."""
    facts = columns([request.moment() for request in requests], view)
    done = np.array([rules.finished_count(request) for request in requests])
    unfinished = [begun(view.catalogue, request) for request in requests]
    pool, found = candidates(pipeline, view, facts, done, _flat(unfinished))
    pool, removed = rules.apply(pipeline.filters, view.catalogue, requests, pool)
    scored = score(pipeline.weights, view, facts, found, pool)
    bounds = pool.bounds(len(requests))
    marks = view.catalogue.mark[pool.title]
    slates = []
    for row, request in enumerate(requests):
        first, last = int(bounds[row]), int(bounds[row + 1])
        places = first + best(scored.score[first:last], marks[first:last], pipeline.rank_size).astype(
            np.int64
        )
        left = set(pool.title[first:last].tolist())
        allowed = [number for number in unfinished[row] if number in left]
        slates.append(Slate(request, row, places, allowed, removed[row]))
    return Result(view, facts, found, scored, slates)


def _flat(lists: list[list[int]]) -> Pairs:
    owner = np.repeat(np.arange(len(lists), dtype=np.int64), [len(one) for one in lists])
    return owner, np.array([number for one in lists for number in one], dtype=np.int64)

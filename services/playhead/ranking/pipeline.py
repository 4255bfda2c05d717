"""The stages from requests to slates, over a whole batch at once: sources, filters, scores, the best of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.ranking import filters as rules
from playhead.ranking.moments import Columns, Moment
from playhead.ranking.page import begun
from playhead.ranking.pool import Pool
from playhead.ranking.request import Request
from playhead.ranking.score import Scored, Weights, score
from playhead.ranking.sources import Source
from playhead.retrieval.around import REASONS, For, Shelf, around
from playhead.retrieval.view import View, best
from playhead.signals.finished import FINISHED


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
    moment: Moment
    row: int
    places: NDArray[np.int64]
    begun: list[int]
    removed: dict[str, int]


class Result(NamedTuple):
    """The slates of a batch of one market, with what they were made from."""

    view: View
    columns: Columns
    scored: Scored
    slates: list[Slate]


def candidates(pipeline: Pipeline, view: View, facts: Columns, profiles: Sequence["Considered"]) -> Pool:
    """What is worth scoring for each moment, before the filters."""
    view.models.prepare()
    found = []
    for row, one in enumerate(profiles):
        shelves = [shelf for source in pipeline.sources for shelf in source(view, facts, row)]
        found.append(around(view, whom(view, facts, row, one), shelves + one.more))
    return Pool.of(found, max(view.size, 1))


def whom(view: View, facts: Columns, row: int, one: "Considered") -> For:
    """Whom the candidates of the moment in a row are for."""
    return For(
        facts.recent[row],
        _barred(view, one.moment.identity.kind),
        1_000 * one.moment.until_s - 1_000,
        rules.gone(one.finished),
    )


class Considered(NamedTuple):
    """A profile that candidates are sought for: the digests of what it has finished, and candidates from elsewhere."""

    moment: Moment
    finished: bytes
    more: list[Shelf]


def _merged(removed: dict[str, int], passed: NDArray[np.int64]) -> dict[str, int]:
    """What filters removed, together with what candidate sources passed over for the same reasons."""
    for reason, count in zip(REASONS[1:], passed[1:].tolist(), strict=True):
        if count:
            removed[reason] = removed.get(reason, 0) + count
    return removed


def _barred(view: View, kind: str) -> NDArray[np.uint8]:
    key = ("barred", view.market, kind)
    barred: NDArray[np.uint8] | None = view.lasting.kept.get(key)
    if barred is None:
        barred = view.lasting.kept[key] = rules.barred(view.catalogue, kind, view.market, view.size)
    return barred


def consider(request: Request, moment: Moment, unfinished: list[int]) -> Considered:
    """A profile for which a ranking was asked; what it has begun and not finished is a candidate too."""
    shelf = np.array(unfinished, dtype=np.int32), len(unfinished)
    return Considered(moment, FINISHED.of(request.profile), [shelf])


def rank(pipeline: Pipeline, view: View, requests: list[Request]) -> Result:
    """Ranks for profiles of one market."""
    moments = [request.moment() for request in requests]
    facts = Columns(moments, view)
    unfinished = begun(view, facts)
    profiles = [
        consider(request, moment, again)
        for request, moment, again in zip(requests, moments, unfinished, strict=True)
    ]
    pool = candidates(pipeline, view, facts, profiles)
    pool, removed = rules.apply(pipeline.filters, view.catalogue, requests, pool)
    scored = score(pipeline.weights, view, facts, pool)
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
        slates.append(
            Slate(request, moments[row], row, places, allowed, _merged(removed[row], pool.passed[row]))
        )
    return Result(view, facts, scored, slates)

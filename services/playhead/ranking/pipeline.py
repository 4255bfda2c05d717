"""The stages from requests to slates, over a whole batch at once: sources, filters, scores, the best of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.content.catalogue import Catalogue
from playhead.models.popularity import starts
from playhead.ranking import filters as rules
from playhead.ranking.begun import begun
from playhead.ranking.moments import Columns, Moment
from playhead.ranking.pool import Pool
from playhead.ranking.request import Request
from playhead.ranking.score import Group, Scored, Weights, score
from playhead.ranking.sources import Own, Shared
from playhead.retrieval.around import Shelf, around
from playhead.retrieval.notes import REASONS, For
from playhead.retrieval.view import View, bests


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Which parts rank, and how many titles a ranking has. ``recipe.py`` fills it.

    ``shared``: sources that say the same to all profiles of a market on a surface; ``own``: those that do not.
    """

    shared: tuple[Shared, ...]
    own: tuple[Own, ...]
    filters: tuple[tuple[str, rules.Filter], ...]
    weights: Weights
    rank_size: int

    def shelves(self, columns: Columns, row: int) -> Iterator[tuple[str, list[Shelf]]]:
        """The shelves that each source has for the moment in a row, with the source's name."""
        view = columns.view(row)
        for shared in self.shared:
            yield shared.__name__, shared(view, columns.surface[row])
        for own in self.own:
            yield own.__name__, own(view, columns, row)


class Slate(NamedTuple):
    """The result for one request: places in ``scored``, best first, and what the filters removed."""

    view: View
    request: Request
    moment: Moment
    row: int
    places: NDArray[np.int64]
    removed: dict[str, int]


class Result(NamedTuple):
    """The slates of a batch, with what they were made from.

    begun [moments × titles]: what each has begun and not finished, and may be shown, newest first; -1 for no title.
    """

    columns: Columns
    scored: Scored
    slates: list[Slate]
    begun: NDArray[np.int32]

    @property
    def catalogue(self) -> Catalogue:
        """The titles; markets share it."""
        return self.columns.views[0].catalogue


def candidates(pipeline: Pipeline, facts: Columns, profiles: Sequence["Considered"]) -> Pool:
    """What is worth scoring for each moment, before the filters; the markets of all share one shard's models."""
    view = facts.views[0]
    view.models.prepare()
    shared = [[shelf for source in pipeline.shared for shelf in source(*place)] for place in facts.places]
    own = [
        [*(shelf for source in pipeline.own for shelf in source(facts.view(row), facts, row)), *profile.more]
        for row, profile in enumerate(profiles)
    ]
    found = around(view, whom(facts, profiles), shared, facts.place_of, own)
    return Pool.of(found, max(view.size, 1))


def whom(facts: Columns, profiles: Sequence["Considered"]) -> For:
    """Whom the candidates of moments are for."""
    kinds: dict[tuple[View, str], int] = {}
    kind = [
        kinds.setdefault((facts.view(row), one.moment.identity.kind), len(kinds))
        for row, one in enumerate(profiles)
    ]
    gone = [rules.gone(one.finished) for one in profiles]
    return For(
        facts.recent,
        np.array(kind, dtype=np.int64),
        np.stack([_barred(*each) for each in kinds]),
        1_000 * facts.until_s - 1_000,
        np.concatenate(gone),
        starts(map(len, gone)),
    )


class Considered(NamedTuple):
    """A profile that candidates are sought for: the digests of what it has finished, and candidates from elsewhere."""

    moment: Moment
    finished: bytes
    more: list[Shelf]


def _left(begun: NDArray[np.int32], pool: Pool) -> NDArray[np.int32]:
    """Those that are candidates still, -1 for others."""
    owner = np.repeat(np.arange(len(begun)), begun.shape[1])
    places = pool.place(owner, begun.ravel().astype(np.int64))
    return np.where(places.reshape(begun.shape) >= 0, begun, np.int32(-1))


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


def consider(request: Request, moment: Moment, unfinished: NDArray[np.int32]) -> Considered:
    """A profile for which a ranking was asked; what it has begun and not finished is a candidate too."""
    return Considered(moment, rules.over(request.profile), [(unfinished, len(unfinished))])


def rank(pipeline: Pipeline, asked: Sequence[tuple[View, Sequence[Request]]]) -> Result:
    """Ranks for profiles, those of each market together; markets of one shard should stand one after the other.

    Most of the time of a small batch goes into calls, not into what is in them: what shards differ in is computed for
    each, all else at once.
    """
    requests = [request for _, mine in asked for request in mine]
    views = [view for view, mine in asked for _ in mine]
    moments = [request.moment() for request in requests]
    facts = Columns(moments, views)
    groups = [Group(facts.between(*ends), *ends) for ends in _shards(views)]
    catalogue = views[0].catalogue
    unfinished = begun(catalogue, facts).title
    profiles = [
        consider(request, moment, again)
        for request, moment, again in zip(requests, moments, unfinished, strict=True)
    ]
    pools = [candidates(pipeline, mine, profiles[first:last]) for mine, first, last in groups]
    pool = Pool.joined(pools, [last - first for _, first, last in groups])
    pool, removed = rules.apply(pipeline.filters, catalogue, requests, pool)
    scored = score(pipeline.weights, groups, pool)
    listed = bests(scored.score, catalogue.mark[pool.title], pool.bounds(len(requests)), pipeline.rank_size)
    slates = []
    for row, request in enumerate(requests):
        places = listed[row][listed[row] >= 0]
        passed = _merged(removed[row], pool.passed[row])
        slates.append(Slate(views[row], request, moments[row], row, places, passed))
    return Result(facts, scored, slates, _left(unfinished, pool))


def _shards(views: Sequence[View]) -> Iterator[tuple[int, int]]:
    """From where to where moments stand whose markets have the same models."""
    edges = [row for row in range(1, len(views)) if views[row].models is not views[row - 1].models]
    yield from pairwise([0, *edges, len(views)])

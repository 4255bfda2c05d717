"""The stages from requests to slates, over a whole batch at once: sources, filters, scores, the best of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.ragged import starts
from playhead.arrays.top_k import top_k
from playhead.candidates import eligibility
from playhead.candidates import filters as rules
from playhead.candidates.annotations import ProfileBatch
from playhead.candidates.continue_watching import continue_watching
from playhead.candidates.generate import CandidateList, generate
from playhead.candidates.pool import CandidatePool
from playhead.candidates.sources import ProfileSource, SharedSource
from playhead.catalogue.catalogue import Catalogue
from playhead.features.context import ContextBatch, ContextSnapshot
from playhead.features.request import Request
from playhead.models.market_snapshot import MarketSnapshot
from playhead.ranking.score import Scored, ShardRows, Weights, score


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Which parts rank, and how many titles a ranking has. ``recipe.py`` fills it.

    ``shared``: sources that say the same to all profiles of a market on a surface; ``own``: those that do not.
    """

    shared: tuple[SharedSource, ...]
    own: tuple[ProfileSource, ...]
    filters: tuple[tuple[str, rules.Filter], ...]
    weights: Weights
    rank_size: int

    def shelves(self, columns: ContextBatch, row: int) -> Iterator[tuple[str, list[CandidateList]]]:
        """The shelves that each source has for the moment in a row, with the source's name."""
        view = columns.view(row)
        for shared in self.shared:
            yield shared.__name__, shared(view, columns.surface[row])
        for own in self.own:
            yield own.__name__, own(view, columns, row)


class Slate(NamedTuple):
    """The result for one request: places in ``scored``, best first, and what the filters removed."""

    view: MarketSnapshot
    request: Request
    moment: ContextSnapshot
    row: int
    places: NDArray[np.int64]
    removed: dict[str, int]


class Result(NamedTuple):
    """The slates of a batch, with what they were made from.

    begun [moments × titles]: what each has begun and not finished, and may be shown, newest first; -1 for no title.
    """

    columns: ContextBatch
    scored: Scored
    slates: list[Slate]
    begun: NDArray[np.int32]

    @property
    def catalogue(self) -> Catalogue:
        """The titles; markets share it."""
        return self.columns.views[0].catalogue


def candidates(
    pipeline: Pipeline, facts: ContextBatch, profiles: Sequence["RetrievalQuery"]
) -> CandidatePool:
    """What is worth scoring for each moment, before the filters; the markets of all share one shard's models."""
    view = facts.views[0]
    view.prepare()
    shared = [[shelf for source in pipeline.shared for shelf in source(*place)] for place in facts.places]
    own = [
        [*(shelf for source in pipeline.own for shelf in source(facts.view(row), facts, row)), *profile.more]
        for row, profile in enumerate(profiles)
    ]
    found = generate(view, profile_batch(facts, profiles), shared, facts.place_of, own)
    return CandidatePool.of(found, max(view.size, 1))


def profile_batch(facts: ContextBatch, profiles: Sequence["RetrievalQuery"]) -> ProfileBatch:
    """Whom the candidates of moments are for."""
    kinds: dict[tuple[MarketSnapshot, str], int] = {}
    kind = [
        kinds.setdefault((facts.view(row), one.moment.identity.kind), len(kinds))
        for row, one in enumerate(profiles)
    ]
    gone = [eligibility.gone(one.finished) for one in profiles]
    return ProfileBatch(
        facts.recent,
        np.array(kind, dtype=np.int64),
        np.stack([eligibility.barred(*each) for each in kinds]),
        np.array([one.shown_ms for one in profiles], dtype=np.int64),
        np.concatenate(gone),
        starts(map(len, gone)),
    )


class RetrievalQuery(NamedTuple):
    """A profile that candidates are sought for at ``shown_ms``.

    finished: the digests of what it has finished; more: candidates from elsewhere.
    """

    moment: ContextSnapshot
    finished: bytes
    more: list[CandidateList]
    shown_ms: int


def _left(begun: NDArray[np.int32], pool: CandidatePool) -> NDArray[np.int32]:
    """Those that are candidates still, -1 for others."""
    owner = np.repeat(np.arange(len(begun)), begun.shape[1])
    places = pool.place(owner, begun.ravel().astype(np.int64))
    return np.where(places.reshape(begun.shape) >= 0, begun, np.int32(-1))


def retrieval_query(
    request: Request, moment: ContextSnapshot, unfinished: NDArray[np.int32], catalogue: Catalogue
) -> RetrievalQuery:
    """A profile for which a ranking was asked; what it has begun and not finished is a candidate too."""
    finished = catalogue.with_versions(request.finished())
    more = [(unfinished, len(unfinished))]
    return RetrievalQuery(moment, finished, more, request.shown_ms)


def rank(pipeline: Pipeline, asked: Sequence[tuple[MarketSnapshot, Sequence[Request]]]) -> Result:
    """Ranks for profiles, those of each market together; markets of one shard should stand one after the other.

    Most of the time of a small batch goes into calls, not into what is in them: what shards differ in is computed for
    each, all else at once.
    """
    requests = [request for _, mine in asked for request in mine]
    views = [view for view, mine in asked for _ in mine]
    moments = [request.moment() for request in requests]
    facts = ContextBatch(moments, views)
    groups = [ShardRows(facts.between(*ends), *ends) for ends in _shards(views)]
    catalogue = views[0].catalogue
    unfinished = continue_watching(catalogue, facts).title
    profiles = [
        retrieval_query(request, moment, again, catalogue)
        for request, moment, again in zip(requests, moments, unfinished, strict=True)
    ]
    pools = [candidates(pipeline, mine, profiles[first:last]) for mine, first, last in groups]
    pool = CandidatePool.joined(pools, [last - first for _, first, last in groups])
    pool, removed = rules.apply(pipeline.filters, catalogue, requests, pool)
    scored = score(pipeline.weights, groups, pool)
    listed = top_k(scored.score, catalogue.mark[pool.title], pool.bounds(len(requests)), pipeline.rank_size)
    slates = []
    for row, request in enumerate(requests):
        places = listed[row][listed[row] >= 0]
        passed = eligibility.counted(removed[row], pool.passed[row])
        slates.append(Slate(views[row], request, moments[row], row, places, passed))
    return Result(facts, scored, slates, _left(unfinished, pool))


def _shards(views: Sequence[MarketSnapshot]) -> Iterator[tuple[int, int]]:
    """From where to where moments stand whose markets have the same models, and links of the same audience."""
    edges = [row for row in range(1, len(views)) if views[row].links is not views[row - 1].links]
    yield from pairwise([0, *edges, len(views)])

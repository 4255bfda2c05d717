"""The stages from requests to slates, over a whole batch: sources, filters, scores, top-k, exploration, rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.ragged import starts
from playhead.arrays.top_k import top_k
from playhead.arrays.types import Floats, Ids, Ints
from playhead.candidates import eligibility
from playhead.candidates import filters as rules
from playhead.candidates.annotations import ProfileBatch
from playhead.candidates.backfill import BackfillBatch, backfill
from playhead.candidates.cards import Viewers, one_card
from playhead.candidates.continue_watching import continue_watching
from playhead.candidates.generate import CandidateList, generate
from playhead.candidates.pool import CandidatePool
from playhead.candidates.searched import MOST, listed_first, search_results, searched
from playhead.candidates.sources import ProfileSource, SharedSource
from playhead.candidates.watchlist_and_rewatch import watchlist_and_rewatch
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.groups import Groups
from playhead.catalogue.rules import holds
from playhead.features.context import ContextBatch
from playhead.features.context_snapshot import ContextSnapshot
from playhead.features.request import Request
from playhead.models.market_snapshot import MarketSnapshot
from playhead.ranking.artwork import FIRST_PICTURE, ArtworkPolicy
from playhead.ranking.contest import contest
from playhead.ranking.explore import NOTHING_NEW, Exploration, explore
from playhead.ranking.rules import boosts, placed
from playhead.ranking.score import DIGITS, Scored, ShardRows, Weights, score
from playhead.signals.playback import PLAYBACK


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts that rank, and the size of a ranking; configured in ``recipe.py``.

    ``shared``: sources with the same candidate lists for all profiles of a market on a surface; ``own``: sources for each profile.
    """

    shared: tuple[SharedSource, ...]
    own: tuple[ProfileSource, ...]
    filters: tuple[tuple[str, rules.Filter], ...]
    weights: Weights
    rank_size: int
    explore: Exploration = NOTHING_NEW
    artwork: ArtworkPolicy = FIRST_PICTURE

    def candidate_lists(self, columns: ContextBatch, row: int) -> Iterator[tuple[str, list[CandidateList]]]:
        """The candidate lists of each source for the snapshot in a row, with the source's name."""
        view = columns.view(row)
        for shared in self.shared:
            yield shared.__name__, shared(view, columns.surface[row])
        for own in self.own:
            yield own.__name__, own(view, columns, row)


class Slate(NamedTuple):
    """The result for one request: indices in ``scored`` (``places``), best first, with the propensity of each, and the number of candidates removed, by reason."""

    view: MarketSnapshot
    request: Request
    snapshot: ContextSnapshot
    row: int
    places: NDArray[np.int64]
    propensity: Floats
    removed: dict[str, int]


class Result(NamedTuple):
    """The slates of a batch, with their inputs.

    ``in_progress`` [snapshots × titles]: titles that each profile has begun and not finished, and may be shown, newest first; -1 for none;
    ``position_s`` [snapshots × titles]: the position of each; ``watchlist``, ``rewatch`` [snapshots × titles]: ``candidates.watchlist_and_rewatch``;
    ``searched`` [snapshots × titles]: ``candidates.searched``.
    """

    columns: ContextBatch
    scored: Scored
    slates: list[Slate]
    in_progress: NDArray[np.int32]
    position_s: Ints
    watchlist: Ids
    rewatch: Ids
    searched: Ids
    artwork: ArtworkPolicy
    """The policy by which pictures are chosen."""

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, which all markets share."""
        return self.columns.views[0].catalogue


def candidates(
    pipeline: Pipeline, facts: ContextBatch, profiles: Sequence["RetrievalQuery"]
) -> CandidatePool:
    """The candidates of each snapshot, before the filters; the markets of all snapshots share one shard's models."""
    view = facts.views[0]
    view.prepare()
    shared = [[titles for source in pipeline.shared for titles in source(*place)] for place in facts.places]
    own = [
        [
            *(titles for source in pipeline.own for titles in source(facts.view(row), facts, row)),
            *profile.more,
        ]
        for row, profile in enumerate(profiles)
    ]
    who = profile_batch(facts, profiles)
    generated = generate(view, who, shared, facts.place_of, own)
    groups = view.index.groups
    if groups is not None:
        generated = one_card(groups, generated, who, viewers(facts, profiles), facts, view.catalogue)
    return CandidatePool.of(generated, max(view.size, 1))


def filled(
    pipeline: Pipeline,
    facts: ContextBatch,
    requests: list[Request],
    profiles: Sequence["RetrievalQuery"],
    pool: CandidatePool,
) -> tuple[CandidatePool, list[dict[str, int]]]:
    """The candidates that pass every filter, backfilled from the catalogue where they are too few; and the number removed, by reason."""
    pool, removed = rules.apply(pipeline.filters, facts.views[0].catalogue, requests, pool)
    have = np.bincount(pool.owner, minlength=len(requests))
    if have.min(initial=pipeline.rank_size) < pipeline.rank_size:
        asked = BackfillBatch(requests, facts, profile_batch(facts, profiles), viewers(facts, profiles))
        pool = backfill(pipeline.filters, asked, pool, pipeline.rank_size, removed)
    return pool, removed


def viewers(facts: ContextBatch, profiles: Sequence["RetrievalQuery"]) -> Viewers:
    """The titles that profiles are watching, and their devices."""
    devices = [profile.snapshot.identity.device for profile in profiles]
    return Viewers.of(facts.views[0].catalogue, [profile.watching for profile in profiles], devices)


def profile_batch(facts: ContextBatch, profiles: Sequence["RetrievalQuery"]) -> ProfileBatch:
    """The profiles of snapshots as the input of candidate generation."""
    kinds: dict[tuple[MarketSnapshot, str], int] = {}
    kind = [
        kinds.setdefault((facts.view(row), profile.snapshot.identity.kind), len(kinds))
        for row, profile in enumerate(profiles)
    ]
    gone = [eligibility.gone(profile.finished) for profile in profiles]
    return ProfileBatch(
        facts.recent,
        np.array(kind, dtype=np.int64),
        np.stack([eligibility.barred(*audience) for audience in kinds]),
        np.array([profile.shown_ms for profile in profiles], dtype=np.int64),
        np.concatenate(gone),
        starts(map(len, gone)),
    )


class RetrievalQuery(NamedTuple):
    """A profile to generate candidates for, at ``shown_ms``.

    ``finished``: the digests of its finished titles; ``more``: further candidate lists; ``watching``: the title that it is watching.
    """

    snapshot: ContextSnapshot
    finished: bytes
    more: list[CandidateList]
    shown_ms: int
    watching: str = ""


def _left(in_progress: NDArray[np.int32], pool: CandidatePool, groups: Groups | None) -> NDArray[np.int32]:
    """The titles in progress that passed the filters, -1 for others; of a work the version that is a candidate."""
    owner = np.repeat(np.arange(len(in_progress)), in_progress.shape[1])
    title = in_progress.ravel().astype(np.int64)
    if groups is not None:
        title = groups.shown_for(owner, title, pool.owner, pool.title)
    places = pool.place(owner, title)
    return np.where(places >= 0, title, -1).reshape(in_progress.shape).astype(np.int32)


def retrieval_query(
    request: Request, snapshot: ContextSnapshot, unfinished: NDArray[np.int32], catalogue: Catalogue
) -> RetrievalQuery:
    """The query for a request; titles in progress, titles included by rules and search results are candidates, too."""
    finished = catalogue.with_versions(request.finished(), finished=True)
    more = [(unfinished, len(unfinished)), *_included(request, catalogue)]
    results = searched(request, catalogue)[:MOST].astype(np.int32)
    if len(results):
        more.append((results, len(results)))
    watching = PLAYBACK.of(request.profile).on_at(request.at_ms // 1000)
    return RetrievalQuery(snapshot, finished, more, request.shown_ms, watching)


def _included(request: Request, catalogue: Catalogue) -> Iterator[CandidateList]:
    """Candidate lists of the titles that business rules include or pin."""
    for rule in catalogue.rules.of("include", "pin"):
        if holds(rule, rules.place_of(request)):
            titles = np.flatnonzero(catalogue.rules.titles(rule, catalogue)).astype(np.int32)
            yield titles, len(titles)


def rank(
    pipeline: Pipeline,
    asked: Sequence[tuple[MarketSnapshot, Sequence[Request]]],
    weights: Sequence[Weights] | None = None,
) -> Result:
    """Ranks for requests, which are grouped by market; markets of one shard should be adjacent.

    Most of the time of a small batch is overhead of calls, so only what depends on the shard is computed for
    each shard, all else at once. ``weights``: of each request, if they differ from the pipeline's.
    """
    requests = [request for _, mine in asked for request in mine]
    views = [view for view, mine in asked for _ in mine]
    snapshots = [request.snapshot() for request in requests]
    facts = ContextBatch(snapshots, views)
    groups = [ShardRows(facts.between(*ends), *ends) for ends in _shards(views)]
    catalogue = views[0].catalogue
    unfinished, position_s = continue_watching(catalogue, facts)
    profiles = [
        retrieval_query(request, snapshot, begun, catalogue)
        for request, snapshot, begun in zip(requests, snapshots, unfinished, strict=True)
    ]
    pools = [candidates(pipeline, mine, profiles[first:last]) for mine, first, last in groups]
    pool = CandidatePool.joined(pools, [last - first for _, first, last in groups])
    pool, removed = filled(pipeline, facts, requests, profiles, pool)
    scored = score(weights or [pipeline.weights] * len(requests), groups, pool)
    if catalogue.rules:
        scored = scored._replace(score=np.round(scored.score + boosts(catalogue, requests, pool), DIGITS))
    catalogue_groups = views[0].index.groups
    first = listed_first(catalogue, requests, pool, catalogue_groups)
    order = scored.score if first is None else scored.score + first
    listed = top_k(order, catalogue.digest[pool.title], pool.bounds(len(requests)), pipeline.rank_size)
    explored = explore(pipeline.explore, facts, groups, requests, scored, listed)
    contest(pipeline.explore, groups, requests, scored, explored)
    listed, propensity = placed(catalogue, requests, scored, explored.listed, explored.propensity)
    slates = []
    for row, request in enumerate(requests):
        there = listed[row] >= 0
        passed = eligibility.counted(removed[row], pool.passed[row])
        slates.append(
            Slate(
                views[row], request, snapshots[row], row, listed[row][there], propensity[row][there], passed
            )
        )
    in_progress = _left(unfinished, pool, catalogue_groups)
    own = watchlist_and_rewatch(pipeline.filters, facts, requests)
    results = search_results(pipeline.filters, catalogue, requests, pool, scored.score, catalogue_groups)
    return Result(facts, scored, slates, in_progress, position_s, *own, results, pipeline.artwork)


def _shards(views: Sequence[MarketSnapshot]) -> Iterator[tuple[int, int]]:
    """Ranges of consecutive snapshots whose markets have the same models, and the same item-to-item models."""
    edges = [row for row in range(1, len(views)) if views[row].links is not views[row - 1].links]
    yield from pairwise([0, *edges, len(views)])

"""Each title's way through a ranking: its sources, what removed it, the parts of its score, and its place."""

from typing import NamedTuple

import numpy as np

from playhead.arrays.ragged import starts
from playhead.arrays.top_k import top_k
from playhead.candidates.continue_watching import continue_watching
from playhead.candidates.generate import CandidateList, generate
from playhead.candidates.pool import CandidatePool
from playhead.candidates.searched import listed_first
from playhead.features.context import ContextBatch, previous
from playhead.features.request import Request
from playhead.labels.definitions import HEADS
from playhead.models.choice_features import PLACES
from playhead.models.market_snapshot import MarketSnapshot
from playhead.ranking.choice import features
from playhead.ranking.contest import contest
from playhead.ranking.explore import explore
from playhead.ranking.outcomes import expected_watch_s, outcome_probabilities
from playhead.ranking.pipeline import (
    Pipeline,
    RetrievalQuery,
    candidates,
    filled,
    profile_batch,
    retrieval_query,
)
from playhead.ranking.rules import boosts, placed
from playhead.ranking.score import DIGITS, FINISH, LONG_VIEW, Scored, ShardRows, Weights, score

LINKED, IN_PROGRESS, CARD, CATALOGUE = "linked", "begun", "card", "catalogue"
"""Sources beside those of the recipe: what is linked to the last titles; what was begun and not finished; what stands for its
series or work; the catalogue itself, where the others ran dry.
"""


class SourcePlace(NamedTuple):
    """A title's place in a candidate list (from 1; links have none), and whether that made it a candidate."""

    source: str
    place: int | None
    took: bool


class Way(NamedTuple):
    """One title's way through a ranking.

    after: the watched title it is linked to the most; removed_by: the filter; parts: what each group of features, and
    each outcome by its value, adds to the score, in log-odds; place: from 1, over all that were scored, in the list first.
    """

    title_id: str
    name: str
    standings: list[SourcePlace]
    candidate: bool
    after: str | None = None
    removed_by: str | None = None
    parts: dict[str, float] | None = None
    heads: dict[str, float] | None = None
    watch_s: float | None = None
    score: float | None = None
    place: int | None = None
    shown: bool = False


class Ways:
    """The ways of all titles through the ranking for one request."""

    def __init__(self, view: MarketSnapshot, request: Request, pipeline: Pipeline) -> None:
        self._view, self._request, self._pipeline = view, request, pipeline
        snapshot = request.snapshot()
        self._facts = ContextBatch([snapshot], [view])
        query = retrieval_query(
            request, snapshot, continue_watching(view.catalogue, self._facts).title[0], view.catalogue
        )
        self._pool = candidates(pipeline, self._facts, [query])
        self._linked = self._drawn(query)
        self._by_half_life = [
            (source, candidate_list)
            for source, candidate_lists in pipeline.candidate_lists(self._facts, 0)
            for candidate_list in candidate_lists
        ] + [(IN_PROGRESS, candidate_list) for candidate_list in query.more]
        self._removed: dict[int, str] = {}
        left = self._filtered()
        pool, _ = filled(pipeline, self._facts, [request], [query], self._pool)
        self._added = set(np.setdiff1d(pool.title, left.title).tolist())
        self._scored = score([pipeline.weights], [ShardRows(self._facts, 0, 1)], pool)
        self._parts = _parts(pipeline.weights, view, self._facts, self._scored)
        if view.catalogue.rules:
            self._boost()
        scores, ties = self._scored.score, view.catalogue.digest[self._scored.pool.title]
        results = listed_first(view.catalogue, [request], self._scored.pool, view.index.groups)
        scores = scores if results is None else scores + results
        order = top_k(scores, ties, starts([len(scores)]), len(scores))
        best = order[:, : pipeline.rank_size]
        alone = [ShardRows(self._facts, 0, 1)]
        explored = explore(pipeline.explore, self._facts, alone, [request], self._scored, best)
        contest(pipeline.explore, alone, [request], self._scored, explored)
        there = explored.listed, explored.propensity
        listed = placed(view.catalogue, [request], self._scored, *there)[0][0].tolist()
        first = [at for at in listed if at >= 0]
        self._order = first + [at for at in order[0].tolist() if at not in first]
        self._listed = len(first)
        self._place = {at: place for place, at in enumerate(self._order, 1)}
        self._at = {title: at for at, title in enumerate(self._scored.pool.title.tolist())}

    def _boost(self) -> None:
        added = boosts(self._view.catalogue, [self._request], self._scored.pool)
        self._scored = self._scored._replace(score=np.round(self._scored.score + added, DIGITS))
        for parts, boost in zip(self._parts, np.round(added, 4).tolist(), strict=True):
            parts["rules"] = boost

    def _drawn(self, query: RetrievalQuery) -> set[int]:
        generated = generate(
            self._view, profile_batch(self._facts, [query]), [[]], self._facts.place_of, [[]]
        )
        return set(generated.titles.tolist())

    def _filtered(self) -> CandidatePool:
        pool = self._pool
        for name, rule in self._pipeline.filters:
            keep = rule(self._view.catalogue, [self._request], pool)
            self._removed |= dict.fromkeys(pool.title[~keep].tolist(), name)
            pool = pool.only(keep)
        return pool

    def ranked(self) -> list[Way]:
        """The ways of all scored titles: those of the list in their places, then the others, best first."""
        return [self.of(self._scored.pool.title[at]) for at in self._order]

    def removed(self) -> list[Way]:
        """The ways of candidates that filters removed, in the order of filters."""
        return [self.of(title) for title in self._removed]

    def of(self, title: int) -> Way:
        """A title's way, by its number, whether it was a candidate or not."""
        catalogue = self._view.catalogue
        way = Way(
            catalogue.titles.name(title), catalogue.name(title), self._standings(title), self._is_in(title)
        )
        if title in self._at:
            return self._scored_way(way, self._at[title])
        return way._replace(removed_by=self._removed.get(title) or self._barred_by(title))

    def named(self, title_id: str) -> Way | None:
        """A title's way, by its id or by its name; None for one that is unknown."""
        catalogue = self._view.catalogue
        number = catalogue.titles.get(title_id)
        if number < 0:
            wanted = title_id.casefold()
            numbers = catalogue.where(lambda title: title.name.casefold() == wanted)
            number = int(numbers[0]) if len(numbers) else -1
        return None if number < 0 else self.of(number)

    def _scored_way(self, way: Way, at: int) -> Way:
        scored, catalogue = self._scored, self._view.catalogue
        recent = previous(self._request.snapshot().history, self._request.at_ms // 1000 + 1)
        lag, place = int(scored.pool.lag[at]), self._place[at]
        number, outcomes = scored.pool.title[at : at + 1], scored.outcomes[at : at + 1]
        return way._replace(
            after=recent[lag] if 0 <= lag < len(recent) else None,
            parts=self._parts[at],
            heads=dict(zip(HEADS, np.round(outcome_probabilities(outcomes)[0], 4).tolist(), strict=True)),
            watch_s=round(float(expected_watch_s(outcomes, catalogue.duration_s[number])[0]), 1),
            score=float(scored.score[at]),
            place=place,
            shown=place <= self._listed,
        )

    def _is_in(self, title: int) -> bool:
        return bool(self._scored.pool.place(np.array([0]), np.array([title]))[0] >= 0) or self._was_in(title)

    def _was_in(self, title: int) -> bool:
        return bool(self._pool.place(np.array([0]), np.array([title]))[0] >= 0)

    def _standings(self, title: int) -> list[SourcePlace]:
        standings = [SourcePlace(LINKED, None, took=self._was_in(title))] if title in self._linked else []
        for source, listed in self._by_half_life:
            standing = self._standing(source, listed, title)
            if standing is not None:
                standings.append(standing)
        if title in self._added:
            standings.append(SourcePlace(CATALOGUE, None, took=True))
        elif self._was_in(title) and not any(standing.took for standing in standings):
            standings.append(SourcePlace(CARD, None, took=True))
        return standings

    def _standing(self, source: str, listed: CandidateList, title: int) -> SourcePlace | None:
        """The title's standing in a candidate list, None if it is not in it; the list's first eligible titles become candidates."""
        titles, quota = listed
        places = np.flatnonzero(titles == title)
        if not len(places):
            return None
        before = titles[: places[0]].astype(np.int64)
        given = int((self._pool.place(np.zeros(len(before), dtype=np.int64), before) >= 0).sum())
        return SourcePlace(source, 1 + int(places[0]), took=given < quota and self._was_in(title))

    def _barred_by(self, title: int) -> str | None:
        """The filter that would remove a title that is no candidate, as the walk over lists skips such titles."""
        numbers = np.array([title], dtype=np.int64)
        nobody = np.zeros(1, dtype=np.int64)
        alone = CandidatePool.unlinked(nobody, numbers, self._pool.titles, 1)
        for name, rule in self._pipeline.filters:
            if not rule(self._view.catalogue, [self._request], alone).all():
                return name
        return None


def _parts(
    weights: Weights, view: MarketSnapshot, facts: ContextBatch, scored: Scored
) -> list[dict[str, float]]:
    """The parts of each score: what each group of features, and each outcome by its value, adds."""
    added = features(facts, scored.pool) * view.models.blend.weights(facts.blocks)[0]
    columns = {name: added[:, where].sum(axis=1) for name, where in PLACES.items()}
    heads = np.log(outcome_probabilities(scored.outcomes))
    columns["value of a long view"] = weights.long_view * heads[:, LONG_VIEW]
    columns["value of a finish"] = weights.finish * heads[:, FINISH]
    if scored.pool.goes_on.any():
        columns["goes on with a series"] = weights.goes_on * scored.pool.goes_on
    names, values = list(columns), np.stack(list(columns.values()), axis=1)
    return [dict(zip(names, row, strict=True)) for row in np.round(values, 4).tolist()]

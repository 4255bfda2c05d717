"""Quality measures of rankings for metrics, most of them on a sample, as they cost a good part of a ranking."""

from collections import Counter

import numpy as np

from playhead.arrays.types import Ints
from playhead.candidates.backfill import RAN_DRY
from playhead.domain.stats import SlateStats, Stats
from playhead.models.market_snapshot import MarketSnapshot
from playhead.page.records import EncodedRanking
from playhead.ranking.pipeline import Pipeline, Result, Slate
from playhead.signals.exposure import EXPOSURE

SAMPLED = 64
"""One ranking in this many is measured, selected by its id, which is a digest, so that replays select the same ones. One in 8 took 6 % of the core's time."""
FIRST = 10
"""Number of first titles that are measured: those on screen without scrolling."""
LEAST = 2.0**-40
"""Floor of a share, so that a title that nobody ever chose has a finite novelty."""


def sample_quality(pipeline: Pipeline, result: Result, answers: list[EncodedRanking], stats: Stats) -> None:
    """Adds the measures of these rankings to the statistics of their batch."""
    for slate, answer in zip(result.slates, answers, strict=True):
        stats.rankings[slate.view.market] += 1
        for reason, count in answer.removed.items():
            if reason == RAN_DRY:
                stats.backfilled += count
            else:
                stats.removed[reason] += count
        stats.items += answer.titles
        if is_sampled(answer.ranking_id) and len(slate.places):
            stats.slates.append(_stats(pipeline, result, slate))


def is_sampled(ranking_id: str) -> bool:
    """Whether a ranking is measured."""
    return int(ranking_id[-2:], 16) % SAMPLED == 0


def _stats(pipeline: Pipeline, result: Result, slate: Slate) -> SlateStats:
    view, places = slate.view, slate.places[:FIRST]
    titles = result.scored.pool.title[places]
    seen = EXPOSURE.of(slate.request.profile).counted()
    names = view.catalogue.titles
    share = np.maximum(view.popular(titles), LEAST)
    return SlateStats(
        titles=tuple(titles.tolist()),
        known=view.size,
        novelty_bits=float(-np.log2(share).mean()),
        diversity=_diversity(view, titles),
        repeated=sum(names.name(number) in seen for number in titles.tolist()),
        tagged=int((view.catalogue.tags.tag_of[titles, 0] >= 0).sum()),
        sources=_sources(pipeline, result, slate, titles),
    )


def _diversity(view: MarketSnapshot, titles: Ints) -> float:
    """The Gini-Simpson index of first labels (Simpson, 1949); titles without a label differ from all."""
    pairs = len(titles) * (len(titles) - 1)
    labels = view.catalogue.label_of[titles, 0]
    alike = sum(count * (count - 1) for label, count in Counter(labels.tolist()).items() if label >= 0)
    return 1.0 - alike / pairs if pairs else 1.0


def _sources(pipeline: Pipeline, result: Result, slate: Slate, titles: Ints) -> dict[str, int]:
    counts: dict[str, int] = {}
    for source, candidate_lists in pipeline.candidate_lists(result.columns, slate.row):
        first = [candidate_list[:quota] for candidate_list, quota in candidate_lists]
        counts[source] = int(np.isin(titles, np.concatenate(first)).sum()) if first else 0
    counts["linked"] = int((result.scored.pool.lag[slate.places[:FIRST]] >= 0).sum())
    counts["begun"] = int(np.isin(titles, result.in_progress[slate.row]).sum())
    return counts

"""From slates to the records of the wire: rankings as consumers read them, decisions as evaluation reads them."""

from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from playhead.content.catalogue import Catalogue
from playhead.domain.rankings import Cause, Decision, RankedItem, Ranking
from playhead.ranking.chances import watched
from playhead.ranking.moments import previous
from playhead.ranking.page import rows
from playhead.ranking.pipeline import Result, Slate
from playhead.ranking.reasons import Shares, reasons, shares
from playhead.ranking.score import BINGE, CLICK, FINISH


class Answer(NamedTuple):
    """What is said of one request."""

    ranking: Ranking
    decision: Decision


class Stamp(NamedTuple):
    """What delivery adds to a ranking: its version, its cause, and when it was computed."""

    version: int
    cause: Cause
    computed_at: int


class Columns(NamedTuple):
    """What the items of a whole batch need, as lists by place in the pool's chosen part."""

    score: list[float]
    heads: list[list[float]]
    watch_s: list[float]
    label: list[str]
    number: list[int]
    parts: Shares


def answer(result: Result, stamps: list[Stamp]) -> list[Answer]:
    """The records of every slate, in order."""
    chosen = _columns(result)
    versions = result.view.versions()
    answers, first = [], 0
    for slate, stamp in zip(result.slates, stamps, strict=True):
        last = first + len(slate.places)
        answers.append(_answer(result, slate, stamp, versions, chosen, range(first, last)))
        first = last
    return answers


def _columns(result: Result) -> Columns:
    scored, catalogue = result.scored, result.view.catalogue
    places = (
        np.concatenate([slate.places for slate in result.slates]) if result.slates else np.empty(0, np.int64)
    )
    owner, number = scored.pool.owner[places], scored.pool.title[places]
    labels = catalogue.label_of[number]
    lifts = np.where(labels >= 0, result.columns.lift[owner[:, None], np.maximum(labels, 0)], -np.inf)
    liked = labels[np.arange(len(places)), lifts.argmax(axis=1)] if len(places) else labels[:, 0]
    names = catalogue.labels.names()
    watch_s = watched(scored.outcomes[places], catalogue.duration_s[number])
    return Columns(
        score=scored.score[places].tolist(),
        heads=np.round(scored.heads[places], 4).tolist(),
        watch_s=np.round(watch_s, 1).tolist(),
        label=[names[label] if label >= 0 else "" for label in liked.tolist()],
        number=number.tolist(),
        parts=shares(scored.told[:, places], [len(slate.places) for slate in result.slates]),
    )


def _answer(
    result: Result, slate: Slate, stamp: Stamp, versions: dict[str, int], chosen: Columns, places: range
) -> Answer:
    request, view = slate.request, result.view
    recent = previous(request.moment().history, request.at_ms // 1000 + 1)
    lags = result.scored.pool.lag[slate.places].tolist()
    followed = [recent[lag] if 0 <= lag < len(recent) else "" for lag in lags]
    newest = recent[0] if recent else ""  # what the sequence says without a link, the last title says most of
    items = tuple(
        _item(view.catalogue, chosen, at, after or newest) for at, after in zip(places, followed, strict=True)
    )
    titles = [chosen.number[at] for at in places]
    market = request.identity.market
    ranking_id = ranking_id_of(request.profile_id, stamp)
    ranking = Ranking(
        ranking_id=ranking_id,
        profile_id=request.profile_id,
        surface=request.surface,
        version=stamp.version,
        computed_at=stamp.computed_at,
        market=market,
        caused_by=stamp.cause,
        model_versions=versions,
        experiments={},
        items=items,
        rows=rows(view, request, titles, followed, slate.begun),
    )
    decision = Decision(
        ranking_id=ranking_id,
        profile_id=request.profile_id,
        surface=request.surface,
        version=stamp.version,
        computed_at=stamp.computed_at,
        market=market,
        model_versions=versions,
        experiments={},
        title_ids=tuple(item.title_id for item in items),
        propensities=(1.0,) * len(items),
        removed=slate.removed,
    )
    return Answer(ranking, decision)


def _item(catalogue: Catalogue, chosen: Columns, at: int, after: str) -> RankedItem:
    heads, number = chosen.heads[at], chosen.number[at]
    entry = catalogue.entries.get(number)
    return RankedItem(
        title_id=catalogue.titles.name(number),
        score=chosen.score[at],
        p_click=heads[CLICK],
        p_finish=heads[FINISH],
        p_binge=heads[BINGE],
        expected_watch_s=chosen.watch_s[at] or None,
        artwork_id=entry.artworks[0].artwork_id if entry and entry.artworks else None,
        propensity=1.0,
        reasons=reasons(chosen.parts, at, chosen.label[at], after),
    )


def ranking_id_of(profile_id: str, stamp: Stamp) -> str:
    """The same ranking has the same id, however often it is emitted."""
    named = f"{profile_id}/{stamp.version}/{stamp.cause.event_id}/{stamp.cause.offset}"
    return blake2b(named.encode(), digest_size=12).hexdigest()

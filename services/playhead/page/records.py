"""Encodes the records of slates: rankings for consumers, and decisions for evaluation."""

from hashlib import blake2b
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from msgspec import Raw
from msgspec.json import Encoder
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.texts import Texts
from playhead.arrays.types import Floats, Ints
from playhead.domain import rankings
from playhead.domain.rankings import Cause
from playhead.features.context import previous
from playhead.page.artwork import PictureChooser
from playhead.page.encoding import AFTER, PROPENSITY_DIGITS, Items, Words, decimals, items, joined, names
from playhead.page.kinds import Page
from playhead.page.naming import may_name
from playhead.page.reasons import shares
from playhead.page.rows import ListedTitles, PreEncodedRow, page_rows
from playhead.ranking.outcomes import expected_watch_s, outcome_probabilities
from playhead.ranking.pipeline import Result, Slate

_encoder = Encoder()
_NONE = Raw(b"[]")


class EncodedRanking(NamedTuple):
    """An encoded ranking with its decision; ``titles``: number of its titles; ``removed``: number of candidates removed, by reason."""

    ranking_id: str
    ranking: bytes
    decision: bytes
    titles: int
    removed: dict[str, int]


class Stamp(NamedTuple):
    """The fields that delivery adds to a ranking: its version, its cause, and when it was computed."""

    version: int
    cause: Cause
    computed_at: int


class PreEncodedRanking(rankings.Ranking, frozen=True, kw_only=True, gc=False):
    """A ranking whose items are encoded already."""

    items: Raw  # type: ignore[assignment]  # the same bytes
    rows: list[PreEncodedRow]  # type: ignore[assignment]


class PreEncodedDecision(rankings.Decision, frozen=True, kw_only=True, gc=False):
    """A decision whose ids are encoded already."""

    title_ids: Raw  # type: ignore[assignment]
    propensities: Raw  # type: ignore[assignment]
    artwork_ids: Raw = _NONE  # type: ignore[assignment]
    artwork_propensities: Raw = _NONE  # type: ignore[assignment]


def encode_rankings(result: Result, stamps: list[Stamp], page: Page) -> list[EncodedRanking]:
    """The records of all slates, in order, with their pages."""
    if not result.slates:
        return []
    places = np.concatenate([slate.places for slate in result.slates])
    bounds = starts(len(slate.places) for slate in result.slates)
    pool, catalogue = result.scored.pool, result.catalogue
    title, words = pool.title[places], _words(catalogue.title_texts)
    shown = ListedTitles(bounds, title, pool.lag[places], *names(title, words))
    chooser, pictures = PictureChooser(result), _words(catalogue.artworks.texts)
    chosen = chooser.choose(pool.owner[places], title)
    written, stops = names(chosen.picture, pictures)
    propensity = np.concatenate([slate.propensity for slate in result.slates])
    likely, likely_ends = decimals(propensity, PROPENSITY_DIGITS)
    drawn, drawn_ends = decimals(chosen.propensity, PROPENSITY_DIGITS)
    encoded, ends = items(
        _contents(result, shown, places, chosen.picture, propensity),
        words,
        pictures,
        _words(catalogue.label_texts),
        _words(_unknown_titles(result)),
    )
    pages = page_rows(page, result, words, chooser, pictures)
    versions = {view: view.versions() for view in result.columns.views}
    answers = []
    for slate, stamp, rows, (first, last) in zip(
        result.slates, stamps, pages, pairwise(bounds.tolist()), strict=True
    ):
        listed = Raw(joined(encoded, ends[first], ends[last]))
        decided: dict[str, Any] = {
            "title_ids": Raw(joined(shown.ids, shown.ends[first], shown.ends[last])),
            "propensities": Raw(joined(likely, likely_ends[first], likely_ends[last])),
        }
        if (chosen.picture[first:last] >= 0).any():
            decided["artwork_ids"] = Raw(joined(written, stops[first], stops[last]))
            decided["artwork_propensities"] = Raw(joined(drawn, drawn_ends[first], drawn_ends[last]))
        answers.append(_answer(slate, stamp, versions[slate.view], listed, decided, rows, last - first))
    return answers


def _contents(result: Result, shown: ListedTitles, places: Ints, picture: Ints, propensity: Floats) -> Items:
    scored, catalogue, columns = result.scored, result.catalogue, result.columns
    owner, outcomes = scored.pool.owner[places], scored.outcomes[places]
    # With a single place its memory layout differs, for which numba would compile another version.
    by_group = np.ascontiguousarray(scored.by_group[:, places])
    lag, parts = np.maximum(shown.lag, 0), shares(by_group, shown.bounds)
    parts[AFTER, ~may_name(result, columns.recent)[owner, lag]] = 0
    return Items(
        title=shown.title,
        picture=picture,
        owner=owner,
        score=scored.score[places],
        heads=np.round(outcome_probabilities(outcomes), 4),
        watch_s=np.round(expected_watch_s(outcomes, catalogue.duration_s[shown.title]), 1),
        propensity=propensity,
        parts=parts,
        label=_liked(columns.affinity, owner, catalogue.label_of, shown.title),
        after=columns.recent[owner, lag].astype(np.int64),
    )


@compiled
def _liked(affinity: Floats, owner: Ints, label_of: NDArray[np.int32], title: Ints) -> Ints:
    """The label of each title with the highest affinity of its profile, the first of equal ones; -1 for none."""
    labels = np.full(len(title), -1)
    for n in range(len(title)):
        for label in label_of[title[n]]:
            if label >= 0 and (labels[n] < 0 or affinity[owner[n], label] > affinity[owner[n], labels[n]]):
                labels[n] = label
    return labels


def _unknown_titles(result: Result) -> Texts:
    """The title that each profile chose last, for profiles whose last title this process does not know."""
    texts = Texts()
    for row in np.flatnonzero(result.columns.recent[:, 0] < 0).tolist():
        snapshot = result.slates[row].snapshot
        for title_id in previous(snapshot.history, snapshot.until_s, most=1):
            texts.put(row, title_id)
    return texts


def _words(texts: Texts) -> Words:
    return Words(texts.bytes, texts.spans)


def _answer(
    slate: Slate,
    stamp: Stamp,
    versions: dict[str, int],
    listed: Raw,
    decided: dict[str, Any],
    rows: list[PreEncodedRow],
    size: int,
) -> EncodedRanking:
    request = slate.request
    ranking_id = ranking_id_of(request.profile_id, stamp)
    both: dict[str, Any] = {
        "ranking_id": ranking_id,
        "profile_id": request.profile_id,
        "surface": request.surface,
        "version": stamp.version,
        "computed_at": stamp.computed_at,
        "market": request.identity.market,
        "model_versions": versions,
        "experiments": dict(request.arms),
    }
    ranking = PreEncodedRanking(**both, caused_by=stamp.cause, items=listed, rows=rows)
    decision = PreEncodedDecision(**both, **decided, removed=slate.removed)
    return EncodedRanking(
        ranking_id, _encoder.encode(ranking), _encoder.encode(decision), size, slate.removed
    )


def ranking_id_of(profile_id: str, stamp: Stamp) -> str:
    """The id of a ranking, the same each time it is emitted."""
    named = f"{profile_id}/{stamp.version}/{stamp.cause.event_id}/{stamp.cause.offset}"
    return blake2b(named.encode(), digest_size=12).hexdigest()

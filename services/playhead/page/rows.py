"""Encoded rows of pages, for a whole batch at once: their ids, names, titles, pictures and positions."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from msgspec import Raw

from playhead.arrays.hashing import digest
from playhead.arrays.ragged import starts
from playhead.arrays.types import Bytes, Ints
from playhead.catalogue.tags.seasons import season_at, season_name
from playhead.catalogue.words import noun
from playhead.domain import rankings
from playhead.domain.fields import UNKNOWN_MARKET
from playhead.page.artwork import PictureChooser
from playhead.page.encoding import Words, joined, names
from playhead.page.gathering import gather
from playhead.page.headings import ENGLISH, heading, language_of, micro_genre, part_of_day
from playhead.page.kinds import SLOT, SLOTS, Page
from playhead.page.layout import PageLayout, lay_out
from playhead.page.micro import Topics
from playhead.ranking.pipeline import Result, Slate
from playhead.signals.search import SEARCH

MOST_ID, MOST_NAME = 128, 512
"""Most characters of a row's id and of its name."""
_CONTINUE = SLOT["continue_watching", 0]


class PreEncodedRow(rankings.Row, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A row whose ids are encoded already."""

    title_ids: Raw  # type: ignore[assignment]  # the same bytes
    artwork_ids: Raw | tuple[()] = ()  # type: ignore[assignment]


class ListedTitles(NamedTuple):
    """The ranked lists of a batch, concatenated: where each begins [lists + 1], titles, lags, and ids as returned by ``names``."""

    bounds: Ints
    title: Ints
    lag: Ints
    ids: Bytes
    ends: Ints


def page_rows(
    page: Page, result: Result, titles: Words, chooser: PictureChooser, pictures: Words
) -> list[list[PreEncodedRow]]:
    """The rows of each page, top first, each with titles."""
    candidates = gather(page, result, _listed(result))
    layout = lay_out(page, result, candidates)
    shown = layout.title >= 0
    ids, ends = names(layout.title[shown], titles)
    bounds = starts(shown.sum(axis=2).ravel().tolist())
    stops = ends[bounds].tolist()
    art = _art(layout, chooser, pictures, bounds)
    most = layout.slot.shape[1]
    pages = []
    for row, (slate, slots) in enumerate(zip(result.slates, layout.slot.tolist(), strict=True)):
        rows = []
        for place, slot in enumerate(slots):
            if slot < 0:
                break
            at = row * most + place
            written = Raw(joined(ids, stops[at], stops[at + 1]))
            row_id, name = _named(result, slate, slot, candidates.topics)
            positions_s = _positions(result, layout, row, place) if slot == _CONTINUE else ()
            rows.append(
                PreEncodedRow(
                    row_id=row_id,
                    name=name,
                    title_ids=written,
                    positions_s=positions_s,
                    artwork_ids=art[at],
                )
            )
        pages.append(rows)
    return pages


def _art(layout: PageLayout, chooser: PictureChooser, pictures: Words, bounds: Ints) -> list[Raw | tuple[()]]:
    """The encoded picture ids of each row; ``bounds``: where the cards of each row begin among all cards shown."""
    shown = layout.title >= 0
    chosen = chooser.choose(np.nonzero(shown)[0], layout.title[shown].astype(np.int64)).picture
    ids, ends = names(chosen, pictures)
    with_art = np.concatenate([[0], np.cumsum(chosen >= 0)])[bounds]
    stops = ends[bounds].tolist()
    return [
        Raw(joined(ids, *between)) if more else ()
        for between, more in zip(pairwise(stops), np.diff(with_art).tolist(), strict=True)
    ]


def _listed(result: Result) -> Ints:
    """Places in the pool of the titles of each list, [lists × titles], -1 behind the last."""
    listed = np.full((len(result.slates), max(len(slate.places) for slate in result.slates)), -1)
    for row, slate in enumerate(result.slates):
        listed[row, : len(slate.places)] = slate.places
    return listed


def _positions(result: Result, layout: PageLayout, row: int, place: int) -> tuple[int, ...]:
    """The position at which to resume each title of a row, in seconds."""
    in_progress, position_s = result.in_progress[row].tolist(), result.position_s[row].tolist()
    stands = dict(zip(in_progress, position_s, strict=True))
    return tuple(stands[title] for title in layout.title[row, place].tolist() if title >= 0)


def _named(result: Result, slate: Slate, slot: int, topics: Topics) -> tuple[str, str]:
    """The id and the name of a row."""
    kind, place = SLOTS[slot]
    identity, catalogue = slate.request.identity, result.catalogue
    language = language_of(identity.language)
    row_id, about = kind, ""
    if kind in {"trending", "popular"}:
        kind, about = (
            (f"{kind}_anywhere", "") if identity.market == UNKNOWN_MARKET else (kind, identity.market)
        )
    elif kind == "tonight":
        kind = _moment(result, slate)
    elif kind == "season":
        kind = season_name(season_at(slate.snapshot.until_s, identity.utc_offset_min))
    elif kind == "search_results":
        about = SEARCH.of(slate.request.profile).query
    elif kind == "micro_genre":
        label = catalogue.labels.name(int(topics.label[slate.row, place]))
        facet = catalogue.facet(int(topics.facet[slate.row, place]))
        row_id, about = _id(kind, f"{label}_{facet}"), micro_genre(language, label, facet)
    elif kind == "genre":
        label = catalogue.labels.name(int(topics.label[slate.row, place]))
        row_id, about = (
            _id(kind, label),
            noun(label) if language == ENGLISH else label[:1].upper() + label[1:],
        )
    elif kind in {"because", "more_like_this"}:
        number = int(result.columns.recent[slate.row, place])
        about = catalogue.name(number)
        row_id = _id(kind, catalogue.titles.name(number)) if kind == "because" else kind
    return row_id, heading(language, kind, about)[:MOST_NAME]


def _moment(result: Result, slate: Slate) -> str:
    """The heading of the row that fits the moment: the mood, or the part of the day."""
    if result.columns.mood[slate.row].any():
        return "mood"
    return part_of_day(slate.snapshot.until_s, slate.request.identity.utc_offset_min)


def _id(kind: str, about: str) -> str:
    """The id of a row about a label or title, which is replaced by its digest if the id is too long."""
    row_id = f"{kind}_{about}"
    return row_id if len(row_id) <= MOST_ID else f"{kind}_{digest(about):08x}"

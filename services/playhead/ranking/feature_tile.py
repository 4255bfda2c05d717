"""The features of one snapshot's candidates in a tile: a row a feature, a column a candidate.

A tile fits in the CPU cache; the features of a whole batch would not. Sums over a row run over many candidates at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints, Singles
from playhead.features.content import KINDS, ContentTaste
from playhead.features.context import TitleCounts
from playhead.features.title_features import P_NEXT_COLUMN
from playhead.models.choice_features import (
    CO_CHOSEN_FEATURES,
    CONTEXT_BIAS,
    FATIGUE_FEATURES,
    LAG_ONE_FEATURES,
    OF_TITLE,
    PLACES,
    REPEAT_FEATURES,
    SHORT_LAG_FEATURES,
    TRUSTED,
    WIDTH,
)
from playhead.models.context_bias import add_bias
from playhead.models.cooccurrence import CO_CONSUMPTION, CO_IMPRESSION, QueryRows, accumulate
from playhead.models.neighbours import CO_CHOSEN, LAG_ONE, SHORT_LAGS
from playhead.models.sequence import follow
from playhead.ranking import content
from playhead.ranking.outcome_features import mean_affinity
from playhead.signals.rows import KEPT

LEAST_CO_CHOSEN = 0.02
BACK_STEP = 0.9
"""Decay of the recency of a repeatable title with each title chosen since; a second recency feature is the reciprocal of their number."""
TASTE, SEEN = PLACES["taste"].start, PLACES[FATIGUE_FEATURES].start
_LAG_ONE, _SHORT_LAGS, _CO_CHOSEN = (
    PLACES[LAG_ONE_FEATURES].start,
    PLACES[SHORT_LAG_FEATURES].start,
    PLACES[CO_CHOSEN_FEATURES].start,
)
_REPEAT, _CO_CONSUMPTION, _CO_IMPRESSION = (
    PLACES[REPEAT_FEATURES].start,
    PLACES[CO_CONSUMPTION].start,
    PLACES[CO_IMPRESSION].start,
)
_HOUSEHOLD = PLACES["household"].start
_SEQUENCE, _CONTEXT_BIAS = PLACES["sequence"].start, PLACES[CONTEXT_BIAS].start
_FADED: Floats = np.power(BACK_STEP, np.arange(KEPT))
_TRUSTED: Floats = np.array(TRUSTED)
_LINE = 8
"""Values of a cache line. Rows of a tile are an odd number of lines apart, as with a power of two they would map to the same cache set."""


class FeatureContext(NamedTuple):
    """The inputs of all features of a batch; the candidates of a snapshot begin at its ``first``."""

    first: Ints
    title: Ints
    links: Floats
    affinity: Floats
    label_of: NDArray[np.int32]
    profiles: Floats
    outward: Floats
    tokens: Ints
    context_bias: Floats
    repeatable: NDArray[np.bool_]
    co_consumption: QueryRows
    co_impression: QueryRows
    seen: TitleCounts
    own: TitleCounts
    about: content.TitleContent
    recent: NDArray[np.int32]
    until_s: Ints
    taste: ContentTaste
    mood: Floats
    attended_vector: Floats
    attended_co_consumption: QueryRows
    attended_profiles: Floats
    attended_affinity: Floats


@compiled
def empty_tile(first: Ints, rows: Ints) -> tuple[Floats, Floats]:
    """An empty tile for the snapshot with the most candidates, and an array for their popularity."""
    most = 1
    for row in rows:
        most = max(most, first[row + 1] - first[row])
    lines = (most + _LINE - 1) // _LINE | 1
    return np.empty((WIDTH, lines * _LINE)), np.empty(most)


@compiled
def fill_tile(
    tile: Floats, popular: Floats, row: int, table: Singles, batch: FeatureContext, slot: NDArray[np.int32]
) -> None:
    """Writes the features of a snapshot's candidates into the tile; ``slot`` is -1 before and after."""
    first, last = batch.first[row], batch.first[row + 1]
    title, size = batch.title[first:last], last - first
    tile[OF_TITLE:, :size] = 0.0
    _look_up(tile, popular, title, table, slot)
    _link(tile, batch.links[first:last], popular)
    _like(tile[TASTE], title, batch.affinity[row], batch.label_of)
    follow(tile[_SEQUENCE], title, batch.profiles[row], batch.outward)
    add_bias(tile[_CONTEXT_BIAS], title, batch.tokens[row], batch.context_bias)
    accumulate(tile[_CO_CONSUMPTION], title, row, batch.co_consumption, slot)
    accumulate(tile[_CO_IMPRESSION], title, row, batch.co_impression, slot)
    _compare_content(tile, title, row, batch.about, batch.recent[row], batch.until_s[row], batch.taste)
    content.feel(tile[content.MOOD], tile[content.MOOD + 1], title, batch.mood[row], batch.about.mood)
    follow(tile[_HOUSEHOLD], title, batch.attended_vector[row], batch.about.embedding)
    accumulate(tile[_HOUSEHOLD + 1], title, row, batch.attended_co_consumption, slot)
    follow(tile[_HOUSEHOLD + 3], title, batch.attended_profiles[row], batch.outward)
    _like(tile[_HOUSEHOLD + 4], title, batch.attended_affinity[row], batch.label_of)
    for place in (_CO_CONSUMPTION, _CO_IMPRESSION, _HOUSEHOLD + 1):
        _logs(tile[place], tile[place + 1], size)
    mine = slice(batch.seen.first[row], batch.seen.first[row + 1])
    _count_impressions(tile[SEEN], size, batch.seen.title[mine], batch.seen.times[mine], slot)
    mine = slice(batch.own.first[row], batch.own.first[row + 1])
    _repeat_consumption(
        tile[_REPEAT : _REPEAT + 5],
        size,
        batch.own.title[mine],
        batch.own.times[mine],
        batch.repeatable,
        slot,
    )
    for number in title:
        slot[number] = -1


# The functions below take arrays one by one: numba counts references for each array of a tuple that is passed on, which makes a
# loop over titles ten times as slow.


@compiled
def _compare_content(
    tile: Floats,
    title: Ints,
    row: int,
    about: content.TitleContent,
    recent: NDArray[np.int32],
    until_s: int,
    taste: ContentTaste,
) -> None:
    content.compare(
        tile[content.CONTENT : content.CONTENT + KINDS], title, taste.vectors[row], about.embedding
    )
    content.share_tags(
        tile[content.TAGS], title, recent, about.tag_of, about.confidence, about.rarity, about.weighed
    )
    age = content.AGE
    content.date(tile[age], tile[age + 1], tile[age + 2], title, until_s, about.added_at)
    distance = tile[content.YEAR]
    content.speak(
        tile[content.LANGUAGE],
        distance,
        title,
        taste.languages[row],
        taste.year[row],
        about.language,
        about.year,
    )


@compiled
def _look_up(tile: Floats, popular: Floats, title: Ints, table: Singles, slot: NDArray[np.int32]) -> None:
    for n in range(len(title)):
        slot[title[n]] = n
        line = table[title[n]]
        for place in range(OF_TITLE):
            tile[place, n] = line[place]
        popular[n] = line[P_NEXT_COLUMN]


@compiled
def _link(tile: Floats, links: Floats, popular: Floats) -> None:
    for n in range(len(links)):
        after, soon, co_chosen = links[n, LAG_ONE], links[n, SHORT_LAGS], links[n, CO_CHOSEN]
        for place in range(len(_TRUSTED)):
            least = _TRUSTED[place] * popular[n]
            if after > 0.0:
                tile[_LAG_ONE + place, n] = np.log1p(after / least)
            if soon > 0.0:
                tile[_SHORT_LAGS + place, n] = np.log1p(soon / least)
        if co_chosen > 0.0:
            tile[_CO_CHOSEN, n] = co_chosen
            tile[_CO_CHOSEN + 1, n] = np.log1p(co_chosen / LEAST_CO_CHOSEN)


@compiled
def _like(feature: Floats, title: Ints, affinity: Floats, label_of: NDArray[np.int32]) -> None:
    for n in range(len(title)):
        feature[n] = mean_affinity(affinity, label_of[title[n]])


@compiled
def _logs(values: Floats, logs: Floats, size: int) -> None:
    for n in range(size):
        if values[n] > 0.0:
            logs[n] = np.log1p(values[n] / LEAST_CO_CHOSEN)


@compiled
def _count_impressions(
    feature: Floats, size: int, title: Ints, times: Floats, slot: NDArray[np.int32]
) -> None:
    for n in range(len(title)):
        if title[n] >= 0 and slot[title[n]] >= 0:
            feature[slot[title[n]]] += times[n]
    for n in range(size):
        if feature[n] > 0.0:
            feature[n] = np.log1p(feature[n])


@compiled
def _repeat_consumption(
    feature: Floats,
    size: int,
    title: Ints,
    plays: Floats,
    repeatable: NDArray[np.bool_],
    slot: NDArray[np.int32],
) -> None:
    """Repeat consumption of the profile's own titles: opened, played; for repeatable ones the number of plays, and two measures of recency."""
    for back in range(len(title)):
        own = title[back]
        if own < 0 or slot[own] < 0:
            continue
        at = slot[own]
        if repeatable[own]:
            feature[2, at] += plays[back]
            feature[3, at] += 1.0 / (1.0 + back)
            feature[4, at] += _FADED[back]
        elif plays[back] > 0.0:
            feature[1, at] += 1.0
        else:
            feature[0, at] += 1.0
    for n in range(size):
        if feature[2, n] > 0.0:
            feature[2, n] = np.log1p(feature[2, n])

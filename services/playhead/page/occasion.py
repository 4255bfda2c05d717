"""Candidates that fit the moment: the hour and the day, the viewer's mood, or the season."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ids, Ints, Singles
from playhead.catalogue.tags.seasons import season_at
from playhead.page.micro import SURE
from playhead.ranking.pipeline import Result

HOUR, DAY = 1, 2
"""Indices of the part of the day and the day of the week among the tokens of a context (``models.context_bias``)."""
FITS = 0.1
"""Least log-odds that hour and day add to a title that fits them: it is chosen a tenth more often than usual."""
FEELS = 0.1
"""Least product of the viewer's and a title's moods for the title to fit."""


def fits_tonight(result: Result) -> Bools:
    """Whether each candidate fits the viewer's mood, or, if none was observed, the hour and the day."""
    columns, pool, catalogue = result.columns, result.scored.pool, result.catalogue
    fits = np.zeros(len(pool.title), dtype=np.bool_)
    place_of = columns.place_of
    for place, (view, _) in enumerate(columns.places):
        weights = view.models.context_bias.weights
        _fit(
            fits, pool.owner, pool.title, place_of, place, columns.tokens, columns.mood, weights,
            catalogue.tags.mood,
        )  # fmt: skip
    return fits


@compiled
def _fit(
    fits: Bools,
    owner: Ints,
    title: Ints,
    place_of: Ints,
    place: int,
    tokens: Ints,
    viewer: Floats,
    weights: Floats,
    mood: Singles,
) -> None:
    for n in range(len(title)):
        row, number = owner[n], title[n]
        if place_of[row] != place:
            continue
        if viewer[row, 0] != 0.0 or viewer[row, 1] != 0.0:
            fits[n] = viewer[row, 0] * mood[number, 0] + viewer[row, 1] * mood[number, 1] >= FEELS
        else:
            fits[n] = weights[number, tokens[row, HOUR]] + weights[number, tokens[row, DAY]] >= FITS


def fits_season(result: Result) -> Bools:
    """Whether each candidate has a tag of the current season in the viewer's time zone."""
    seasons = np.array(
        [season_at(slate.snapshot.until_s, slate.request.identity.utc_offset_min) for slate in result.slates],
        dtype=np.int64,
    )
    pool, catalogue = result.scored.pool, result.catalogue
    fits = np.zeros(len(pool.title), dtype=np.bool_)
    season_of = catalogue.facets().season
    now = seasons[seasons >= 0]
    if len(now) and np.isin(season_of, now).any():
        tags = catalogue.tags
        _fit_season(fits, pool.owner, pool.title, seasons, season_of, tags.tag_of, tags.confidence)
    return fits


@compiled
def _fit_season(
    fits: Bools,
    owner: Ints,
    title: Ints,
    seasons: Ints,
    season_of: Ints,
    tag_of: Ids,
    confidence: Singles,
) -> None:
    for n in range(len(title)):
        season = seasons[owner[n]]
        if season < 0:
            continue
        for place in range(tag_of.shape[1]):
            tag = tag_of[title[n], place]
            if tag >= 0 and season_of[tag] == season and confidence[title[n], place] >= SURE:
                fits[n] = True

"""The features of a candidate that the blend weighs, by name, in groups that can be left out one at a time."""

from collections.abc import Iterable

import numpy as np

from playhead.arrays.types import Floats
from playhead.models.cooccurrence import CO_CONSUMPTION, CO_IMPRESSION
from playhead.models.naming import Names
from playhead.models.popularity import HALF_LIVES_MS, HALVES, MINUTE_MS

UNNAMED_FEATURES = 0x2D802A64
"""The CRC-32 of the feature list of blocks stored before features were named (``Names``): never to be changed."""

LAG_ONE_FEATURES, SHORT_LAG_FEATURES, CO_CHOSEN_FEATURES = "next", "soon", "together"
REPEAT_FEATURES, FATIGUE_FEATURES, CONTEXT_BIAS = "own", "seen", "circumstances"
"""What records and ``--without`` call these groups: transitions at lag 1 and at short lags, and titles chosen by the same viewer;
repeat consumption, impression fatigue, and context bias. Names that are stored stay."""

PLACE_HALVES = [1, 2, 4, 5, 7]
"""Half-lives (39 min, 2.5 h, 38 h, 6 d, 94 d) of counts by surface and of impressions."""
LABEL_HALVES = [4, 6, 8]
"""Half-lives (38 h, 24 d, 1 y) of how often titles of a label are chosen."""
TRUSTED: tuple[float, ...] = (1.0, 20.0, 200.0)
"""Pseudo-counts that smooth a link between titles: the blend weighs all three, and so learns how much evidence a link takes."""


def _by_half_life(halves: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"{HALF_LIVES_MS[half] / MINUTE_MS:.0f}min" for half in halves)


_PLACE, _TRUSTED = _by_half_life(PLACE_HALVES), tuple(f"{least:g}" for least in TRUSTED)

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("popularity", _by_half_life(range(HALVES))),
    ("label_popularity", _by_half_life(LABEL_HALVES)),
    ("makers", ("drew",)),
    ("season", ("last_year",)),
    ("surface", _PLACE),
    ("shown", _PLACE),
    ("click_rate", _PLACE),
    ("shown_here", _PLACE),
    (LAG_ONE_FEATURES, _TRUSTED),
    (SHORT_LAG_FEATURES, _TRUSTED),
    (CO_CHOSEN_FEATURES, ("sum", "log")),
    ("taste", ("lift",)),
    (FATIGUE_FEATURES, ("log",)),
    (REPEAT_FEATURES, ("opened", "played", "plays", "back", "faded")),
    ("sequence", ("product",)),
    (CONTEXT_BIAS, ("sum",)),
    (CO_CONSUMPTION, ("sum", "log")),
    (CO_IMPRESSION, ("sum", "log")),
    ("content", ("chosen", "lately", "liked", "refused")),
    ("tags", ("affinity",)),
    ("age", ("log", "new", "known")),
    ("language", ("lift",)),
    ("year", ("distance",)),
    ("mood", ("valence", "arousal")),
    ("household", ("chosen", "sum", "log", "product", "lift")),
)
"""Groups of features with the names of each, in order. Groups up to ``shown_here`` depend on title and surface only. A new
feature may stand anywhere: weights travel by name. A feature whose meaning changes gets a new name."""
_NEWER = ("content", "tags", "age", "language", "year", "mood", "household", "makers", "season")
"""Groups that were added after features were named."""
_TWO_YEARS = f"popularity/{_by_half_life([HALVES - 1])[0]}"
"""A feature that was added since, too."""
PLACES: dict[str, slice] = {}
_first = 0
for _name, _features in GROUPS:
    PLACES[_name] = slice(_first, _first + len(_features))
    _first += len(_features)
WIDTH = _first
PARTS = PLACES | {
    f"{group}/{feature}": slice(PLACES[group].start + place, PLACES[group].start + place + 1)
    for group, features in GROUPS
    for place, feature in enumerate(features)
}
"""Columns by the name under which they can be left out: those of a group, and of each single feature."""
FEATURES = Names(
    (f"{group}/{feature}" for group, features in GROUPS for feature in features),
    UNNAMED_FEATURES,
    since=[
        _TWO_YEARS,
        *(f"{group}/{feature}" for group, features in GROUPS if group in _NEWER for feature in features),
    ],
)
OF_TITLE = PLACES["shown_here"].stop
"""Number of features that depend on title and surface only: the first ones."""
PRIORS = {
    "makers": (0.3,),
    "mood": (0.5, 0.5),
    REPEAT_FEATURES: (-4.0, -6.0, 0.0, 0.0, 0.0),
    "sequence": (1.0,),
    CONTEXT_BIAS: (1.0,),
}
"""Weights before anything was learned: titles that the viewer has opened or played (and does not replay habitually) come
last; the residual models have weight 1; a viewer in a happy mood is shown happy titles; earlier choices of the
makers' titles stand in for evidence of a new title. Impressions without a choice have no weight
until choices teach one (docs/models.md)."""


def prior() -> Floats:
    """The weights before anything was learned, [features]: equal for all half-lives, otherwise those of ``PRIORS``."""
    weights = np.zeros(WIDTH)
    weights[PLACES["popularity"]] = 1.0 / HALVES
    for name, values in PRIORS.items():
        weights[PLACES[name]] = values
    return weights


PRIOR = prior()

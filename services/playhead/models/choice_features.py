"""What the blend weighs: every feature of a candidate, by name, in groups that can be left out one at a time."""

from collections.abc import Iterable

import numpy as np

from playhead.arrays.types import Floats
from playhead.models.cooccurrence import CO_CONSUMPTION, CO_IMPRESSION
from playhead.models.naming import Names
from playhead.models.popularity import HALF_LIVES_MS, HALVES, MINUTE_MS

UNNAMED_FEATURES = 0x2D802A64
"""The CRC-32 of the list that blocks were of before they named their features (``Names``): never to be changed."""

LAG_ONE_FEATURES, SHORT_LAG_FEATURES, CO_CHOSEN_FEATURES = "next", "soon", "together"
REPEAT_FEATURES, FATIGUE_FEATURES, CONTEXT_BIAS = "own", "seen", "circumstances"
"""What records and ``--without`` call these groups: transitions at lag 1 and at short lags, and titles chosen by the same viewer;
repeat consumption, impression fatigue, and context bias. Names that are stored stay."""

PLACE_HALVES = [1, 2, 4, 5, 7]
"""Half-lives (39 min, 2.5 h, 38 h, 6 d, 94 d) of what is counted by surface and of impressions."""
LABEL_HALVES = [4, 6, 8]
"""Half-lives (38 h, 24 d, 1 y) of how often titles of a label are chosen."""
TRUSTED: tuple[float, ...] = (1.0, 20.0, 200.0)
"""Pseudo-counts against which a link is held: how much evidence it takes is learned by weighing all three."""


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
"""Groups of features with the names of each, in order. Those up to ``shown_here`` are the title's on its surface. A new
feature stands where it belongs: weights travel by name. One that comes to mean something else gets another name."""
_NEWER = ("content", "tags", "age", "language", "year", "mood", "household", "makers", "season")
"""Groups that came after features were named."""
_TWO_YEARS = f"popularity/{_by_half_life([HALVES - 1])[0]}"
"""So did this half-life."""
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
"""What can be left out, by name: groups, and each feature by itself."""
FEATURES = Names(
    (f"{group}/{feature}" for group, features in GROUPS for feature in features),
    UNNAMED_FEATURES,
    since=[
        _TWO_YEARS,
        *(f"{group}/{feature}" for group, features in GROUPS if group in _NEWER for feature in features),
    ],
)
OF_TITLE = PLACES["shown_here"].stop
PRIORS = {
    "makers": (0.3,),
    "mood": (0.5, 0.5),
    REPEAT_FEATURES: (-4.0, -6.0, 0.0, 0.0, 0.0),
    "sequence": (1.0,),
    CONTEXT_BIAS: (1.0,),
}
"""Weights before anything was learned: what one has opened, or even played (and is not played again and again), comes
last; the residual models count as they were learned; who is happy is shown what is happy; what
the same makers drew before stands in for evidence from the first day. What was shown in vain counts
nothing until choices say what it is worth (docs/models.md)."""


def prior() -> Floats:
    """The weights before anything was learned, [features]: all half-lives alike, the rest as ``PRIORS`` says."""
    weights = np.zeros(WIDTH)
    weights[PLACES["popularity"]] = 1.0 / HALVES
    for name, values in PRIORS.items():
        weights[PLACES[name]] = values
    return weights


PRIOR = prior()

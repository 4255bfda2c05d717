"""What the blend weighs, by position: every feature of a candidate, in groups that can be left out one at a time."""

import numpy as np

from playhead.models.popularity import HALVES, Floats

PLACE_HALVES = [1, 2, 4, 5, 7]
"""Half-lives (39 min, 2.5 h, 38 h, 6 d, 94 d) of what is counted by surface and of impressions."""
LABEL_HALVES = [4, 6, 8]
"""Half-lives (38 h, 24 d, 1 y) of how often titles of a label are chosen."""
TRUSTED: tuple[float, ...] = (1.0, 20.0, 200.0)
"""Pseudo-counts against which a link is held: how much evidence it takes is learned by weighing all three."""
_PLACE = len(PLACE_HALVES)

GROUPS: tuple[tuple[str, int], ...] = (
    ("popularity", HALVES),
    ("label_popularity", len(LABEL_HALVES)),
    ("surface", _PLACE),
    ("shown", _PLACE),
    ("click_rate", _PLACE),
    ("shown_here", _PLACE),
    ("next", len(TRUSTED)),
    ("soon", len(TRUSTED)),
    ("together", 2),
    ("taste", 1),
    ("seen", 1),
    ("own", 5),
    ("sequence", 1),
    ("circumstances", 1),
    ("sittings", 2),
    ("alongside", 2),
)
"""Groups of features with how many each has, in order. Those up to ``shown_here`` are the title's on its surface.
New ones come last: blocks of the blend that an older worker published are narrower (``Blend.put``)."""
PLACES: dict[str, slice] = {}
_first = 0
for _name, _width in GROUPS:
    PLACES[_name] = slice(_first, _first + _width)
    _first += _width
WIDTH = _first
OF_TITLE = PLACES["shown_here"].stop
PRIORS = {"own": (-4.0, -6.0, 0.0, 0.0, 0.0), "seen": (-2.0,), "sequence": (1.0,), "circumstances": (1.0,)}
"""Weights before anything was learned: what one has opened, or even played (and is not played again and again), or was
shown comes last; the residual models count as they were learned."""


def prior() -> Floats:
    """The weights before anything was learned, [features]: all half-lives alike, the rest as ``PRIORS`` says."""
    weights = np.zeros(WIDTH)
    weights[PLACES["popularity"]] = 1.0 / HALVES
    for name, values in PRIORS.items():
        weights[PLACES[name]] = values
    return weights


PRIOR = prior()

"""Configuration of pages: kinds of rows, their weights on surfaces, and the size of screens; filled in by ``recipe.py``."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.features.label_affinity import LIKED
from playhead.signals.looks import MOST_PLACES, MOST_ROWS

WIDTH = MOST_PLACES
"""Most titles of a row."""
LAGS = 5
"""Number of recent titles that a row may be named after."""
KINDS = (
    "search_results",
    "rescue",
    "continue_watching",
    "next_episodes",
    "more_like_this",
    "top_picks",
    "because",
    "tonight",
    "trending",
    "popular",
    "new_for_you",
    "my_list",
    "micro_genre",
    "genre",
    "season",
    "leaving_soon",
    "watch_again",
)
"""Kinds of rows; of rows with the same worth, the earlier kind comes first."""
PLACES = {"because": LAGS, "micro_genre": LIKED, "genre": LIKED}
"""Number of possible rows of a kind, where there may be several."""
SLOTS = tuple((kind, place) for kind in KINDS for place in range(PLACES.get(kind, 1)))
"""All possible rows of a page: the kind, and the index of the recent title, or of the liked label, that the row is about."""
SLOT = {slot: number for number, slot in enumerate(SLOTS)}
KIND_OF: Ints = np.array([KINDS.index(kind) for kind, _ in SLOTS])


class RowKind(NamedTuple):
    """How rows of a kind are chosen.

    ``weight``: factor of the row's expected choices; ``least``: fewest titles of a row that
    are not seen above; ``size``: most titles of it;
    ``most``: most rows of the kind on a page; ``probability``: least P(next choice) of its first title, whatever the models predict;
    ``ordered``: the order of its titles matters, so they are not reordered for diversity.
    """

    weight: float = 1.0
    least: int = 4
    size: int = 15
    most: int = 1
    probability: float = 0.0
    ordered: bool = False


class Screen(NamedTuple):
    """Rows of a page, and places of each, that are seen without scrolling."""

    rows: int
    places: int


class Page(NamedTuple):
    """How pages are laid out.

    ``kinds``: by name; ``surfaces``: kinds of rows on each surface, other surfaces have those of "home"; ``screens``: by device, other devices have
    that of "tv"; ``rows``: most rows of a page; ``once``: number of first rows of which no two are of one kind, unless nothing else is left; ``further``: prior of P(a place
    of a row is looked at | the place before it is) (``models.examination``); ``repeated``: factor for a title that was seen above; ``steps``: rows whose worth falls into the same
    of so many steps of a doubling are ordered by kind, so that pages do not change for small differences;
    ``new_days``, ``leaving_days``: age of new titles, and remaining time of leaving ones;
    ``diversity``: share of its probability that a title loses in a row if it has the same embedding as one seen in the row or above.
    """

    kinds: Mapping[str, RowKind]
    surfaces: Mapping[str, tuple[str, ...]]
    screens: Mapping[str, Screen]
    rows: int = MOST_ROWS
    once: int = 5
    further: float = 0.85
    repeated: float = 0.1
    steps: float = 1.0
    new_days: int = 60
    leaving_days: int = 14
    diversity: float = 0.0

    def has(self, kind: str, surface: str) -> bool:
        """Whether a surface has rows of a kind."""
        return kind in self.surfaces.get(surface, self.surfaces["home"])

    def weights(self, surface: str) -> Floats:
        """The weight of each of ``SLOTS`` on a surface, 0 for rows that it does not have."""
        used = self.surfaces.get(surface, self.surfaces["home"])
        return np.array([self.kinds[kind].weight if kind in used else 0.0 for kind, _ in SLOTS])

    def screen(self, device: str) -> Screen:
        """The screen of a device."""
        return self.screens.get(device, self.screens["tv"])

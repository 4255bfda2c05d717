"""Kinds of rows, what each is worth on which surface, and how much of a page is seen: data, filled by ``recipe.py``."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.features.label_affinity import LIKED
from playhead.signals.looks import MOST_PLACES, MOST_ROWS

WIDTH = MOST_PLACES
"""Titles of a row at most."""
LAGS = 5
"""Titles chosen last that a row may be named after."""
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
"""Of rows that are worth the same, the first kind stands first."""
PLACES = {"because": LAGS, "micro_genre": LIKED, "genre": LIKED}
"""How many rows of a kind a page may have, where there may be several."""
SLOTS = tuple((kind, place) for kind in KINDS for place in range(PLACES.get(kind, 1)))
"""Every row that a page may have: its kind, and which of the titles chosen last, or of the labels liked most, it is about."""
SLOT = {slot: number for number, slot in enumerate(SLOTS)}
KIND_OF: Ints = np.array([KINDS.index(kind) for kind, _ in SLOTS])


class RowKind(NamedTuple):
    """How rows of a kind are chosen.

    weight: times what is expected of its titles, as they are wanted for more than one reason; least: titles of a row that
    are not seen above; size: titles of it at most;
    most: rows of the kind on a page; chance: that the first of its titles is chosen next, at least, whatever the models say;
    ordered: its order means something, so that it is not made more diverse.
    """

    weight: float = 1.0
    least: int = 4
    size: int = 15
    most: int = 1
    probability: float = 0.0
    ordered: bool = False


class Screen(NamedTuple):
    """What of a page is seen without scrolling: rows, and places of each."""

    rows: int
    places: int


class Page(NamedTuple):
    """How pages are laid out.

    kinds: by name; surfaces: which kinds a surface has, others than these have those of "home"; screens: by device, others have
    that of "tv"; rows: of a page at most; once: of its first rows, no two are of one kind, unless nothing else is left; further: how much less the next place
    of a row is looked at, before a market has said it (``models.examination``); repeated: what a title is worth that was seen above; steps: rows of which the worth differs by less
    than one in so many parts of a doubling stand in the order of their kinds, so that a page does not jump by a trifle;
    diversity: what of its chance a title loses in its row that is about the very same as one that is seen in it or above.
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
        """The weight of each of ``SLOTS`` on a surface, 0 for what it does not have."""
        used = self.surfaces.get(surface, self.surfaces["home"])
        return np.array([self.kinds[kind].weight if kind in used else 0.0 for kind, _ in SLOTS])

    def screen(self, device: str) -> Screen:
        """What is seen on a device."""
        return self.screens.get(device, self.screens["tv"])

"""The item-to-item models of an audience: which titles are chosen after one another, chosen together, and shown together."""

from typing import NamedTuple

from playhead.models.cooccurrence import (
    CHOSEN_SHRINK,
    CHOSEN_SPAN,
    CO_CONSUMPTION,
    CO_IMPRESSION,
    SHOWN_SHRINK,
    SHOWN_SPAN,
    Cooccurrence,
)
from playhead.models.neighbours import Neighbours


class TitleLinks(NamedTuple):
    """Item-to-item models of an audience: transitions and co-occurrence of choices, and co-occurrence of impressions."""

    neighbours: Neighbours
    co_occurrence: dict[str, Cooccurrence]

    def make_room(self, size: int) -> None:
        """Grows all models to ``size`` titles."""
        for rows in (self.neighbours, *self.co_occurrence.values()):
            rows.make_room(size)


def new_links() -> TitleLinks:
    """Item-to-item models that have learned nothing."""
    co_occurrence = {
        CO_CONSUMPTION: Cooccurrence(CHOSEN_SPAN, CHOSEN_SHRINK),
        CO_IMPRESSION: Cooccurrence(SHOWN_SPAN, SHOWN_SHRINK),
    }
    return TitleLinks(Neighbours(), co_occurrence)

"""The recipe that an experiment's arm is served with."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Setting
from playhead.experiments.settings import changed
from playhead.page.kinds import Page
from playhead.ranking.pipeline import Pipeline

FIXED = frozenset({"pipeline.filters", "moving", "river"})
"""What no experiment may change: whether a title may be shown, when a list follows an act, and what is learned for all."""
MOST_RANKED = 500


class Ranked(Protocol):
    """What an arm changes: a recipe, as far as it ranks and lays out pages."""

    @property
    def pipeline(self) -> Pipeline:
        """The parts that rank."""

    @property
    def page(self) -> Page:
        """How pages are laid out."""


R = TypeVar("R", bound=Ranked)


def of_arm(recipe: R, changes: Mapping[str, Setting]) -> R:
    """The recipe with what an arm changes.

    Raises:
        Rejected: there is no such setting, or no recipe with that value.
    """
    made = changed(recipe, changes, FIXED)
    if not 1 <= made.pipeline.rank_size <= MOST_RANKED:
        raise Rejected(
            f"pipeline.rank_size can't be {made.pipeline.rank_size}.",
            f"Give a whole number from 1 to {MOST_RANKED}.",
        )
    if not (made.pipeline.shared or made.pipeline.own):
        raise Rejected("No candidate source is left.", "Keep one of pipeline.shared or pipeline.own.")
    return made

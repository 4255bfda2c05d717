"""The recipe of an experiment's arm: the base recipe with the arm's settings."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Setting
from playhead.experiments.settings import changed
from playhead.page.kinds import Page
from playhead.ranking.pipeline import Pipeline

FIXED = frozenset({"pipeline.filters", "moving", "river"})
"""Settings that no experiment may change: filters, the events that lead to a new ranking, and models that learn for all profiles."""
MOST_RANKED = 500
SHARES = (
    *(("explore", name) for name in ("share", "most_new", "most_unsure")),
    *(("artwork", name) for name in ("support", "most_new", "unsure")),
)
"""Parts of the pipeline and their settings that are shares."""


class Ranked(Protocol):
    """The part of a recipe that arms may change: ranking and page layout."""

    @property
    def pipeline(self) -> Pipeline:
        """The parts that rank."""

    @property
    def page(self) -> Page:
        """The layout of pages."""


R = TypeVar("R", bound=Ranked)


def of_arm(recipe: R, changes: Mapping[str, Setting]) -> R:
    """The recipe with the settings of an arm.

    Raises:
        Rejected: a setting does not exist, or its value is not allowed.
    """
    made = changed(recipe, changes, FIXED)
    if not 1 <= made.pipeline.rank_size <= MOST_RANKED:
        raise Rejected(
            f"pipeline.rank_size can't be {made.pipeline.rank_size}.",
            f"Give a whole number from 1 to {MOST_RANKED}.",
        )
    for part, name in SHARES:
        value = getattr(getattr(made.pipeline, part), name)
        if not 0.0 <= value <= 1.0:
            raise Rejected(
                f"pipeline.{part}.{name} can't be {value:g}.", "It is a share: give a number from 0 to 1."
            )
    if made.pipeline.artwork.spread < 0.0:
        raise Rejected(
            f"pipeline.artwork.spread can't be {made.pipeline.artwork.spread:g}.", "Give 0 or more."
        )
    if not (made.pipeline.shared or made.pipeline.own):
        raise Rejected("No candidate source is left.", "Keep one of pipeline.shared or pipeline.own.")
    return made

"""The recipe that an experiment's arm is served with."""

from collections.abc import Mapping

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Setting
from playhead.experiments.settings import changed
from playhead.personalize.core import Recipe

FIXED = frozenset({"pipeline.filters", "moving"})
"""What no experiment may change: whether a title may be shown, and when a list follows an act."""
MOST_RANKED = 500


def of_arm(recipe: Recipe, changes: Mapping[str, Setting]) -> Recipe:
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

"""The one file that names the parts in use and their weights. To change what Playhead does, change this."""

from collections.abc import Mapping
from dataclasses import replace

from playhead.candidates.filters import FILTERS
from playhead.candidates.sources import again, fresh, liked, on_surface, popular, unchosen
from playhead.domain import events as e
from playhead.domain.errors import Rejected
from playhead.domain.experiments import Setting
from playhead.domain.stats import Clock
from playhead.experiments.settings import changed
from playhead.learn import choices
from playhead.learn.learner import Learner
from playhead.models.choice_features import PLACES
from playhead.models.follower_state import FollowerState
from playhead.models.shard import Models
from playhead.personalize.core import Personalizer, Recipe
from playhead.ranking.pipeline import Pipeline
from playhead.ranking.score import Weights

MOVING: frozenset[type[e.Event]] = frozenset(
    {
        e.SessionStarted,
        e.PageViewed,
        e.TitleClicked,
        e.TitleHovered,
        e.TrailerStarted,
        e.TrailerStopped,
        e.SearchPerformed,
        e.PlaybackStarted,
        e.PlaybackPaused,
        e.PlaybackSeeked,
        e.PlaybackSkipped,
        e.PlaybackStopped,
        e.PlaybackCompleted,
        e.TitleRated,
        e.WatchlistAdded,
        e.WatchlistRemoved,
        e.NotInterested,
        e.MoodObserved,
        e.HistoryRemoved,
    }
)
"""What a viewer does. Pauses, seeks and lingering say nothing of taste by themselves, but the list after them is of that
moment: with what was watched and shown until then, and what was learned meanwhile. What comes by itself (heartbeats,
impressions, scrolling, trouble, the end of a session) is folded and counts in the next ranking, as does going on after a
pause, when nobody looks at a list; an impression must not move the very list that is being looked at."""

MOST_RANKED = 500

RECIPE = Recipe(
    pipeline=Pipeline(
        # What follows the profile's last titles is a source too: scoring needs it anyway.
        shared=(popular, on_surface, fresh, unchosen),
        own=(liked, again),
        filters=FILTERS,
        # Worth .2 % of NDCG@10 in long views on short videos, and costs .5 % in clicks: watching is what counts.
        weights=Weights(long_view=0.15, finish=0.15),
        rank_size=50,
    ),
    moving=MOVING,
)


FIXED = frozenset({"pipeline.filters", "moving"})
"""What no experiment may change: whether a title may be shown, and when a list follows an act."""


def of_arm(changes: Mapping[str, Setting], recipe: Recipe = RECIPE) -> Recipe:
    """The recipe of an experiment's arm.

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


def personalizer(recipe: Recipe = RECIPE, clock: Clock | None = None) -> Personalizer:
    """The core of a personalize worker; with a ``clock`` it says how long its stages take."""
    return Personalizer(recipe, clock=clock)


def learners(recipe: Recipe = RECIPE) -> choices.Learners:
    """The core of a learn worker."""
    return choices.Learners(recipe.pipeline)


def together(shards: int, recipe: Recipe = RECIPE) -> tuple[Personalizer, list[Learner]]:
    """Both in one process on the same models: what was learned from an event counts from the next one on."""
    world = FollowerState()
    for shard in range(shards):
        world.shards[shard] = Models(shard, world.catalogue, learns=True)
    return Personalizer(recipe, world), [
        choices.learner(recipe.pipeline, world.shards[shard]) for shard in range(shards)
    ]


def parts() -> tuple[str, ...]:
    """The parts of the ranking that can be left out one at a time."""
    return tuple(PLACES)


def without(part: str) -> Recipe:
    """The recipe without a part: its features are 0, in serving and in learning."""
    weights = RECIPE.pipeline.weights._replace(without=(part,))
    return replace(RECIPE, pipeline=replace(RECIPE.pipeline, weights=weights))

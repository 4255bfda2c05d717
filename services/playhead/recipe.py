"""The one file that names the parts in use and their weights. To change what Playhead does, change this."""

from dataclasses import replace

from river import linear_model, optim, preprocessing

from playhead.candidates.filters import FILTERS
from playhead.candidates.sources import again, fresh, liked, on_surface, popular, unchosen
from playhead.domain import events as e
from playhead.domain.stats import Clock
from playhead.learn import choices
from playhead.learn.learner import Learner
from playhead.models.choice_features import PLACES
from playhead.models.follower_state import FollowerState
from playhead.models.river.declared import River
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

RIVER: tuple[River, ...] = (
    # Adds .02 AUC to binge where whole films are watched; to click, long view and finish nothing did (docs/models.md).
    River("binge", preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.05))),
)
"""River models beside the outcome heads: each learns online and is weighed by what it foresees. Several of one head are
champion and challengers; what is no sum is asked for the ``first`` titles of a page only."""

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
    river=RIVER,
)


def personalizer(recipe: Recipe = RECIPE, clock: Clock | None = None) -> Personalizer:
    """The core of a personalize worker; with a ``clock`` it says how long its stages take."""
    return Personalizer(recipe, clock=clock)


def learners(recipe: Recipe = RECIPE) -> choices.Learners:
    """The core of a learn worker."""
    return choices.Learners(recipe.pipeline, recipe.river)


def together(shards: int, recipe: Recipe = RECIPE) -> tuple[Personalizer, list[Learner]]:
    """Both in one process on the same models: what was learned from an event counts from the next one on."""
    world = FollowerState()
    for shard in range(shards):
        world.shards[shard] = Models(shard, world.catalogue, learns=True, river=recipe.river)
    return Personalizer(recipe, world), [
        choices.learner(recipe.pipeline, world.shards[shard]) for shard in range(shards)
    ]


def parts() -> tuple[str, ...]:
    """The parts of the ranking that can be left out one at a time."""
    return (*PLACES, *(model.called for model in RIVER))


def without(part: str) -> Recipe:
    """The recipe without a part: its features are 0, in serving and in learning; or without a River model."""
    if part not in PLACES:
        return replace(RECIPE, river=tuple(model for model in RIVER if model.called != part))
    weights = RECIPE.pipeline.weights._replace(without=(part,))
    return replace(RECIPE, pipeline=replace(RECIPE.pipeline, weights=weights))

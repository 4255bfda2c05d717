"""The one file that names the parts in use and their weights. To change what Playhead does, change this."""

from playhead.domain import events as e
from playhead.models.learner import Learner
from playhead.models.shard import Models
from playhead.models.world import World
from playhead.ranking.filters import FILTERS
from playhead.ranking.pipeline import Pipeline
from playhead.ranking.score import Weights
from playhead.retrieval.shared import favourite_labels, fresh, popular
from playhead.step import Personalizer, Recipe

MOVING: frozenset[type[e.Event]] = frozenset(
    {
        e.SessionStarted,
        e.PageViewed,
        e.TitleClicked,
        e.TrailerStopped,
        e.SearchPerformed,
        e.PlaybackStarted,
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
"""What changes what should be shown. Heartbeats, pauses, seeks, scrolling and impressions are folded, and count
in the next ranking; an impression must not move the very list that is being looked at."""

RECIPE = Recipe(
    pipeline=Pipeline(
        # What follows the profile's last titles is a source too: scoring needs it anyway.
        sources=(popular, fresh, favourite_labels),
        filters=FILTERS,
        weights=Weights(taste=0.3, click=0.5, finish=0.5, fatigue=0.2),
        rank_size=50,
    ),
    moving=MOVING,
)


def personalizer(recipe: Recipe = RECIPE) -> Personalizer:
    """The core of a personalize worker."""
    return Personalizer(recipe)


def learner(shard: int) -> Learner:
    """The core of a learn worker, for one shard."""
    return Learner(shard)


def together(shards: int, recipe: Recipe = RECIPE) -> tuple[Personalizer, list[Learner]]:
    """Both in one process on the same models: what was learned from an event counts from the next one on."""
    world = World()
    for shard in range(shards):
        world.shards[shard] = Models(shard, world.catalogue, learns=True)
    return Personalizer(recipe, world), [Learner(shard, world.shards[shard]) for shard in range(shards)]

"""A personalizer and learners in one process, on the same models."""

from playhead.learn.choices import learner
from playhead.learn.learner import Learner
from playhead.models.follower_state import FollowerState
from playhead.models.shard import Models
from playhead.personalize.core import Personalizer
from playhead.personalize.recipe import Recipe


def in_process(shards: int, recipe: Recipe) -> tuple[Personalizer, list[Learner]]:
    """A personalizer and the learner of each shard; an example that is learned affects the next ranking at once."""
    followed = FollowerState()
    followed.spread = shards
    for shard in range(shards):
        followed.shards[shard] = Models(shard, followed.catalogue, learns=True, river=recipe.river)
    return Personalizer(recipe, followed), [
        learner(recipe.pipeline, followed.shards[shard], shards) for shard in range(shards)
    ]

"""A market's view follows from the versions of what it is made of, not from when it was made."""

from typing import Literal

import numpy as np

from playhead.domain.examples import Example, Origin
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import EXAMPLE_PARTITIONS
from playhead.models.shard import Models
from playhead.models.world import World
from playhead.retrieval.view import Views

DAY_MS = 86_400_000


def example(kind: Literal["consumed", "sighted"], title_id: str, day: int) -> Example:
    return Example(
        example_id=f"{title_id}-{day}",
        origin=Origin(0, 0, day, 0),
        kind=kind,
        market="BR",
        occurred_at=20_000 * DAY_MS + day * DAY_MS,
        title_id=title_id,
        surface="home",
    )


def test_a_view_that_was_kept_is_the_view_that_would_be_made_now() -> None:
    # a chosen, b chosen ─▶ view ─▶ nothing is chosen for 30 days ─▶ the view of that version
    world = World()
    shard = partition_of(b"BR", EXAMPLE_PARTITIONS)
    world.shards[shard] = models = Models(shard, world.catalogue, learns=True)
    models.learn_one(example("consumed", "a", day=0))
    models.learn_one(example("consumed", "b", day=1))
    views = Views(world)
    views.of("BR")
    models.learn_one(example("sighted", "b", day=31))
    assert np.array_equal(views.of("BR").popular, Views(world).of("BR").popular)

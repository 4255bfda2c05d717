"""A market snapshot is a function of the versions of its inputs, not of when it is made."""

from typing import Literal

import numpy as np

from playhead.domain.examples import Example, Origin
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import EXAMPLE_PARTITIONS
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.shard import Models

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
    world = FollowerState()
    shard = partition_of(b"BR", EXAMPLE_PARTITIONS)
    world.shards[shard] = models = Models(shard, world.catalogue, learns=True)
    models.learn_one(example("consumed", "a", day=0))
    models.learn_one(example("consumed", "b", day=1))
    views = MarketSnapshotCache(world)
    views.of("BR")
    models.learn_one(example("sighted", "b", day=31))
    both = np.arange(2)
    assert np.array_equal(views.of("BR").popular(both), MarketSnapshotCache(world).of("BR").popular(both))


def test_a_market_leans_on_markets_and_not_on_what_is_counted_of_them_besides() -> None:
    # The tallies of a surface and of impressions stand beside those of the markets.
    world = FollowerState()
    shard = partition_of(b"BR", EXAMPLE_PARTITIONS)
    world.shards[shard] = models = Models(shard, world.catalogue, learns=True)
    models.learn_one(example("consumed", "a", day=0))
    assert len(models.tallies) > 1
    title = np.arange(1)
    own, counts = MarketSnapshotCache(world).of("BR").counts(title)
    assert np.array_equal(own, models.tallies["BR"].of(title, models.now_ms))
    np.testing.assert_allclose(counts, own)
    nobody, abroad = MarketSnapshotCache(world).of("DE").counts(title)  # nobody chose anything there yet
    assert not nobody.any()
    assert np.array_equal(abroad, own)


def test_the_same_world_in_another_order_is_the_same_view() -> None:
    made = []
    for names in ("abcdefgh", "hgfedcba"):
        world = FollowerState()
        shard = partition_of(b"BR", EXAMPLE_PARTITIONS)
        world.shards[shard] = models = Models(shard, world.catalogue, learns=True)
        for name in names:
            world.catalogue.know(name)
        for day, name in enumerate("abacabadefgh" * 5):
            models.learn_one(example("consumed", name, day=day))
        view = MarketSnapshotCache(world).of("BR")
        popular = view.popular(np.array([world.catalogue.know(name) for name in "abcdefgh"]))
        made.append(dict(zip("abcdefgh", popular.tolist(), strict=True)))
    assert made[0] == made[1]

"""What markets choose, side by side."""

import numpy as np
from tests.stage import Stage

from playhead.arrays.hashing import slot
from playhead.labels.definitions import HEADS
from playhead.observe.market_traits import market_traits

FILMS = [{"title_id": f"t{n}", "genres": ["Comedy" if n < 5 else "Crime"]} for n in range(10)]


def test_markets_are_told_by_what_they_choose_more_than_others() -> None:
    stage = Stage(FILMS)
    for n in range(60):
        stage.send("playback_completed", profile=f"b{n}", market="BR", title_id=f"t{n % 5}")
    for n in range(20):
        stage.send("playback_completed", profile=f"s{n}", market="SE", title_id=f"t{5 + n % 5}")
    brazil, sweden = market_traits(stage.core.personalizer.followed, 3)
    assert (brazil.market, round(brazil.choices), sweden.market, round(sweden.choices)) == (
        "BR",
        60,
        "SE",
        20,
    )
    assert brazil.leaning < sweden.leaning
    assert [trait.name for trait in brazil.labels] == ["Comedy"]
    assert [trait.name for trait in sweden.labels] == ["Crime"]
    assert {trait.name for trait in sweden.titles} < {f"t{n}" for n in range(5, 10)}
    assert all(trait.lift > 1.0 for trait in (*brazil.titles, *sweden.titles, *sweden.labels))


def test_how_readily_somebody_goes_on_is_a_trait_of_a_market() -> None:
    stage = Stage(FILMS)
    for market in ("BR", "SE"):
        stage.send("playback_completed", profile=market, market=market, title_id="t1")
    world = stage.core.personalizer.followed
    world.shard_of("BR").heads.weights[slot("market", "BR"), HEADS.index("binge")] = np.log(2.0)
    assert {market_trait.market: market_trait.binges for market_trait in market_traits(world)} == {
        "BR": 2.0,
        "SE": 1.0,
    }

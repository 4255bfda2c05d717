"""Snapshots as columns: each is compared with the population of its own market, whatever else is in the batch."""

import numpy as np
from tests.stage import Stage

from playhead.features.context import ContextBatch
from playhead.features.context_snapshot import ContextSnapshot
from playhead.features.request import request_of
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.signals.record import decode

FILMS = [
    {"title_id": f"{genre}{n}", "genres": [genre], "duration_s": 100} for genre in "AB" for n in range(5)
]
SHOWN = {"DE": "A", "US": "B"}
"""Markets of two shards: viewers of the first watch all titles to the end, those of the second none."""


def test_moments_of_two_markets_in_one_batch_say_what_each_says_alone() -> None:
    stage = Stage(FILMS)
    for n in range(4):
        for market, genre in SHOWN.items():
            who = {"profile": f"{market}{n}", "market": market}
            shown = [{"title_id": f"{genre}{n}"}, {"title_id": f"{genre}4"}]
            stage.send("impressions_shown", items=shown, **who)
            end = "playback_completed" if market == "DE" else "playback_stopped"
            stage.send(end, title_id=f"{genre}{n}", watched_s=60 if market == "DE" else 1, **who)
            stage.minutes += 20  # what was not chosen was passed over
            stage.send("page_viewed", **who)
    core = stage.core.personalizer
    views = MarketSnapshotCache(core.followed)
    snapshots = [_moment(stage, f"{market}{n}") for n in range(2) for market in SHOWN]
    of = [views.of(snapshot.identity.market) for snapshot in snapshots]
    both = ContextBatch(snapshots, of)
    assert not np.array_equal(of[0].population, of[1].population)
    for row, snapshot in enumerate(snapshots):
        alone = ContextBatch([snapshot], [of[row]])
        for name in ("affinity", "dense", "favourites", "slots", "tokens", "blocks", "recent"):
            assert np.array_equal(getattr(both, name)[row], getattr(alone, name)[0]), name
    # Against another population the same past says something else.
    foreign = ContextBatch(snapshots[:1], of[1:2])
    assert not np.array_equal(foreign.affinity[0], both.affinity[0])
    assert not np.array_equal(foreign.dense[0], both.dense[0])


def _moment(stage: Stage, profile: str) -> ContextSnapshot:
    return request_of(profile.encode(), decode(stage.core.stored[profile.encode()])[2]).snapshot()

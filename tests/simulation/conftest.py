"""Time does not pass in a simulation: what waits for it is due at once, when the scheduler finds that it may be."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.simulation.fakes import Reader
from tests.simulation.story import RETRIED

from playhead.domain.examples import Features
from playhead.learn import examples
from playhead.models import shard
from playhead.models.follower_state import FollowerState
from playhead.models.heads import Heads
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.runtime import changelog, commits, dead_letters, personalize
from playhead.signals import record


@pytest.fixture(autouse=True)
def _simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personalize, "MARKER_KEPT_S", 0.0)
    monkeypatch.setattr(dead_letters, "AGAIN_S", 0.0)
    monkeypatch.setattr(changelog, "Reader", Reader)
    monkeypatch.setattr(asyncio, "to_thread", _here)
    monkeypatch.setattr(record, "RING", 2 * RETRIED)
    # Membership is asked for each time: whoever the group has not expelled yet is told that all is well.
    monkeypatch.setattr(commits, "CONFIRM_AFTER_S", 0.0)
    # 21 MB that nobody learns into: one for all workers.
    heads = Heads()
    monkeypatch.setattr(shard, "Heads", lambda: heads)
    # Inputs of examples cost ten times a fold, and it does not matter here what they say; the titles are known.
    monkeypatch.setattr(examples, "_features", _know)


async def _here(call: Callable[..., Any], *args: Any) -> Any:
    return call(*args)


def _know(
    judged: list[examples.PendingExample], world: FollowerState, _: MarketSnapshotCache
) -> dict[int, Features]:
    for example in judged:
        world.catalogue.know(example.title_id)
    return {}

"""A profile that asks to be forgotten is gone from the store, the changelog and the rankings, whoever dies meanwhile."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.broker.oracle import newest
from tests.broker.world import World
from tests.effort import THOROUGH
from tests.timeline import happened

from playhead.domain.topics import ERASURES, EVENTS, PROFILES_CHANGELOG, RANKINGS, TITLES
from playhead.runtime.store import Memory, open_store

log = logging.getLogger(__name__)
MOST_S = 60
"""What is promised: docs/architecture.md."""
ADA, BEN = b"ada", b"ben"
TITLE = json.dumps({"title_id": "t1", "name": "A film"}).encode()


def keyed(type_: str, profile: bytes = ADA, **fields: Any) -> tuple[bytes, bytes]:
    return profile, json.dumps(happened(type_, profile=profile.decode(), **fields)).encode()


def versions(world: World, profile: bytes) -> list[int | None]:
    """Versions of a profile's rankings, None for a tombstone."""
    values = [record.value for record in world.read(RANKINGS) if record.key == profile]
    return [json.loads(value)["version"] if value else None for value in values]


def stored(world: World) -> set[bytes]:
    """The profiles in the stores of a worker that has ended."""
    profiles: set[bytes] = set()
    for path in world.settings.data_dir.glob("personalize/*/*/profiles-*"):
        store = open_store(path, Memory.shared())
        profiles |= {key for key, value in zip((ADA, BEN), store.read((ADA, BEN)), strict=True) if value}
        store.close()
    return profiles


@pytest.mark.parametrize("killed", [*(["never"] if THOROUGH else []), "before", "midway"])
def test_an_erased_profile_is_gone_within_a_minute(
    killed: str, world: World, wait_until: Callable[..., float]
) -> None:
    #  ada, ben watch ── ada erased ──(kill -9)── receipt ──(kill -9)── tombstones ── ada is back: a stranger
    world.produce(TITLES, [(b"t1", TITLE)])
    worker = world.start("personalize")
    world.produce(
        EVENTS,
        [
            keyed(type_, who, title_id="t1")
            for who in (ADA, BEN)
            for type_ in ("title_clicked", "playback_started")
        ]
        + [keyed("page_viewed", who) for who in (ADA, BEN)],
    )
    wait_until(
        lambda: versions(world, ADA)[-1:] == [3] and versions(world, BEN)[-1:] == [3], "rankings of both", 60
    )

    began = time.monotonic()
    world.produce(EVENTS, [keyed("profile_erased", event_id="forget-ada")])
    if killed == "midway":
        wait_until(lambda: bool(world.read(ERASURES)), "a receipt", MOST_S)
    if killed != "never":
        world.kill(worker)
        worker = world.start("personalize")
    wait_until(
        lambda: newest(world, RANKINGS)[ADA] is None and newest(world, PROFILES_CHANGELOG)[ADA] is None,
        "tombstones",
        MOST_S,
    )
    spent_s = time.monotonic() - began
    log.info("killed %s: gone after %.1f s", killed, spent_s)
    assert spent_s < MOST_S
    receipts = [json.loads(record.value or b"") for record in world.read(ERASURES)]
    assert {(each["profile_id"], each["event_id"]) for each in receipts} == {("ada", "forget-ada")}
    world.stop(worker)
    assert stored(world) == {BEN}

    world.start("personalize")
    world.produce(EVENTS, [keyed("page_viewed", at_s=60)])
    wait_until(lambda: versions(world, ADA)[-1:] == [1], "a stranger's ranking", 60)
    assert versions(world, BEN)[-1] == 3

"""Events of a transaction count when it is committed: not before, and never when it is aborted."""

import json
import re
import time
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from confluent_kafka.admin import AdminClient
from tests.broker.test_erased import ADA, BEN, TITLE, keyed, versions
from tests.broker.transactions import opened
from tests.broker.world import World

from playhead.domain.topics import ERASURES, EVENTS, PROFILE_PARTITIONS, TITLES
from playhead.lab.kafka.ports import free
from playhead.runtime.connection import client_config
from playhead.runtime.topology import ends

FOLDED_S = 1.0
"""Enough for an event to be folded and ranked, if it is at all."""


def gauge(port: int, name: str) -> float:
    """The sum over all partitions of events."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return sum(
        float(value)
        for value in re.findall(rf"^{name}{{.*{re.escape(EVENTS)}.*}} (\S+)$", text, re.MULTILINE)
    )


def readable(world: World) -> int:
    """How many offsets of events there are up to open transactions, as the watch over workers counts."""
    admin = AdminClient(client_config(world.settings))
    return sum(ends(admin, EVENTS, range(PROFILE_PARTITIONS)).values())


def test_only_committed_events_are_folded(
    world: World, wait_until: Callable[..., float], capfd: pytest.CaptureFixture[str]
) -> None:
    #  ada ── open: ada, ben, ada erased ── ada: held back ── aborted ── ada goes on ── committed: ben
    world.produce(TITLES, [(b"t1", TITLE)])
    [port] = free(1)
    worker = world.start("personalize", metrics_port=port)
    world.produce(EVENTS, [keyed("title_clicked", title_id="t1"), keyed("page_viewed")])
    wait_until(lambda: versions(world, ADA)[-1:] == [2], "the first ranking", 60)

    foreign = opened(
        world.settings,
        EVENTS,
        [keyed("page_viewed", who, at_s=10) for who in (ADA, BEN)] + [keyed("profile_erased")],
    )
    world.produce(EVENTS, [keyed("page_viewed", at_s=20)])
    wait_until(lambda: gauge(port, "playhead_held_back_records") == 4, "held back")
    # A partition is at rest where it can be read no further, however long that lasts.
    wait_until(lambda: world.done() == readable(world), "all that can be read is done")
    time.sleep(FOLDED_S)
    assert versions(world, ADA)[-1] == 2
    foreign.abort_transaction()
    wait_until(lambda: versions(world, ADA)[-1] == 3, "what came behind is ranked")

    opened(world.settings, EVENTS, [keyed("page_viewed", BEN, at_s=30)]).commit_transaction()
    wait_until(lambda: versions(world, BEN) == [1], "what is committed is ranked")
    assert not world.read(ERASURES)

    #  The end of a transaction has an offset too: it is passed over, and nothing waits any more.
    events = sum(json.loads(record.value or b"")["type"] != "" for record in world.read(EVENTS))
    wait_until(lambda: world.done() > events and gauge(port, "playhead_lag_records") == 0, "all is done")
    wait_until(lambda: gauge(port, "playhead_held_back_records") == 0, "nothing is held back any more")
    world.stop(worker)
    assert "reading again" not in capfd.readouterr().err

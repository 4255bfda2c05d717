"""The catalogue through a real Kafka: withdrawn, compacted, read again after a restart; a child, and a rating that is raised or refused."""

import json
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from tests.broker.world import Eyes, World, wait_until

from playhead.domain.records import Incoming
from playhead.domain.topics import DEAD_LETTERS, EVENTS, RANKINGS, TITLES
from playhead.lab.kafka import ports
from playhead.runtime.connection import client_config

AT_MS = 1_767_226_000_000


def put(world: World, title_id: str, **fields: Any) -> None:
    wire = {"title_id": title_id, "name": title_id, "maturity": 0} | fields
    world.produce(TITLES, [(title_id.encode(), json.dumps(wire).encode())])


def withdraw(world: World, title_id: str) -> None:
    world.produce(TITLES, [(title_id.encode(), None)])


def shown(world: World, eyes: Eyes, number: int, **more: Any) -> set[str]:
    """What a page view of a new profile is answered with, once all titles are followed."""
    end = eyes.ends(TITLES)[TITLES][0]
    wait_until(lambda: eyes.followed(TITLES) == end - 1, "all titles are followed", 180)
    key = f"p{number}"
    wire = {"event_id": f"e{number}", "type": "page_viewed", "occurred_at": AT_MS, "profile_id": key, **more}
    [place] = world.produce(EVENTS, [(key.encode(), json.dumps(wire).encode())])
    eyes.until_done(place, within_s=180)
    [ranking] = [json.loads(record.value or b"") for record in eyes.caused()[RANKINGS]]
    return {item["title_id"] for item in ranking["items"]}


def letters(world: World) -> list[Incoming]:
    return [record for record in world.read(DEAD_LETTERS) if dict(record.headers)["topic"] == TITLES.encode()]


def clean_soon(world: World) -> None:
    """Have the broker look for what can be compacted all the time, not every 15 s."""
    entry = ConfigEntry("log.cleaner.backoff.ms", "100", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])
    admin = AdminClient(client_config(world.settings))
    for answer in admin.incremental_alter_configs([resource]).values():
        answer.result(10)


def compacted(world: World) -> bool:
    """Whether of every title but those in the newest segment only the newest version is left."""
    keys = [record.key for record in world.read(TITLES)]
    return keys.count(b"a") == 1


def test_withdrawn_compacted_restarted_and_a_rating_that_is_raised_or_refused(world: World) -> None:
    world.set_config(TITLES, "segment.ms", "100")
    world.set_config(TITLES, "min.cleanable.dirty.ratio", "0.01")
    clean_soon(world)
    [port] = ports.free(1)
    worker = world.start("personalize", metrics_port=port)
    eyes = Eyes(world, port)
    for title in ("a", "b", "raised", "refused"):
        put(world, title)
    ranked_titles = {
        "event_id": "h",
        "type": "title_clicked",
        "occurred_at": AT_MS,
        "profile_id": "h",
        "title_id": "stray",
    }
    [place] = world.produce(EVENTS, [(b"h", json.dumps(ranked_titles).encode())])
    eyes.until_done(place, within_s=180)
    eyes.caused()
    assert shown(world, eyes, 0, kind="kids") == {"a", "b", "raised", "refused"}
    withdraw(world, "a")
    put(world, "raised", maturity=16)
    put(world, "refused", name=None)
    assert shown(world, eyes, 1, kind="kids") == {"b"}
    assert shown(world, eyes, 2) == {"b", "raised", "refused"}
    wait_until(lambda: len(letters(world)) == 1, "the refused title has its letter", 20)
    [letter] = letters(world)
    assert letter.key == b"refused"
    assert b"name" in (dict(letter.headers)["repair"] or b"")

    # Compaction leaves of it what can't be used, and of "a" nothing but the tombstone.
    for n in range(3):
        put(world, f"new{n}")
        world.produce(TITLES, [(b"filler", None)])
    wait_until(lambda: compacted(world), "the titles are compacted", 60)
    world.kill(worker)
    world.start("personalize", metrics_port=port)
    new = {"new0", "new1", "new2"}
    assert shown(world, eyes, 3, kind="kids") == {"b", *new}
    assert shown(world, eyes, 4) - {"refused"} == {"b", "raised", *new}
    put(world, "a")
    assert shown(world, eyes, 5) >= {"a", "b", *new}
    assert len(letters(world)) == 1

"""Records on the models topic that nobody can read: workers of both roles start, go on and publish; the rest is removed."""

import json
from dataclasses import replace

from tests.broker.oracle import learned, published
from tests.broker.world import Eyes, World, wait_until
from tests.domain.golden import lines
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.topics import EVENTS, MODELS, TITLES
from playhead.lab.kafka.ports import free
from playhead.runtime.model_repair import find

FOREIGN = [(b"user-7", b"{}"), (b"bundle/77/1", b"?"), (b"\xff", b"")]
TITLE_IDS = [json.loads(line)["title_id"] for line in lines("titles")]


def act(number: int) -> tuple[bytes, bytes]:
    profile = f"p-{number % 7}"
    event = {
        "event_id": f"e-{number}",
        "type": ("page_viewed", "playback_completed")[number % 2],
        "occurred_at": 1_767_226_000_000 + number * 1_000,
        "profile_id": profile,
    }
    if number % 2:
        event |= {"title_id": TITLE_IDS[number % len(TITLE_IDS)], "watched_s": 100}
    return profile.encode(), json.dumps(event).encode()


def test_workers_start_go_on_and_publish(world: World) -> None:
    #  learned ─▶ both stop ─▶ every record torn, foreign ones beside ─▶ both start ─▶ more is learned ─▶ removed
    world.settings = replace(world.settings, publish_every_s=0.1)
    [port] = free(1)
    world.produce(TITLES, [(json.loads(line)["title_id"].encode(), line) for line in lines("titles")])
    workers = [world.start("personalize", metrics_port=port), world.start("learn")]
    eyes = Eyes(world, port)
    for place in world.produce(EVENTS, [act(number) for number in range(60)]):
        eyes.until_done(place, within_s=120)
    eyes.until_followed()
    for worker in workers:
        world.kill(worker)

    rows = {record.key: record.value for record in world.read(MODELS) if record.value}
    torn = [(key, value[: len(value) // 2]) for key, value in rows.items()]
    world.produce(MODELS, [*torn, *FOREIGN])
    assert len(find(world.settings)) == len(torn) + len(FOREIGN)

    world.start("personalize", metrics_port=port)
    world.start("learn")
    wait_until(
        lambda: {row.record.key for row in find(world.settings)} == {key for key, _ in FOREIGN},
        "the learner has overwritten its rows",
        120,
    )
    for place in world.produce(EVENTS, [act(number) for number in range(60, 120)]):
        eyes.until_done(place, within_s=120)
    eyes.until_followed()
    # Nothing is lost, nothing learned twice.
    states = published([(record.key or b"", record.value) for record in world.read(MODELS)])
    assert states.versions == learned(world).versions
    assert states.parts == learned(world).parts

    repair = ["models", "repair", "--bootstrap", world.settings.bootstrap]
    listed = CliRunner().invoke(app, [*repair, "--json"])
    assert {json.loads(line)["key"] for line in listed.stdout.splitlines()} == {
        "user-7",
        "bundle/77/1",
        "\ufffd",
    }
    assert len(find(world.settings)) == len(FOREIGN)  # nothing is removed without being told
    assert "3 records removed" in CliRunner().invoke(app, [*repair, "--yes"]).stderr
    assert find(world.settings) == []

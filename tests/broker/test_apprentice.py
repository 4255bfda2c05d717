"""``playhead apprentice`` beside another system's topic: it compares in the order of time, and writes nothing."""

import json
import subprocess
import sys

from tests.broker.world import World
from tests.timeline import START_MS, happened

from playhead.domain.topics import EVENTS, TITLES, TOPICS

VIEWERS = 40


def apprentice(world: World, topic: str, *options: str) -> "subprocess.CompletedProcess[str]":
    where = ("--bootstrap", world.settings.bootstrap, "--incumbent-topic", topic, "--once")
    return subprocess.run(
        [sys.executable, "-m", "playhead.cli", "apprentice", *where, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_compares_what_was_sent_and_writes_nothing(world: World, incumbent: str) -> None:
    titles = [f"t{n}" for n in range(12)]
    world.produce(TITLES, [(t.encode(), json.dumps({"title_id": t, "name": t}).encode()) for t in titles])
    for viewer in range(VIEWERS):  # a list, then what was chosen from it: by one producer, in this order
        profile = f"p{viewer}"
        shown = {"profile_id": profile, "computed_at": START_MS + 1_000 * viewer, "title_ids": titles[::-1]}
        world.produce(incumbent, [(profile.encode(), json.dumps(shown).encode())])
        act = happened("playback_completed", profile=profile, title_id="t3", watched_s=60, at_s=viewer + 1)
        start = happened("playback_started", profile=profile, title_id="t3", at_s=viewer + 0.5)
        world.produce(EVENTS, [(profile.encode(), json.dumps(each).encode()) for each in (start, act)])
    world.produce(incumbent, [(b"p0", b"no list")])
    before = {topic: len(world.read(topic.name)) for topic in TOPICS}

    done = apprentice(world, incumbent, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["rankings"], report["profiles"], report["choices"]) == (VIEWERS, VIEWERS, VIEWERS)
    assert report["refused"] == 1
    # All lists come before what was chosen from them, of whatever partition; t3 stands at their ninth place, soon at our first.
    assert report["choices_in_theirs"] == 1.0
    assert report["choices_uplift"]["value"] > 1.0
    assert {topic: len(world.read(topic.name)) for topic in TOPICS} == before


def test_a_topic_that_is_not_there_is_named(world: World) -> None:
    done = apprentice(world, "nobody.knows")
    assert done.returncode == 1
    assert "nobody.knows" in done.stderr

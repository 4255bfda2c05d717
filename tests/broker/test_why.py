"""Every ranking that real workers sent can be made again, byte for byte, from what is on the broker."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import msgspec
import pytest
from tests.broker.acts import acted
from tests.broker.world import Tail, World, wait_until
from tests.effort import THOROUGH
from typer.testing import CliRunner

from playhead.cli import app
from playhead.cli.why import explain
from playhead.domain.errors import Unavailable
from playhead.domain.rankings import Ranking
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, EXAMPLES, MODELS, RANKINGS, TAGS, TITLES
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import catalogue
from playhead.models.river.declared import class_of
from playhead.recipe import RECIPE
from playhead.why.past import Past, Place, Relearned, is_beyond, place_named
from playhead.why.profile import until
from playhead.why.reading import recall
from playhead.why.rebuild import differences, rebuild

VIEWERS, ROUNDS, EVENTS_OF_A_ROUND = 100, 24, 120
WARM, PAUSE_S = 4, 0.2
"""After so many rounds the learner must be there; so long one waits for the next, for other models to come."""
ASKED = 200 if THOROUGH else 100


def perform(world: World) -> None:
    """A run: viewers of several markets see what they are sent and act on it while models are learned and published."""
    titles = catalogue(seed=3, count=200)
    # Some are first heard of in an event.
    listed = [msgspec.json.encode(title) for title in titles[:180]]
    world.produce(TITLES, [(json.loads(each)["title_id"].encode(), each) for each in listed])
    world.settings = replace(world.settings, publish_every_s=0.1)
    workers = [world.start("learn"), world.start("personalize", "one"), world.start("personalize", "two")]
    wait_until(lambda: world.members() == 2, "both workers are in the group", 120)
    audience, answers = Audience(3, VIEWERS, titles), Tail(world.settings, RANKINGS)
    acts, sent = acted(audience), 0
    for number in range(ROUNDS):
        if number == WARM:
            wait_until(lambda: bool(world.read(MODELS)), "models are published", 120)
        some = list(islice(acts, EVENTS_OF_A_ROUND))
        world.produce(EVENTS, [(json.loads(each)["profile_id"].encode(), each) for each in some])
        sent += len(some)
        time.sleep(PAUSE_S)
        for record in answers.some(0.3):
            if record.value:
                audience.see(msgspec.json.decode(record.value, type=Ranking))
    wait_until(lambda: world.done() == sent, "all events are taken", 120)
    answers.close()
    for worker in workers:
        world.stop(worker)


class Asked(NamedTuple):
    """A ranking to be made again."""

    bytes: bytes
    ranking: Ranking
    place: Place


def drawn(rankings: list[Incoming]) -> list[Asked]:
    """Some of all that were sent, in the order of the models they were made with."""
    some = random.Random(7).sample([record.value for record in rankings if record.value], ASKED)
    decoded = [(value, msgspec.json.decode(value, type=Ranking)) for value in some]
    asked = [
        Asked(value, ranking, place_named(ranking.market, ranking.model_versions))
        for value, ranking in decoded
    ]
    return sorted(asked, key=lambda asked_ranking: sum(asked_ranking.place.values()))


def story_of(past: Past, asked: Asked, events: dict[int, list[Incoming]]) -> list[str]:
    """What differs between a ranking as it was sent and as it comes out now."""
    assert past.place == asked.place
    part = asked.ranking.caused_by.partition
    key = asked.ranking.profile_id.encode()
    taken, lived = until(
        events[part], key, part, asked.ranking.ranking_id, asked.ranking.version, past.followed.catalogue
    )
    assert lived is not None
    assert taken[-1].offset == asked.ranking.caused_by.offset
    return differences(asked.bytes, rebuild(past, lived, asked.ranking.computed_at).sent.ranking)


def as_published(world: World, asked: list[Asked]) -> Iterator[Past]:
    """The models at each place, from their topic, in one pass."""
    past = Past()
    rows = [*world.read(TITLES), *world.read(TAGS), *world.read(MODELS)]
    at = 0
    for asked_ranking in asked:
        while at < len(rows) and not is_beyond(rows[at], asked_ranking.place):
            past.follow(rows[at])
            at += 1
        yield past


def as_relearned(world: World, asked: list[Asked]) -> Iterator[Past]:
    """The models at each place, from the examples, in one pass."""
    core = Relearned([*world.read(TITLES), *world.read(TAGS)])
    examples = world.read(EXAMPLES)
    for asked_ranking in asked:
        for shard, end in asked_ranking.place.items():
            core.learn(shard, [each for each in examples if each.partition == shard and each.offset < end])
        core.publish()
        yield core.past


def why(world: World, *arguments: str) -> "subprocess.Popen[str]":
    """The command, begun."""
    command = [sys.executable, "-m", "playhead.cli", "why", "--bootstrap", world.settings.bootstrap]
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, *arguments], stdout=pipe, stderr=pipe, text=True)


def untold(topic: str, at: int, end: int) -> None:
    """Progress, for nobody."""


def ask(world: World, newest: Ranking, older: Ranking) -> None:
    """The command line: the newest ranking with a title and without an event, an older one by its version, errors."""
    profile = newest.profile_id
    refused = why(world, "nobody")  # meanwhile
    known = explain(recall(world.settings, profile, None, untold), None, None)["candidates"]
    removed = next(way["title_id"] for way in known if way["removed_by"] or not way["shown"])
    answer = why(world, profile, removed, "--without", newest.caused_by.event_id, "--json")
    printed, complaint = answer.communicate(timeout=60)
    assert answer.returncode == 0, complaint
    account = json.loads(printed)
    assert account["verified"]
    assert account["compared"] == ["ranking"]
    assert account["title"]["title_id"] == removed
    assert {move["title_id"] for move in account["without"]["moves"]} >= {
        item.title_id for item in newest.items
    }
    shown = [way for way in account["candidates"] if way["shown"]]
    assert [way["title_id"] for way in shown] == [item.title_id for item in newest.items]
    for way in shown:
        assert sum(way["parts"].values()) == pytest.approx(way["score"], abs=0.005)
        assert any(took for _, _, took in way["standings"])
    where = ["--bootstrap", world.settings.bootstrap]
    text = CliRunner().invoke(
        app, ["why", *where, older.profile_id, "--version", str(older.version)], catch_exceptions=False
    )
    assert text.exit_code == 0, text.output
    assert "verified: the same" in text.output
    _, complaint = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "no ranking of a profile 'nobody'" in complaint
    assert "Repair:" in complaint


def refuse(world: World, profile: str) -> None:
    """What can't be told gets a reason."""
    with pytest.raises(Unavailable, match="had version 9999"):
        recall(world.settings, profile, 9999, untold)
    recalled = recall(world.settings, profile, None, untold)
    with pytest.raises(Unavailable, match="has the id 'no-such-event'"):
        explain(recalled, None, "no-such-event")
    with pytest.raises(Unavailable, match="knew of a title"):
        explain(recalled, "no such title", None)


def list_models(world: World) -> None:
    """``playhead models``: the River model of the recipe has learned, and took part in what was verified."""
    where = ["models", "--bootstrap", world.settings.bootstrap]
    lines = CliRunner().invoke(app, [*where, "--json"], catch_exceptions=False).output.splitlines()
    [declared] = RECIPE.river
    for line in lines:
        listed = json.loads(line)
        assert listed["name"] == declared.called
        assert listed["class"] == class_of(declared.model)
        assert listed["version"] > 0
        assert listed["age_s"] >= 0
    assert sum(json.loads(line)["learned"] for line in lines) > 0
    assert declared.called in CliRunner().invoke(app, where, catch_exceptions=False).output


def test_rankings_are_made_again_byte_for_byte(world: World) -> None:
    #  workers ──▶ rankings, models, examples ──▶ (workers are gone) ──▶ a hundred rankings made again, twice
    perform(world)
    rankings = world.read(RANKINGS)
    asked = drawn(rankings)
    events: dict[int, list[Incoming]] = {}
    for record in world.read(EVENTS):
        events.setdefault(record.partition, []).append(record)
    assert len({asked_ranking.ranking.market for asked_ranking in asked}) >= 3
    assert len({tuple(asked_ranking.place.items()) for asked_ranking in asked}) >= 20
    assert len(asked[-1].place) >= 2
    for source in (as_published, as_relearned):
        wrong = [
            (asked_ranking.ranking.profile_id, asked_ranking.ranking.version, story)
            for asked_ranking, past in zip(asked, source(world, asked), strict=True)
            if (story := story_of(past, asked_ranking, events))
        ]
        assert not wrong, f"{source.__name__}: {len(wrong)} of {ASKED}, first {wrong[:2]}"
    newest = {record.key: record.value for record in rankings if record.value}
    last = msgspec.json.decode(list(newest.values())[-1], type=Ranking)
    ask(
        world,
        last,
        next(asked_ranking.ranking for asked_ranking in reversed(asked) if asked_ranking.ranking.version > 3),
    )
    refuse(world, last.profile_id)
    list_models(world)

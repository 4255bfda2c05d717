"""Kafka and replay give the same: what each event causes, byte for byte, when it is waited for."""

import json
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from tests.broker.acts import acted
from tests.broker.world import Eyes, World
from tests.domain.golden import lines

from playhead.domain.rankings import Ranking
from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import EVENTS, RANKINGS, TAGS, TITLES
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import catalogue
from playhead.lab.kafka.ports import free
from playhead.replay.core import Replay
from playhead.replay.recorded import Recording
from playhead.replay.tagging import ReplayTagger

DATA = Path(__file__).parents[3] / "shared" / "data"
EVENTS_OF_A_LOG = 150
TITLES_OF_A_LOG = 300
CLOCK = re.compile(rb'"(computed_at|erased_at)":\d+')
EPOCH = re.compile(rb'"origin":\[\d+,')

Told = list[tuple[str, bytes | None, bytes | None]]


def by_key(records: list[Incoming] | list[Outgoing]) -> Told:
    """What records say, without the clock that ranked and the life of the topic they come from."""
    return [
        (record.topic, record.key, record.value and CLOCK.sub(b"now", EPOCH.sub(b"[0,", record.value)))
        for record in records
    ]


def line_of(name: str, line: bytes) -> str:
    return str(json.loads(line)[name])


class Both:
    """One log through replay and through Kafka at once, an event at a time."""

    def __init__(self, world: World, titles: list[bytes]) -> None:
        world.settings = replace(world.settings, publish_every_s=0.01)
        self.world = world
        self.replay, tagger = Replay(), ReplayTagger()
        named = [(line_of("title_id", each).encode(), each) for each in titles]
        for title_id, title in named:
            self.replay.put_title(title)
            tagger.put(title_id, title)
        world.produce(TITLES, named)
        # Replay understands titles by itself; whoever starts now finds what the role ``tag`` says of them.
        world.produce(TAGS, tagger.records())
        [port] = free(1)
        self._port = port
        self.rankings = 0
        self.examples = 0
        self.start()
        self.eyes = Eyes(world, port)

    def start(self) -> None:
        self._workers = [
            self.world.start("learn"),
            self.world.start("personalize", metrics_port=self._port),
        ]

    def restart(self) -> None:
        for worker in self._workers:
            self.world.stop(worker)
        self.start()
        self.eyes.until_followed()

    def send(self, line: bytes) -> list[bytes]:
        """An event to both; the rankings that it caused in both."""
        expected = self.replay.take(line)
        [place] = self.world.produce(EVENTS, [(line_of("profile_id", line).encode(), line)])
        self.eyes.until_done(place)
        for topic, records in self.eyes.caused().items():
            again = [Outgoing(RANKINGS, key, None) for key, _ in expected.erased]
            wanted = [each for each in [*expected.first, *expected.then, *again] if each.topic == topic]
            assert by_key(records) == by_key(wanted), line
        if expected.first:
            self.eyes.until_followed()
        rankings = [each.value for each in expected.then if each.topic == RANKINGS and each.value]
        self.rankings += len(rankings)
        self.examples += len(expected.first)
        return rankings


def recorded(log: str) -> tuple[list[bytes], list[bytes]]:
    """The head of a log, and a catalogue of most of its titles and some others."""
    if not DATA.is_dir():
        pytest.skip(f"the recorded logs are not beside the project: {DATA}")
    with Recording(DATA / f"{log}.events.jsonl.gz") as recording:
        events = [value for _, value in islice(recording.raw(), EVENTS_OF_A_LOG)]
    named = set(re.findall(rb'"title_id": ?"([^"]*)"', b"".join(events)))
    with Recording(DATA / f"{log}.titles.jsonl.gz") as recording:
        titles = {line_of("title_id", value).encode(): value for _, value in recording.raw()}
    # Every tenth title is first heard of in an event.
    chosen = [value for n, (title, value) in enumerate(titles.items()) if title in named and n % 10]
    others = [value for title, value in titles.items() if title not in named]
    return events, chosen + others[: TITLES_OF_A_LOG - len(chosen)]


@pytest.mark.parametrize("log", ["kuairand", "movietweetings"])
def test_a_real_log(world: World, log: str) -> None:
    events, titles = recorded(log)
    both = Both(world, titles)
    for event in events:
        both.send(event)
    assert both.rankings > EVENTS_OF_A_LOG / 4
    assert both.examples > EVENTS_OF_A_LOG / 10


def test_all_types_several_markets_children_and_a_restart(world: World) -> None:
    #  audience ──▶ all golden events ──▶ both workers restarted ──▶ audience goes on
    titles = catalogue(seed=3, count=200)
    audience = Audience(3, 12, titles)
    both = Both(world, [msgspec.json.encode(title) for title in titles[:180]])
    acts = acted(audience)
    markets = set()
    for part in (islice(acts, 60), lines("events"), None, islice(acts, 60)):
        if part is None:
            both.restart()
            continue
        for event in part:
            for ranking in both.send(event):
                answer = msgspec.json.decode(ranking, type=Ranking)
                markets.add(answer.market)
                audience.see(answer)
    assert len(markets) >= 3

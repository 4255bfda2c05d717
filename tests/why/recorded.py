"""A run without Kafka whose topics are lists: events, examples, rankings, each record where Kafka would have it."""

import json
from collections import Counter
from collections.abc import Sequence

import msgspec

from playhead.domain.partitioning import partition_of
from playhead.domain.rankings import Ranking
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, EXAMPLES, RANKINGS, TAGS, TITLES
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import catalogue
from playhead.replay.core import Replay
from playhead.replay.tagging import ReplayTagger

START_MS = 1_767_225_600_000


class Recorded:
    """What an audience did and was answered."""

    def __init__(self, viewers: int = 12, acts: int = 400, experiments: Sequence[bytes] = ()) -> None:
        titles = catalogue(seed=3, count=120)
        self.titles = [
            Incoming(TITLES, 0, n, 0, title.title_id.encode(), msgspec.json.encode(title))
            for n, title in enumerate(titles[:100])
        ]
        self.events: list[Incoming] = []
        self.examples: list[Incoming] = []
        self.rankings: list[tuple[bytes, Ranking]] = []
        self._ends: Counter[tuple[str, int]] = Counter()
        core, audience = Replay(), Audience(3, viewers, titles)
        tagger = ReplayTagger()
        for title in self.titles:
            core.put_title(title.value or b"")
            tagger.put(title.key or b"", title.value or b"")
        self.titles += [
            Incoming(TAGS, 0, n, 0, key, value) for n, (key, value) in enumerate(tagger.records())
        ]
        for experiment in experiments:
            core.put_experiment(experiment)
        now_ms = START_MS
        while len(self.events) < acts:
            now_ms += 5_000
            for event in audience.act(now_ms, 1):
                self._take(core, audience, msgspec.json.encode(event))

    def _take(self, core: Replay, audience: Audience, line: bytes) -> None:
        key = json.loads(line)["profile_id"].encode()
        self.events.append(self._stored(EVENTS, key, line))
        effects = core.take(line)
        self.examples += [self._stored(EXAMPLES, each.key or b"", each.value) for each in effects.first]
        for each in effects.then:
            if each.topic == RANKINGS and each.value:
                ranking = msgspec.json.decode(each.value, type=Ranking)
                self.rankings.append((each.value, ranking))
                audience.see(ranking)

    def _stored(self, topic: str, key: bytes, value: bytes | None) -> Incoming:
        partition = partition_of(key, 4)
        self._ends[topic, partition] += 1
        return Incoming(topic, partition, self._ends[topic, partition] - 1, 0, key, value)

    def events_of(self, partition: int) -> list[Incoming]:
        return [record for record in self.events if record.partition == partition]

"""What must come out of an events topic, computed in this process by the same core: no shell, no kill, no repeat."""

from collections.abc import Sequence
from typing import Any

import msgspec
from tests.broker.world import World

from playhead.domain.examples import Example
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, EXAMPLES, RANKINGS, TITLES
from playhead.recipe import learners, personalizer
from playhead.runtime.topology import describe

Origin = tuple[int, int, int]
_examples = msgspec.json.Decoder(Example)


class Oracle:
    """Folds events one at a time, each partition in its order, with the catalogue of a world."""

    def __init__(self, world: World) -> None:
        self._core = personalizer()
        self._epoch = describe(world.settings, EVENTS)[EVENTS].epoch
        self.follow(world.read(TITLES))
        self.stored: dict[bytes, bytes] = {}
        self.rankings: dict[bytes, Any] = {}
        self.examples: dict[Origin, Example] = {}

    def follow(self, records: Sequence[Incoming]) -> None:
        """Titles or models, in their order."""
        for record in records:
            self._core.follow(record.topic, record.key or b"", record.value)

    def fold(self, records: Sequence[Incoming]) -> None:
        """Events, in any order of partitions."""
        for record in records:
            source = Source(self._epoch, record.partition)
            effects = self._core.step([record], self._read, source, record.timestamp_ms)
            assert not effects.rejected
            for key, value in effects.state:
                assert value is not None
                self.stored[key] = value
            self.rankings |= {
                each.key or b"": msgspec.json.decode(each.value)
                for each in effects.then
                if each.topic == RANKINGS and each.value
            }
            for each in effects.first:
                self.examples |= by_origin(each.value)

    def _read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.stored.get(key) for key in keys]


def by_origin(value: bytes | None) -> dict[Origin, Example]:
    """An example under what tells it from all others."""
    example = _examples.decode(value or b"")
    return {(example.origin.partition, example.origin.offset, example.origin.index): example}


def learned(world: World) -> dict[bytes, bytes]:
    """The models that a learner without any interruption makes of the examples, as rows by key."""
    source = Source(describe(world.settings, EXAMPLES)[EXAMPLES].epoch, 0)
    records = world.read(EXAMPLES)
    rows: dict[bytes, bytes] = {}
    cores = learners()
    for title in world.read(TITLES):
        cores.follow(TITLES, title.key or b"", title.value)
    for shard in sorted({record.partition for record in records}):
        core = cores.learner(shard)
        assert not core.learn([each for each in records if each.partition == shard], source)
        rows |= {each.key or b"": each.value or b"" for each in core.publish(0)}
    return rows


def newest(world: World, topic: str) -> dict[bytes, bytes | None]:
    """The last value of each key: what compaction keeps."""
    return {record.key or b"": record.value for record in world.read(topic)}

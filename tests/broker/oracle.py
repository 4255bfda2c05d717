"""What must come out of an events topic, computed in this process by the same core: no shell, no kill, no repeat."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from tests.broker.world import World
from tests.models.published_states import manifest_in, states

from playhead.domain.errors import Rejected
from playhead.domain.examples import Example
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, EXAMPLES, RANKINGS, TAGS, TITLES
from playhead.learn.choices import Learners
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.runtime.topology import describe
from playhead.signals.record import decode

Origin = tuple[int, int, int, int]
"""Epoch, partition and offset of an event, and the index of an example among its examples."""
BATCH = 500
_examples = msgspec.json.Decoder(Example)


class Oracle:
    """Folds events, each partition in its order, with the catalogue of a world."""

    def __init__(self, world: World) -> None:
        self._core = Personalizer(RECIPE)
        self._core.spread(world.layout.shards)
        self._partitions = world.layout.partitions
        self.epoch = describe(world.settings, EVENTS)[EVENTS].epoch
        """Of the events topic as it is now."""
        self.follow([*world.read(TITLES), *world.read(TAGS)])
        self.stored: dict[bytes, bytes] = {}
        self.rankings: dict[bytes, Any] = {}
        self.examples: dict[Origin, Example] = {}
        self.rejected: dict[tuple[int, int, int], Incoming] = {}
        self.silent: set[tuple[int, int, int]] = set()
        """Events that change nothing though their ids are new: plays that were told already, and what can't be told from a repeat."""
        self._alone: dict[bytes, bytes] = {}

    def follow(self, records: Sequence[Incoming]) -> None:
        """Titles or models, in their order."""
        for record in records:
            with suppress(Rejected):  # as workers do
                self._core.follow(record.topic, record.key or b"", record.value)

    def fold(self, records: Sequence[Incoming], epoch: int | None = None) -> None:
        """Events in the order of each partition, of this life of the topic or of another."""
        epoch = self.epoch if epoch is None else epoch
        for batch in _batches(records):
            source = Source(epoch, batch[0].partition, self._partitions)
            read = partial(self._read, source.partition)
            effects = self._core.step(batch, read, source, batch[-1].timestamp_ms)
            for record, _ in effects.rejected:
                self.rejected[epoch, record.partition, record.offset] = record
            for key, value in effects.state:
                assert value is not None
                self.stored[key] = value
            self.rankings |= {
                each.key or b"": msgspec.json.decode(each.value)
                for each in effects.then
                if each.topic == RANKINGS and each.value
            }
            for each in effects.first:
                if each.topic == EXAMPLES:
                    self.examples |= by_origin(each.value)

    def find_silent(self, records: Sequence[Incoming], epoch: int, seeded: dict[bytes, bytes]) -> None:
        """Folds events one by one, without ranking, to learn which of them change nothing; ``seeded``: records there were before."""
        self._alone = seeded | self._alone
        for record in sorted(records, key=lambda record: (record.partition, record.offset)):
            key, source = record.key or b"", Source(epoch, record.partition, self._partitions)
            if partition_of(key, self._partitions) != record.partition:
                continue
            before = self._alone.get(key)
            folded = self._core.begin(
                [record], lambda keys: [self._alone.get(key) for key in keys], source, 0
            )
            self._alone |= {
                profile_key: value for profile_key, value in folded.effects.state if value is not None
            }
            if (
                before is not None
                and key in self._alone
                and version_of(self._alone[key]) == version_of(before)
            ):
                self.silent.add((epoch, record.partition, record.offset))

    def _read(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """A partition has its own profiles only."""
        return [
            self.stored.get(key) if partition_of(key, self._partitions) == partition else None for key in keys
        ]


def version_of(stored: bytes) -> int:
    """How many events a stored record has folded."""
    profile = decode(stored)[2]
    return 0 if profile is None else profile.delivery_v1.version


def _batches(records: Sequence[Incoming]) -> Iterator[list[Incoming]]:
    ordered = sorted(records, key=lambda record: (record.partition, record.offset))
    for _, group in groupby(ordered, lambda record: record.partition):
        of_partition = list(group)
        for begin in range(0, len(of_partition), BATCH):
            yield of_partition[begin : begin + BATCH]


def by_origin(value: bytes | None) -> dict[Origin, Example]:
    """An example under what tells it from all others."""
    example = _examples.decode(value or b"")
    origin = example.origin
    return {(origin.epoch, origin.partition, origin.offset, origin.index): example}


class Learned(NamedTuple):
    """What is said of each part of the models, and what manifests say that was learned, by shard."""

    parts: dict[str, bytes]
    versions: dict[int, dict[str, int]]


def published(records: Sequence[tuple[bytes, bytes | None]]) -> Learned:
    """What a topic of models says, in the order of its records."""
    versions: dict[int, dict[str, int]] = {}
    for key, value in records:
        if manifest := manifest_in(key, value):
            versions[manifest[0]] = manifest[1].versions
    return Learned(states(records), versions)


def learned(world: World) -> Learned:
    """The models that a learner without any interruption makes of the examples, each told once."""
    source = Source(describe(world.settings, EXAMPLES)[EXAMPLES].epoch, 0)
    first: dict[Origin, Incoming] = {}
    for record in world.read(EXAMPLES):
        [origin] = by_origin(record.value)
        first.setdefault(origin, record)
    rows: list[tuple[bytes, bytes | None]] = []
    cores = Learners(RECIPE.pipeline, RECIPE.river)
    cores.spread(world.layout.shards)
    for title in [*world.read(TITLES), *world.read(TAGS)]:
        cores.follow(title.topic, title.key or b"", title.value)
    for shard in sorted({record.partition for record in first.values()}):
        core = cores.learner(shard)
        assert not core.learn([each for each in first.values() if each.partition == shard], source)
        rows += [(each.key or b"", each.value) for each in core.publish(0)]
    return published(rows)


def newest(world: World, topic: str) -> dict[bytes, bytes | None]:
    """The last value of each key: what compaction keeps."""
    return {record.key or b"": record.value for record in world.read(topic)}

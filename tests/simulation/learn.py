"""A learn worker between any two of whose steps it can die: the real learner, over models that count."""

from collections import Counter
from typing import Any, cast

import numpy as np
from tests.simulation.fakes import Broker

from playhead.arrays import packed_ids
from playhead.domain.examples import Example
from playhead.domain.records import Source
from playhead.domain.topics import EXAMPLES, MODELS
from playhead.learn.learner import Learner
from playhead.models.snapshots.log_index import DirtyTracker
from playhead.models.snapshots.rows import FORMAT, Manifest
from playhead.models.snapshots.schema import VALUES, Bundle, Parts, Values, pack, places, unpack, whole

SHARD = 0


class Account:
    """Models that remember which examples they were taught, how often; their rows travel as those of real ones."""

    def __init__(self) -> None:
        self.taught: Counter[str] = Counter()
        self.trackers = {"sequence": DirtyTracker()}
        self._names: dict[str, int] = {}

    def learn_one(self, example: Example) -> None:
        name = name_of(example)
        self.taught[name] += 1
        self.trackers["sequence"].mark_one(self._number(name))

    def learn_outcomes(self, examples: list[Example]) -> None:
        for example in examples:
            self.learn_one(example)

    def learn_shown(self, examples: list[Example]) -> None:
        """They are counted with their outcomes."""

    def _number(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def bundle(self, parts: Parts) -> Bundle:
        every = list(self._names)
        names = tuple(every[number] for number in parts["sequence"].tolist())
        rows = np.zeros((len(names), VALUES["sequence"]))
        rows[:, 0] = [self.taught[name] for name in names]
        return Bundle(
            packed_ids.pack_ids(names), values=(Values("sequence", places(range(len(names))), pack(rows)),)
        )

    def manifest(self, epoch: int, offset: int, watermarks: dict[str, tuple[int, int]]) -> Manifest:
        return Manifest(FORMAT, {}, epoch, offset, watermarks, {}, 0.0)

    def apply(self, bundle: Bundle) -> Parts:
        [run] = bundle.values
        titles = packed_ids.ids(bundle.titles)
        names = [titles[place] for place in whole(run.names)]
        counts = unpack(run.values).reshape(len(names), -1)[:, 0]
        for name, count in zip(names, counts.tolist(), strict=True):
            self.taught[name] = int(count)
        return {"sequence": np.array([self._number(name) for name in names])}

    def follow(self, manifest: Manifest) -> None:
        pass


def name_of(example: Example) -> str:
    """What an example is about; a title may be sighted by several, as processes forget which titles they know."""
    origin = example.origin
    place = f"{origin.partition}@{origin.offset}"
    return f"{place}/{example.kind}/{example.title_id}/{','.join(sorted(example.labels))}"


class LearnWorker:
    """One life of a learn worker; opening it shuts out the one before it."""

    def __init__(self, broker: Broker, generation: int) -> None:
        self._broker = broker
        self.generation = generation
        self.account = Account()
        self._learner = Learner(SHARD, cast("Any", self.account))
        for record in broker.read(MODELS):
            self._learner.restore(record.key or b"", record.value)
        self.next = self._learner.position(1)

    @property
    def unpublished(self) -> bool:
        return self._learner._next != self._learner._published

    def learn(self, count: int) -> None:
        batch = self._broker.read(EXAMPLES, offset=self.next, limit=count)
        self.next = min(self.next + count, self._broker.end(EXAMPLES))
        if batch:
            assert not self._learner.learn(batch, Source(1, SHARD))

    def publish(self, newest: int) -> bool:
        """One transaction: all rows, or none when a later life has begun. Whether this life may go on."""
        rows = self._learner.publish(0)
        mine = self.generation == newest
        for row in rows if mine else []:
            self._broker.append(row)
        return mine

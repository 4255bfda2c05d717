"""A learn worker between any two of whose steps it can die: the real learner, over models that count."""

from collections import Counter
from typing import Any, cast

import numpy as np
from tests.simulation.fakes import Broker

from playhead.domain.examples import Example
from playhead.domain.records import Source
from playhead.domain.topics import EXAMPLES, MODELS
from playhead.models.learner import Learner
from playhead.models.rows import FORMAT, Manifest, Place, Row, ValuesRow, key_of, pack, unpack

SHARD = 0


class Ledger:
    """Models that remember which examples they were taught, how often; their rows travel as those of real ones."""

    def __init__(self) -> None:
        self.taught: Counter[str] = Counter()
        self._moved: set[str] = set()

    def learn_one(self, example: Example) -> None:
        name = name_of(example)
        self.taught[name] += 1
        self._moved.add(name)

    def changed(self) -> list[tuple[bytes, Row]]:
        moved, self._moved = sorted(self._moved), set()
        return [
            (key_of("sequence", SHARD, name), ValuesRow(pack(np.array([self.taught[name]]))))
            for name in moved
        ]

    def manifest(self, epoch: int, offset: int, watermarks: dict[str, tuple[int, int]]) -> Manifest:
        return Manifest(FORMAT, {}, epoch, offset, watermarks, {}, 0.0)

    def apply(self, place: Place, row: Row) -> None:
        if isinstance(row, ValuesRow):
            self.taught[place.part] = int(unpack(row.values)[0])


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
        self.ledger = Ledger()
        self._learner = Learner(SHARD, cast("Any", self.ledger))
        for record in broker.read(MODELS):
            self._learner.restore(record.key or b"", record.value)
        self.next = self._learner.position(1)

    @property
    def unpublished(self) -> bool:
        return self._learner._next != self._learner._published

    def learn(self, count: int) -> None:
        batch = self._broker.read(EXAMPLES, offset=self.next, limit=count)
        if batch:
            assert not self._learner.learn(batch, Source(1, SHARD))
            self.next = batch[-1].offset + 1

    def publish(self, newest: int) -> bool:
        """One transaction: all rows, or none when a later life has begun. Whether this life may go on."""
        rows = self._learner.publish(0)
        mine = self.generation == newest
        for row in rows if mine else []:
            self._broker.append(row)
        return mine

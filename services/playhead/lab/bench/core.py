"""The core that serves, without Kafka around it: catalogue, models and profiles as they are on the broker now."""

import gc
import time
from collections.abc import Iterator, Sequence
from typing import Self

from playhead.domain.partitioning import partition_of
from playhead.domain.records import Effects, Incoming, Source
from playhead.domain.topics import EVENTS, MODELS, PROFILE_PARTITIONS, PROFILES_CHANGELOG, TITLES
from playhead.lab.demo.load import Act
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.runtime.partition_worker import BATCH
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.warmup import warm_up
from playhead.runtime.worker import COLLECT_AFTER

EPOCH = 1
"""Another epoch of the events topic than that of the stored records, so that their watermarks do not count here."""


def like_a_worker() -> None:
    """Loads the compiled loops and sets the garbage collector as a worker does."""
    warm_up()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class Core:
    """A personalizer whose profiles are in memory."""

    def __init__(self) -> None:
        self.personalizer: Personalizer = Personalizer(RECIPE)
        self.stored: dict[bytes, bytes] = {}

    @classmethod
    def from_broker(cls, settings: Settings, *, profiles: bool = True) -> Self:
        """The core with titles, models and profiles as a worker that starts now would have them."""
        core = cls()
        for topic in (TITLES, MODELS):
            with Reader(settings, topic) as reader:
                for records in reader.to_end():
                    for record in records:
                        core.personalizer.follow(topic, record.key or b"", record.value)
        if profiles:
            with Reader(settings, PROFILES_CHANGELOG) as reader:
                for records in reader.to_end():
                    core.keep([(record.key or b"", record.value) for record in records])
        return core

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Reads stored records, as from a worker's store."""
        return [self.stored.get(key) for key in keys]

    def keep(self, records: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Keeps records, as in a worker's store."""
        for key, value in records:
            if value is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = value

    def step(self, batch: Sequence[Incoming]) -> Effects:
        """Processes one batch of one partition."""
        now_ms = time.time_ns() // 1_000_000
        effects = self.personalizer.step(batch, self.read, Source(EPOCH, batch[0].partition), now_ms)
        self.keep(effects.state)
        return effects


def batches(acts: Sequence[Act], size: int = BATCH) -> Iterator[list[Incoming]]:
    """Events as a worker that is behind takes them: full batches, partition after partition."""
    waiting: list[list[Incoming]] = [[] for _ in range(PROFILE_PARTITIONS)]
    offsets = [0] * PROFILE_PARTITIONS
    for act in acts:
        key = act.profile_id.encode()
        place = partition_of(key, PROFILE_PARTITIONS)
        waiting[place].append(Incoming(EVENTS, place, offsets[place], 0, key, act.value))
        offsets[place] += 1
        if len(waiting[place]) == size:
            yield waiting[place]
            waiting[place] = []
    yield from (batch for batch in waiting if batch)

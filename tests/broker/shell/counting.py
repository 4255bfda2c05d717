"""Small honest roles for the shell: they count, so that every loss and every duplicate shows.

Run as a program it is a worker of one of them: ``counting.py personalize|learn``, settings from the environment.
"""

import json
import struct
import sys
from collections.abc import Sequence

from playhead.domain.errors import Rejected
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.stats import ArtworkTake, PrequentialPrediction
from playhead.domain.topics import EXAMPLES, MODELS, RANKINGS
from playhead.models.river.state import ModelAct
from playhead.personalize.core import FoldedBatch, ReadRecords
from playhead.runtime.learn import run_learn
from playhead.runtime.personalize import run_personalize
from playhead.runtime.settings import from_environment

HEADER = struct.Struct(">IQBQ")
"""Epoch, offset watermark, MAP, events counted; padding to the size of a real profile follows."""
MAP = 0x81
"""As MessagePack begins, behind the watermark of a real record."""
PADDING = bytes(2000)
POISON = b"poison"
BUG = b"bug"


class CountingPersonalizer:
    """Counts events by profile; an example and a ranking for each."""

    def __init__(self) -> None:
        self.followed: dict[tuple[str, bytes], bytes | None] = {}

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        if value == POISON:
            raise Rejected("Poison.", "Produce none.")
        self.followed[topic, key] = value

    def spread(self, shards: int) -> None:
        pass

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:
        if any(record.value == BUG for record in batch):
            raise ValueError("a bug in the core")
        effects = Effects()
        keys = list({record.key or b"" for record in batch})
        counts = {key: _count(value) for key, value in zip(keys, read(keys), strict=True)}
        for record in batch:
            key = record.key or b""
            flaw = Rejected("Poison.", "Produce none.") if record.value == POISON else record.flaw
            if flaw is not None:
                effects.rejected.append((record, flaw))
                continue
            epoch, watermark, count = counts[key]
            if epoch == source.epoch and record.offset <= watermark:
                continue
            counts[key] = (source.epoch, record.offset, count + 1)
            example = {"partition": record.partition, "offset": record.offset}
            effects.first.append(Outgoing(EXAMPLES, key[-1:], json.dumps(example).encode()))
        for key, count_now in counts.items():
            effects.state.append((key, HEADER.pack(*count_now[:2], MAP, count_now[2]) + PADDING))
            ranking = {"count": count_now[2], "watermark": count_now[1], "partition": source.partition}
            effects.then.append(Outgoing(RANKINGS, key, json.dumps(ranking).encode()))
        return FoldedBatch(source, now_ms, effects)

    def finish(self, parts: Sequence[FoldedBatch]) -> None:
        pass


class CountingLearner:
    """Counts the examples of its shard."""

    def __init__(self, shard: int) -> None:
        self.shard = shard
        self.count = 0
        self._position = (0, 0)
        self._published = -1

    def restore(self, key: bytes, value: bytes | None) -> None:
        if key == f"count/{self.shard}".encode() and value is not None:
            stored = json.loads(value)
            self.count, self._position = stored["count"], (stored["epoch"], stored["position"])

    def begin(self) -> bool:
        return False

    def position(self, epoch: int) -> int:
        return self._position[1] if self._position[0] == epoch else 0

    def learn(self, batch: Sequence[Incoming], source: Source) -> list[tuple[Incoming, Rejected]]:
        rejected = [
            (record, Rejected("Poison.", "Produce none.")) for record in batch if record.value == POISON
        ]
        self.count += len(batch) - len(rejected)
        self._position = (source.epoch, batch[-1].offset + 1)
        return rejected

    def predicted(self) -> list[PrequentialPrediction]:
        return []

    def other_features(self) -> int:
        return 0

    def widening(self) -> float:
        return 1.0

    def takes(self) -> list[ArtworkTake]:
        return []

    def acts(self) -> list[ModelAct]:
        return []

    def publish(self, now_ms: int) -> list[Outgoing]:  # noqa: ARG002
        if self._position[1] == self._published:
            return []
        self._published = self._position[1]
        value = {"count": self.count, "epoch": self._position[0], "position": self._position[1]}
        return [Outgoing(MODELS, f"count/{self.shard}".encode(), json.dumps(value).encode())]


class CountingLearners:
    """Makes them; follows nothing."""

    def river_models(self) -> list[str]:
        return []

    def spread(self, shards: int) -> None:
        pass

    def learner(self, shard: int) -> CountingLearner:
        return CountingLearner(shard)

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        pass


def _count(value: bytes | None) -> tuple[int, int, int]:
    if value is None:
        return (0, 0, 0)
    epoch, watermark, _, count = HEADER.unpack(value[: HEADER.size])
    return (epoch, watermark, count)


def main(role: str) -> int:
    """Work as a role that counts."""
    if role == "personalize":
        return run_personalize(from_environment(), CountingPersonalizer())
    return run_learn(from_environment(), CountingLearners())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

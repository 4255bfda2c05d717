"""The delivery layer alone: Playhead's own worker around a core that does next to nothing.

``python -m playhead.lab.bench.alone BOOTSTRAP GROUP FOLDER``: partition workers, store, changelog, outbox and commits are those that
serve. The core does what ``quix.py`` does: a viewer's last hundred titles are read, changed and written, each event is
sent on.
"""

import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.topics import RANKINGS
from playhead.lab.bench.quix import BEFORE, KEPT
from playhead.personalize.core import FoldedBatch, ReadRecords
from playhead.process.parent import watch_parent
from playhead.runtime.personalize import run_personalize
from playhead.runtime.settings import from_environment

_WATERMARK = struct.Struct(">IQ")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[str])


class _Event(msgspec.Struct, gc=False):
    title_id: str = ""


_event = msgspec.json.Decoder(_Event)


class Remembers:
    """A core that stores the last titles of each viewer and learns nothing from them."""

    def spread(self, shards: int) -> None:
        """Does nothing: this core has no models."""

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Does nothing: this core follows no topics."""

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:
        """Makes one record a viewer and forwards each event; a redelivered event is stored again."""
        effects = Effects()
        groups: dict[bytes, list[Incoming]] = {}
        for record in batch:
            groups.setdefault(record.key or b"", []).append(record)
            effects.then.append(Outgoing(RANKINGS, record.key, record.value, partition=source.partition))
        for (key, records), stored in zip(groups.items(), read(list(groups)), strict=True):
            watched = BEFORE if stored is None else _decoder.decode(memoryview(stored)[_WATERMARK.size :])
            for record in records:
                watched = [_event.decode(record.value or b"").title_id, *watched[: KEPT - 1]]
            watermark = _WATERMARK.pack(source.epoch, records[-1].offset)
            effects.state.append((key, watermark + _encoder.encode(watched)))
        return FoldedBatch(source, now_ms, effects)

    def finish(self, parts: Sequence[FoldedBatch]) -> None:
        """Does nothing: ``begin`` has done all."""


if __name__ == "__main__":
    if parent := os.environ.get("PLAYHEAD_PARENT"):
        watch_parent(int(parent))
    bootstrap, group, folder = sys.argv[1:4]
    sys.exit(
        run_personalize(
            from_environment(bootstrap=bootstrap, instance=group, data_dir=Path(folder), log_format="text"),
            Remembers(),
        )
    )

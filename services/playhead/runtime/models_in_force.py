"""The River models in force, as the newest manifest of each shard on the models topic lists them."""

from collections.abc import Iterator
from typing import NamedTuple

from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS
from playhead.models.river.state import InForce
from playhead.models.snapshots.rows import Manifest, decode_row, place_of
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings


class Listed(NamedTuple):
    """A model of a shard; published_ms: broker timestamp of the version."""

    shard: int
    model: InForce
    published_ms: int


def in_force(settings: Settings) -> list[Listed]:
    """All of them, by shard; what can't be read is passed over."""
    newest: dict[int, tuple[Manifest, int]] = {}
    with Reader(settings, MODELS, whole=True) as reader:
        for batch in reader.to_end():
            for record in batch:
                for shard, manifest in _manifest(record.key or b"", record.value):
                    newest[shard] = (manifest, record.timestamp_ms)
    return [
        Listed(shard, model, at_ms)
        for shard, (manifest, at_ms) in sorted(newest.items())
        for model in manifest.river
    ]


def _manifest(key: bytes, value: bytes | None) -> Iterator[tuple[int, Manifest]]:
    if value is None or not key.startswith(b"manifest/"):
        return
    try:
        place = place_of(key)
        row = decode_row(place, value)
    except Rejected:
        return  # ``playhead models repair`` lists it
    if isinstance(row, Manifest):
        yield place.shard, row

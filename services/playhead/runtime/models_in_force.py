"""What the newest manifest of each shard on the models topic says: the River models in force, and how far pages are looked at."""

from collections.abc import Iterator
from typing import NamedTuple

from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS
from playhead.models.examination import Examination
from playhead.models.river.state import InForce
from playhead.models.snapshots.rows import Manifest, Totals, decode_row, place_of
from playhead.models.snapshots.schema import unpack
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings


class Listed(NamedTuple):
    """A River model of a shard; published_ms: broker timestamp of the shard's version."""

    shard: int
    model: InForce
    published_ms: int


class Looks(NamedTuple):
    """How far the pages of an audience are looked at (``models.examination``), and with how many pages it was learned.

    rows, places: the chance that each is looked at; rescue: that a title looked at in a row of rescue is taken.
    """

    audience: str
    pages: float
    rows: list[float]
    places: list[float]
    rescue: float


def in_force(settings: Settings) -> list[Listed]:
    """All River models, by shard; what can't be read is passed over."""
    newest = _newest(settings)
    return [
        Listed(shard, model, at_ms)
        for shard, (manifest, at_ms) in sorted(newest.items())
        for model in manifest.river
    ]


def looks(settings: Settings, further: float, taken: float) -> list[Looks]:
    """How far the pages of each audience that reports it are looked at; ``further``, ``taken``: the priors of ``Examination``."""
    manifests = [manifest for _, (manifest, _) in sorted(_newest(settings).items())]
    return sorted(
        _looks(audience, totals, further, taken)
        for manifest in manifests
        for audience, totals in manifest.looks.items()
    )


def _looks(audience: str, totals: Totals, further: float, taken: float) -> Looks:
    examination, at_ms = Examination(), totals.now_ms
    examination.put(unpack(totals.total), at_ms)
    rows, places = examination.rows(at_ms, further).tolist(), examination.places(at_ms, further).tolist()
    return Looks(audience, examination.pages(at_ms), rows, places, examination.taken(at_ms, taken))


def _newest(settings: Settings) -> dict[int, tuple[Manifest, int]]:
    """The newest manifest of each shard, and the broker timestamp of it."""
    newest: dict[int, tuple[Manifest, int]] = {}
    with Reader(settings, MODELS, whole=True) as reader:
        for batch in reader.to_end():
            for record in batch:
                for shard, manifest in _manifest(record.key or b"", record.value):
                    newest[shard] = (manifest, record.timestamp_ms)
    return newest


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

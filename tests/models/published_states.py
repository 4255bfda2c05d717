"""The contents of a models topic, part by part, whichever record holds them, to compare the state of two learners."""

from collections.abc import Iterable, Iterator

import numpy as np

from playhead.arrays import packed_ids
from playhead.domain.errors import Rejected
from playhead.models.artwork import VALUES as ARTWORK_VALUES
from playhead.models.heads import SLOT_VALUES
from playhead.models.makers import VALUES as MAKERS_VALUES
from playhead.models.snapshots.rows import Manifest, decode_row, place_of
from playhead.models.snapshots.schema import VALUES, WEIGHTS, Bundle, Links, Slots, is_of_labels, pack, whole


def states(records: Iterable[tuple[bytes, bytes | None]]) -> dict[str, bytes]:
    """The newest value of each part, by shard, kind and name; bundles count when their manifest comes.

    Unreadable records are skipped.
    """
    parts: dict[str, bytes] = {}
    waiting: dict[int, dict[str, bytes]] = {}
    for key, value in records:
        if value is None:
            continue
        try:
            place = place_of(key)
            row = decode_row(place, value)
        except Rejected:  # as all who read the topic
            continue
        mine = waiting.setdefault(place.shard, {})
        if isinstance(row, Manifest):
            parts |= mine
            mine.clear()
        else:
            mine |= {f"{place.shard}/{name}": part for name, part in _parts(row)}
    return parts


def manifest_in(key: bytes, value: bytes | None) -> tuple[int, Manifest] | None:
    """The manifest in a record, and its shard, if there is one in it that can be read."""
    try:
        place = place_of(key)
        row = decode_row(place, value or b"") if place.model == "manifest" else None
    except Rejected:
        return None
    return (place.shard, row) if isinstance(row, Manifest) else None


def _parts(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    titles, labels = packed_ids.ids(bundle.titles), packed_ids.ids(bundle.labels)
    for count in bundle.counts:
        names = labels if is_of_labels(count.group) else titles
        # As many half-lives as there were when it was written.
        rows = _rows(count.counts, 8 * (len(count.counts) // (2 * len(count.names)))), _rows(count.at_ms, 8)
        for place, counts, at_ms in zip(whole(count.names), *rows, strict=True):
            yield f"popularity/{count.group}/{names[place]}", counts + at_ms
    for link in bundle.links:
        yield from _segments(link, titles)
    for run in bundle.values:
        for place, values in zip(whole(run.names), _rows(run.values, 8 * VALUES[run.model]), strict=True):
            yield f"{run.model}/{titles[place]}", values
    yield from _slots("heads", bundle.slots, SLOT_VALUES)
    yield from _slots("artwork", bundle.artwork, ARTWORK_VALUES)
    yield from _slots("makers", bundle.makers, MAKERS_VALUES)
    for week in bundle.weeks:
        chosen = "\n".join(titles[place] for place in whole(week.names))
        yield (
            f"season/{week.audience}/{week.number}",
            chosen.encode() + week.counts + pack(np.array(week.total)),
        )
    for block in bundle.blocks:
        yield f"blend/{block.number}", block.ranking + block.inverse + block.likelihood + block.moved
    for regression in bundle.regression:
        yield "newton", regression.weights + regression.covariances


def _slots(kind: str, columns: Iterable[Slots], width: int) -> Iterator[tuple[str, bytes]]:
    for slots in columns:
        for slot, values in zip(whole(slots.slots), _rows(slots.values, 8 * width), strict=True):
            yield f"{kind}/{slot}", values


def _segments(link: Links, titles: list[str]) -> Iterator[tuple[str, bytes]]:
    width, kind = WEIGHTS[link.model]
    ends = np.cumsum(np.frombuffer(link.sizes, dtype=np.uint8), dtype=np.int64)
    weights = _rows(link.weights, width * np.dtype(kind).itemsize)
    others, met = [titles[place] for place in whole(link.others)], _rows(link.met, 8)
    for n, place in enumerate(whole(link.names)):
        inside = slice(ends[n - 1] if n else 0, ends[n])
        part = "\n".join(others[inside]).encode() + b"".join(weights[inside])
        name = f"{link.model}/{titles[place]}/{link.segments[n]}"
        yield name, part if link.segments[n] else part + met[n]


def _rows(data: bytes, size: int) -> list[bytes]:
    return [data[first : first + size] for first in range(0, len(data), size)]

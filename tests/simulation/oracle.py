"""What must come of a story: the core over it one event at a time, without a kill, a repeat or a second worker."""

import json
from collections import Counter
from typing import NamedTuple

import msgspec
from tests.simulation.learn import Account, name_of
from tests.simulation.personalize import EPOCH
from tests.simulation.story import PARTITION_OF, POISON

from playhead.domain.examples import Example
from playhead.domain.forwarding import origin_of
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import RANKINGS
from playhead.personalize.core import Personalizer, Recipe
from playhead.signals.record import decode, encode, is_erasure_marker

_examples = msgspec.json.Decoder(Example)


class Truth(NamedTuple):
    """state: by profile, without the watermark. taught: how often each example is to be learned.

    rankings: version and cause's offset of the newest ranking of each profile, as of its last act that moves lists;
    None for one that was erased and not ranked since. erased: ids of erasures. poison: how many broken records.
    """

    state: dict[bytes, bytes]
    taught: Counter[str]
    rankings: dict[bytes, tuple[int, int] | None]
    erased: set[str]
    poison: int


def folded(stored: bytes) -> bytes:
    """A stored record without its watermarks: how far it was read depends on what was read twice."""
    if is_erasure_marker(stored):
        return b""
    _, _, profile = decode(stored)
    profile.delivery_v1.moved.clear()
    return encode(profile, Source(EPOCH, 0), 0)


def truth(log: list[Incoming], recipe: Recipe) -> Truth:
    """Each event counts once in a life of its profile; a retry of an erasure is another erasure.

    ``log``: the events as they came to stand, those that were sent on to the partition of their profile among them.
    """
    core, ledger = Personalizer(recipe), Account()
    stored: dict[bytes, bytes] = {}
    rankings: dict[bytes, tuple[int, int] | None] = {}
    lived: dict[bytes, set[str]] = {}
    moved: dict[bytes, int] = {}
    erased: set[str] = set()
    for record in log:
        key, origin = record.key or b"", origin_of(record)
        if record.value == POISON or PARTITION_OF[key] != record.partition:
            continue
        if origin is not None and origin.offset <= moved.get(key, -1):
            continue  # sent on twice
        event_id = json.loads(record.value or b"")["event_id"]
        if event_id in lived.setdefault(key, set()):
            continue
        lived[key].add(event_id)
        effects = core.step(
            [record], lambda keys: [stored.get(key) for key in keys], Source(EPOCH, record.partition), 0
        )
        if origin is not None:
            moved[key] = origin.offset
        for each, value in effects.state:
            if not value or is_erasure_marker(value):
                stored.pop(each, None)
                lived[key].clear()
                moved.pop(key, None)
                erased.add(event_id)
                rankings[each] = None
            else:
                stored[each] = value
        if any(record.topic == RANKINGS and record.value for record in effects.then):
            delivery = decode(stored[key])[2].delivery_v1
            rankings[key] = (delivery.version, delivery.cause_offset)
        for each_told in effects.first:
            ledger.learn_one(_examples.decode(each_told.value or b""))
    state = {key: folded(value) for key, value in stored.items()}
    return Truth(state, ledger.taught, rankings, erased, sum(one.value == POISON for one in log))


__all__ = ["Truth", "name_of", "truth"]

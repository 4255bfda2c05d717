"""What must come of a story: the core over it one event at a time, without a kill, a repeat or a second worker."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
from tests.simulation.learn import Account, name_of
from tests.simulation.personalize import EPOCH
from tests.simulation.story import EXPERIMENT, PARTITION_OF, POISON

from playhead.domain.examples import Example
from playhead.domain.forwarding import origin_of
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EXPERIMENTS, RANKINGS
from playhead.experiments import arm_sums
from playhead.personalize.core import Personalizer
from playhead.personalize.recipe import Recipe
from playhead.signals.record import decode, encode, is_erasure_marker

_examples = msgspec.json.Decoder(Example)


class Truth(NamedTuple):
    """state: by profile, without the watermark. taught: how often each example is to be learned.

    rankings: version and cause's offset of the newest ranking of each profile, as of its last act that moves lists;
    None for one that was erased and not ranked since. erased: ids of erasures. poison: how many broken records.
    sums: of the arms of the experiment, by partition, as ``summed`` has them.
    """

    state: dict[bytes, bytes]
    taught: Counter[str]
    rankings: dict[bytes, tuple[int, int] | None]
    erased: set[str]
    poison: int
    sums: dict[int, str]


def folded(stored: bytes) -> bytes:
    """A stored record without its watermarks: how far it was read depends on what was read twice."""
    if is_erasure_marker(stored):
        return b""
    _, _, profile = decode(stored)
    profile.delivery_v1.moved.clear()
    return encode(profile, Source(EPOCH, 0), 0)


def summed(stored: bytes | None) -> str:
    """Sums of arms without their watermark, and without what adding in another order makes of them."""
    sums = arm_sums.decode(stored, EPOCH).sums
    return str(
        {
            name: {arm: np.round(rows, 6).tolist() for arm, rows in sorted(arms.items())}
            for name, arms in sums.items()
        }
    )


def _read(kept: Mapping[bytes, bytes | None], keys: Sequence[bytes]) -> list[bytes | None]:
    return [kept.get(key) for key in keys]


def truth(  # noqa: C901 - one event after the other, and all that may come of it
    log: list[Incoming], recipe: Recipe
) -> Truth:
    """Each event counts once in a life of its profile; a retry of an erasure is another erasure.

    ``log``: the events as they came to stand, those that were sent on to the partition of their profile among them.
    """
    core, tracker = Personalizer(recipe), Account()
    core.follow(EXPERIMENTS, *EXPERIMENT)
    sums: dict[int, bytes | None] = {}
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
        kept = stored | {arm_sums.KEY: sums.get(record.partition)}
        effects = core.step([record], partial(_read, kept), Source(EPOCH, record.partition), 0)
        if origin is not None:
            moved[key] = origin.offset
        for each, value in effects.state:
            if each == arm_sums.KEY:
                sums[record.partition] = value
            elif not value or is_erasure_marker(value):
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
            tracker.learn_one(_examples.decode(each_told.value or b""))
    poison = sum(record.value == POISON for record in log)
    state = {key: folded(value) for key, value in stored.items()}
    return Truth(
        state,
        tracker.taught,
        rankings,
        erased,
        poison,
        {place: summed(value) for place, value in sums.items()},
    )


__all__ = ["Truth", "name_of", "truth"]

"""What must come of a story: the core over it one event at a time, without a kill, a repeat or a second worker."""

from collections import Counter
from typing import NamedTuple

import msgspec
from tests.simulation.learn import Account, name_of
from tests.simulation.personalize import EPOCH
from tests.simulation.story import LEFT_OUT, POISON, Told

from playhead.domain.examples import Example
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, RANKINGS
from playhead.signals.record import decode, is_grave
from playhead.step import Personalizer, Recipe

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


def truth(told: list[Told], recipe: Recipe) -> Truth:
    """Each event counts once in a life of its profile; a retry of an erasure is another erasure."""
    core, ledger = Personalizer(recipe), Account()
    stored: dict[bytes, bytes] = {}
    rankings: dict[bytes, tuple[int, int] | None] = {}
    lived: dict[str, set[str]] = {}
    erased: set[str] = set()
    offsets = Counter[int]()
    for one in told:
        offset = offsets[one.partition]
        offsets[one.partition] += 1
        if one.value in {POISON, LEFT_OUT} or one.event_id in lived.setdefault(one.profile, set()):
            continue
        lived[one.profile].add(one.event_id)
        key = one.profile.encode()
        effects = core.step(
            [Incoming(EVENTS, one.partition, offset, 0, key, one.value)],
            lambda keys: [stored.get(key) for key in keys],
            Source(EPOCH, one.partition),
            0,
        )
        for each, value in effects.state:
            if not value or is_grave(value):
                stored.pop(each, None)
                lived[one.profile].clear()
                erased.add(one.event_id)
                rankings[each] = None
            else:
                stored[each] = value
        if any(record.topic == RANKINGS and record.value for record in effects.then):
            rankings[key] = (decode(stored[key])[2].delivery_v1.version, offset)
        for record in effects.first:
            ledger.learn_one(_examples.decode(record.value or b""))
    state = {key: value[12:] for key, value in stored.items()}
    return Truth(state, ledger.taught, rankings, erased, sum(one.value == POISON for one in told))


__all__ = ["Truth", "name_of", "truth"]

"""The core that serves, as it goes through a log: the list that stood on each page, by rank."""

from typing import NamedTuple

import msgspec

from playhead.domain.records import Effects
from playhead.domain.topics import RANKINGS
from playhead.evaluate.replay import Replay
from playhead.step import Recipe


class Item(msgspec.Struct, gc=False):
    """A title in its place; JSON has no NaN, so a score that is not finite arrives as None."""

    title_id: str
    score: float | None


class Served(msgspec.Struct, gc=False):
    """As much of a ranking as measuring needs."""

    items: tuple[Item, ...] = ()


class Contender(NamedTuple):
    """The core under a name: as it serves, or with a recipe that leaves something out."""

    name: str
    core: Replay


_served = msgspec.json.Decoder(Served)


def contender(name: str, recipe: Recipe | None = None) -> Contender:
    """The core as it serves, unless a recipe is given."""
    return Contender(name, Replay() if recipe is None else Replay(recipe))


def listed(effects: Effects) -> list[str]:
    """The titles of the ranking that an event caused, best first; empty when it caused none.

    Raises:
        FloatingPointError: a score is not finite.
    """
    for outgoing in effects.then:
        if outgoing.topic == RANKINGS and outgoing.value is not None:
            items = _served.decode(outgoing.value).items
            if any(item.score is None for item in items):
                raise FloatingPointError("a score of a ranking is not finite")
            return [item.title_id for item in items]
    return []

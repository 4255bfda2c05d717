"""Several people under one profile: profiles of a log that are active in the same period are merged, to ask what that costs.

The same choices are looked up in the lists of one profile a person, and in those of one profile a household: the log is the
same but for the ids of profiles. A choice is a target where nobody of the household had consumed the title before, so that all
systems have the same targets.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import orjson

from playhead.arrays.hashing import digest
from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects
from playhead.lab.evaluate.choices import Outline, kinds_of
from playhead.lab.evaluate.engines import Live
from playhead.lab.evaluate.reading import distinct
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.recorded import Recording

APART = "a profile a person"
LEAST = 2
"""Consumptions of a profile in the log; one with fewer stays alone."""
DAY_MS = 86_400_000

Households = Mapping[str, str]
"""The household of each profile that shares one, by their ids."""


def households(events: Path, size: int, limit: int | None = None) -> Households:
    """Profiles to be merged, ``size`` of them at a time.

    A household is a profile and the next ones, in the order of the digests of their ids, whose days of activity overlap with
    the first one's; a profile with too few of those stays alone.

    Raises:
        Unavailable: the log can't be read, or no profiles are active in the same period.
    """
    waiting = _periods(events, limit)
    merged: dict[str, str] = {}
    while waiting:
        first, (begin, end) = next(iter(waiting.items()))
        together = [name for name, (b, e) in waiting.items() if b <= end and begin <= e][:size]
        if len(together) == size:
            merged |= dict.fromkeys(together, "+".join(together))
        for name in together if len(together) == size else [first]:
            del waiting[name]
    if not merged:
        raise Unavailable(
            f"No {size} profiles of the log are active in the same period.",
            "Name a longer log, or merge fewer profiles.",
        )
    return merged


def _periods(events: Path, limit: int | None) -> dict[str, tuple[int, int]]:
    """The first and the last day of each profile with enough consumptions, in the order of digests."""
    with Recording(events) as log:
        happened = [event for _, event in distinct(log, limit)]
    kind = kinds_of({event.type for event in happened})[0]
    days: dict[str, list[int]] = defaultdict(list)
    for event in happened:
        if event.type in kind.types and kind.holds(event, event.duration_s or 0.0):
            days[event.profile_id].append(event.occurred_at // DAY_MS)
    order = sorted(
        (name for name in days if len(days[name]) >= LEAST),
        key=lambda profile_id: (digest(profile_id), profile_id),
    )
    return {name: (min(days[name]), max(days[name])) for name in order}


class Merged(Live):
    """The core on the log in which the people of a household have one id."""

    def __init__(self, name: str, merged: Households, recipe: Recipe = RECIPE) -> None:
        super().__init__(name, recipe)
        self._merged = merged

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Folds the event as one of the household."""
        return super().take(line, self._renamed(value), event)

    def lists(self, line: int, value: bytes) -> list[list[str]]:
        """The list of the household."""
        return super().lists(line, self._renamed(value))

    def _renamed(self, value: bytes) -> bytes:
        try:
            event = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value  # the core says what is wrong with it
        household = self._merged.get(event.get("profile_id", "")) if isinstance(event, dict) else None
        return orjson.dumps(event | {"profile_id": household}) if household else value

"""A market of few viewers: what it is worth to it that other markets are there.

Some viewers of a log have a market of their own. Their choices are looked up in the lists of a core that has all viewers of the log, and
of one that has only these: the first leans on what is chosen elsewhere as far as the small market lacks data, the second can't.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import orjson

from playhead.arrays.hashing import digest
from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects
from playhead.lab.evaluate.choices import Outline
from playhead.lab.evaluate.engines import CORE, Live
from playhead.lab.evaluate.reading import distinct
from playhead.lab.evaluate.targets import Plan
from playhead.replay.recorded import Recording

ALONE = "the market alone"
MARKET, ELSEWHERE = "BR", "US"


def viewers_of_market(events: Path, count: int, limit: int | None = None) -> frozenset[str]:
    """Ids of the ``count`` profiles of a log whose digests are lowest.

    Raises:
        Unavailable: the log can't be read, or has no more profiles than that.
    """
    with Recording(events) as log:
        profiles = {event.profile_id for _, event in distinct(log, limit)}
    if len(profiles) <= count:
        raise Unavailable(
            f"The log has {len(profiles)} profiles.",
            "Name a longer log, or fewer viewers of the small market.",
        )
    return frozenset(sorted(profiles, key=lambda profile_id: (digest(profile_id), profile_id))[:count])


def judged_by(made: Plan, viewers: Collection[str]) -> None:
    """Keeps of the targets of a plan only those of these profiles.

    Raises:
        Unavailable: they have none.
    """
    numbers = {made.profiles.get(profile_id) for profile_id in viewers}
    for task in made.tasks:
        task.targets[:] = [target for target in task.targets if target.profile in numbers]
    made.tasks[:] = [task for task in made.tasks if task.targets]
    if not made.tasks:
        raise Unavailable("No choice of the small market is scored.", "Name a longer log, or more viewers.")


class AmongOthers(Live):
    """The core on the whole log, some viewers of which have a market of their own."""

    def __init__(self, viewers: Collection[str], name: str = CORE) -> None:
        super().__init__(name)
        self._viewers = viewers

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Folds the event, in its viewer's market."""
        return super().take(line, self._moved(value)[0], event)

    def lists(self, line: int, value: bytes) -> list[list[str]]:
        """The list of the viewer's market."""
        return super().lists(line, self._moved(value)[0])

    def _moved(self, value: bytes) -> tuple[bytes, bool]:
        """The event with its market, and whether that is the small one; what is no event stays."""
        try:
            event = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value, False  # the core says what is wrong with it
        if not isinstance(event, Mapping):
            return value, False
        small = event.get("profile_id") in self._viewers
        return orjson.dumps({**event, "market": MARKET if small else ELSEWHERE}), small


class Alone(AmongOthers):
    """The core on the events of the small market alone."""

    def __init__(self, viewers: Collection[str]) -> None:
        super().__init__(viewers, ALONE)

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Folds the event if it is of the small market."""
        return super().take(line, value, event) if self._moved(value)[1] else Effects()

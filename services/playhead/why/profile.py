"""The profile as it was when a ranking was made: its events folded once more, up to the one that caused it."""

from collections.abc import Iterable
from typing import NamedTuple

from playhead.catalogue.catalogue import Catalogue
from playhead.domain.decoding import event_in, on_time
from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming, Source
from playhead.domain.stats import Stats
from playhead.features.request import Request, request_of
from playhead.page.records import ranking_id_of
from playhead.personalize.core import stamp_of
from playhead.personalize.profile_update import Arrival, ProfileUpdate, UnannouncedTitles
from playhead.recipe import RECIPE


class Lived(NamedTuple):
    """A profile after some of its events, and the partition they are on."""

    request: Request
    partition: int


class Life:
    """One profile, folded an event at a time as a personalize worker does it."""

    def __init__(self, key: bytes, partition: int, catalogue: Catalogue) -> None:
        self._key = key
        self._partition = partition
        self._turn = ProfileUpdate(
            RECIPE, UnannouncedTitles(catalogue, {}), Source(0, partition), None, Stats()
        )

    def take(self, record: Incoming) -> bool:
        """Folds an event of the profile; returns whether it could be used."""
        try:
            event = event_in(record)
        except Rejected:
            return False
        self._turn.take(Arrival(record, on_time(event, record.timestamp_ms)), [])
        return True

    @property
    def version(self) -> int:
        """How many events are folded in; 0 for an empty profile."""
        return 0 if self._turn.profile is None else int(self._turn.profile.delivery_v1.version)

    def is_at(self, ranking_id: str, version: int) -> bool:
        """Whether the ranking with this id was made from the profile in its present state."""
        if self._turn.profile is None or self.version != version:
            return False
        request = request_of(self._key, self._turn.profile)
        return ranking_id_of(request.profile_id, stamp_of(request, self._partition, 0)) == ranking_id

    def lived(self) -> Lived | None:
        """The profile as it is, None if it is empty."""
        if self._turn.profile is None:
            return None
        return Lived(request_of(self._key, self._turn.profile, self._turn.broker_ms), self._partition)


def until(
    events: Iterable[Incoming],
    key: bytes,
    partition: int,
    ranking_id: str,
    version: int,
    catalogue: Catalogue,
) -> tuple[list[Incoming], Lived | None]:
    """The profile's events up to the one that caused a ranking, and the profile after it; None where none of them did.

    ``events``: of any profiles, in the order of their partition; no more are taken than it needs.
    """
    life, taken = Life(key, partition, catalogue), []
    for record in events:
        if record.key != key:
            continue
        taken.append(record)
        if life.take(record) and life.is_at(ranking_id, version):
            return taken, life.lived()
    return taken, None


def without(
    events: Iterable[Incoming], key: bytes, partition: int, event_id: str, catalogue: Catalogue
) -> Lived | None:
    """The profile as these events make it without one of them, None if nothing is left."""
    life = Life(key, partition, catalogue)
    for record in events:
        if not is_event(record, event_id):
            life.take(record)
    return life.lived()


def is_event(record: Incoming, event_id: str) -> bool:
    """Whether a record is this event, or a duplicate of it."""
    try:
        return event_in(record).event_id == event_id
    except Rejected:
        return False

"""The profile as it was when a ranking was made: its events folded once more, up to the one that caused it."""

from collections.abc import Iterable
from typing import NamedTuple

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.decoding import event_in, on_time
from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming, Source
from playhead.domain.stats import Stats
from playhead.features.request import Request, request_of
from playhead.page.records import ranking_id_of
from playhead.personalize.core import Arrival, ProfileUpdate, UnannouncedTitles, stamp_of
from playhead.recipe import RECIPE


class Lived(NamedTuple):
    """A profile after some of its events, and the partition they are on."""

    request: Request
    partition: int


class Life:
    """One profile, folded an event at a time as a personalize worker does it."""

    def __init__(self, key: bytes, partition: int) -> None:
        self._key = key
        self._partition = partition
        self._turn = ProfileUpdate(
            RECIPE.moving, UnannouncedTitles(Catalogue(Vocabulary()), {}), Source(0, partition), None, Stats()
        )

    def take(self, record: Incoming) -> bool:
        """Folds an event of the profile; whether it was one that can be used."""
        try:
            event = event_in(record)
        except Rejected:
            return False
        self._turn.take(Arrival(record, on_time(event, record.timestamp_ms)), [])
        return True

    @property
    def version(self) -> int:
        """How many events are folded in; 0 for a stranger."""
        return 0 if self._turn.profile is None else int(self._turn.profile.delivery_v1.version)

    def is_at(self, ranking_id: str, version: int) -> bool:
        """Whether the ranking of this id was made from the profile as it is."""
        if self._turn.profile is None or self.version != version:
            return False
        request = request_of(self._key, self._turn.profile)
        return ranking_id_of(request.profile_id, stamp_of(request, self._partition, 0)) == ranking_id

    def lived(self) -> Lived | None:
        """The profile as it is, None for a stranger."""
        if self._turn.profile is None:
            return None
        return Lived(request_of(self._key, self._turn.profile, self._turn.broker_ms), self._partition)


def until(
    events: Iterable[Incoming], key: bytes, partition: int, ranking_id: str, version: int
) -> tuple[list[Incoming], Lived | None]:
    """The profile's events up to the one that caused a ranking, and what they made of it; None: none of them did.

    ``events``: of any profiles, in the order of their partition; no more are taken than it needs.
    """
    life, taken = Life(key, partition), []
    for record in events:
        if record.key != key:
            continue
        taken.append(record)
        if life.take(record) and life.is_at(ranking_id, version):
            return taken, life.lived()
    return taken, None


def without(events: Iterable[Incoming], key: bytes, partition: int, event_id: str) -> Lived | None:
    """What these events would have made of a profile had one of them not happened, None when nothing is left."""
    life = Life(key, partition)
    for record in events:
        if not is_event(record, event_id):
            life.take(record)
    return life.lived()


def is_event(record: Incoming, event_id: str) -> bool:
    """Whether a record is this event, or a producer's repetition of it."""
    try:
        return event_in(record).event_id == event_id
    except Rejected:
        return False

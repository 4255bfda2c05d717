"""The update of one profile by a batch: from its stored record and its events to its new record and examples."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.facts import UNKNOWN, facts_of
from playhead.catalogue.keys import about
from playhead.domain import events as e
from playhead.domain import topics
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.events import AnyEvent
from playhead.domain.forwarding import is_moved, moved, origin_of
from playhead.domain.rankings import Erasure
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.stats import Stats
from playhead.experiments.arm_sums import Moved
from playhead.labels.provisional import awaited
from playhead.learn.examples import PendingExample, discoveries, pending_examples
from playhead.learn.series_binges import of_series
from playhead.personalize.recipe import Recipe
from playhead.personalize.trials import Trials
from playhead.signals.history import HISTORY, Interpretation, interpret
from playhead.signals.identity import IDENTITY
from playhead.signals.opinions import mood_of
from playhead.signals.pending import PENDING, resolve
from playhead.signals.record import (
    COUNTED,
    DeliveryState,
    Profile,
    decode,
    encode,
    erasure_marker,
    fold,
    is_late,
    is_repeated,
    is_sent_again,
)
from playhead.signals.session_intent import SESSION_INTENT, SessionIntent
from playhead.signals.usage import USAGE, Usage, count, expose

WATCHING = (e.PlaybackEvent, e.TitleClicked)
"""Events for which the facts of the title are looked up in the catalogue."""
_encoder = msgspec.json.Encoder()


class Arrival(NamedTuple):
    """An event with its record."""

    record: Incoming
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class UnannouncedTitles:
    """Which titles must be announced: those not in the catalogue, and those ``sighted`` in the batch that is being repeated."""

    catalogue: Catalogue
    sighted: dict[str, int]

    def unannounced(self, title_ids: list[str]) -> list[str]:
        """The titles among ``title_ids`` that must be announced."""
        sighted, titles = self.sighted, self.catalogue.titles
        if not sighted:
            return titles.missing(title_ids)
        return [title_id for title_id in title_ids if title_id in sighted or title_id not in titles]


class ProfileUpdate:
    """One profile in a batch: its record as updated by its events so far, and what has come of them."""

    def __init__(
        self,
        recipe: Recipe,
        titles: UnannouncedTitles,
        source: Source,
        stored: bytes | None,
        stats: Stats,
        trials: Trials | None = None,
        counted_to: int = -1,
    ) -> None:
        self._moving, self._page, self._waiting = recipe.moving, recipe.page, recipe.waiting
        self._trials = trials
        self._counted_to = counted_to
        self._titles = titles
        self._stats = stats
        self.source = source
        self.offset = -1
        self.broker_ms = 0
        """The newest broker timestamp of its records."""
        self.changed = False
        self.due = False
        self.erased: list[Arrival] = []
        self.profile: Any = None
        self.counted = Usage()
        """The profile's usage as of the offset up to which the sums of arms are counted."""
        self.ended: list[tuple[Usage, Usage]] = []
        """``counted`` and the final usage of each life of the profile that an erasure has ended in this batch."""
        if stored is not None:
            epoch, offset, self.profile = _decoded(stored)
            if epoch == source.epoch:
                self.offset = offset
            elif self.profile is not None:
                self.profile.delivery_v1.moved.clear()  # these are offsets of another epoch of the topic
            if self.profile is not None:
                self.counted = USAGE.of(self.profile)

    def take(self, arrival: Arrival, pending: list[PendingExample]) -> None:
        """Folds one event, unless it was folded before; adds its examples to ``pending``."""
        record, event = arrival
        self.broker_ms = max(self.broker_ms, record.timestamp_ms)
        if isinstance(event, e.ProfileErased):
            self._stats.erased_ms.append(record.timestamp_ms)
            self.erased.append(arrival)  # a replay sends the receipt again, as it may have been lost
        if record.offset <= self.offset:
            self._stats.replayed += 1
            self.due = self.due or self.profile is not None
            return
        self.offset = record.offset
        self.changed = True
        origin = origin_of(record) if record.headers else None
        if origin and self.profile is not None and is_sent_again(self.profile.delivery_v1, origin):
            self._stats.duplicates += 1
            return
        if isinstance(event, e.ProfileErased):
            if self.profile is not None and record.offset > self._counted_to:
                self.ended.append((self.counted, USAGE.of(self.profile)))
            self.profile, self.due, self.counted = None, False, Usage()
            self._stats.folded += 1
            return
        if self.profile is None:
            self.profile = Profile()
        delivery: DeliveryState = self.profile.delivery_v1
        if origin:
            delivery.moved[origin.partition] = origin.offset
        if is_repeated(delivery, event.event_id):
            self._stats.duplicates += 1
            return
        intent = SESSION_INTENT.of(self.profile)
        if self._fold(record, event, pending):
            self.due = self.due or type(event) in self._moving or self._is_lost(event, intent)

    def _is_lost(self, event: AnyEvent, before: SessionIntent) -> bool:
        """Whether the viewer is about to give up, as a scroll has just shown, so that the page must change now."""
        if not isinstance(event, e.RowScrolled) or not self._page.has(
            "rescue", self.profile.delivery_v1.surface
        ):
            return False
        return SESSION_INTENT.of(self.profile).noticed and not before.noticed

    def _fold(self, record: Incoming, event: AnyEvent, pending: list[PendingExample]) -> bool:
        """Folds an event. Returns whether it changed anything; if not, no new ranking is due."""
        delivery: DeliveryState = self.profile.delivery_v1
        late = is_late(delivery, event)
        facts = facts_of(self._titles.catalogue, event.title_id) if isinstance(event, WATCHING) else UNKNOWN
        meaning = interpret(HISTORY.of(self.profile), event, facts, fresh=not late)
        if (late and isinstance(event, COUNTED)) or not meaning.news:
            if not isinstance(event, COUNTED):  # its title may still be a new one
                pending.extend(discoveries(self.profile, record, event, self._titles))
            return self._again(record, event, meaning)
        self._stats.folded += 1
        self._stats.late += event.occurred_at < delivery.cause_ms
        if isinstance(event, e.MoodObserved):
            self._stats.moods[mood_of(event)] += 1
        settled = resolve(PENDING.of(self.profile), meaning.event, meaning.finished)
        history, before_ms = HISTORY.of(self.profile), delivery.cause_ms
        resolved = of_series(self._titles.catalogue, history, before_ms, meaning.event, settled)
        pending.extend(
            pending_examples(
                self.profile,
                record,
                event,
                awaited(resolved.outcomes, self._waiting),
                self._titles,
                chosen=meaning.chosen,
                repeatable=facts.repeatable,
            )
        )
        fold(self.profile, event, meaning, resolved)
        self._caused_by(record, event)
        if isinstance(event, e.PageViewed):
            delivery.surface = event.surface
        self._use(record, event, count(USAGE.of(self.profile), event, resolved.outcomes, facts.duration_s))
        return True

    def _use(self, record: Incoming, event: AnyEvent, used: Usage) -> None:
        """Stores the usage counts, and the exposure to the arms of a ranking that the event leads to: event by event, so that batching does not matter."""
        if self._trials is not None and type(event) in self._moving:
            surface, market = self.profile.delivery_v1.surface, IDENTITY.of(self.profile).market
            for experiment_id, arm in self._trials.treatment(event.profile_id, surface, market).arms.items():
                used = expose(used, experiment_id, arm)
        setattr(self.profile, USAGE.field, used)
        if record.offset <= self._counted_to:
            self.counted = used

    def _caused_by(self, record: Incoming, event: AnyEvent) -> None:
        delivery: DeliveryState = self.profile.delivery_v1
        delivery.version += 1
        delivery.cause_id, delivery.cause_offset = event.event_id, record.offset
        delivery.cause_ms = event.occurred_at

    def _again(self, record: Incoming, event: AnyEvent, meaning: Interpretation) -> bool:
        """Folds an event that was folded before, or can't be distinguished from a repeated one: it may add a watched part, and gives no examples."""
        before = HISTORY.of(self.profile)
        if isinstance(event, e.PlaybackEvent):
            fold(self.profile, event, meaning)
        if HISTORY.of(self.profile) is before:
            self._stats.duplicates += 1
            return False
        self._stats.folded += 1
        self._caused_by(record, event)
        return True


def _decoded(stored: bytes) -> tuple[int, int, Any]:
    """Decodes a stored record (``signals.record.decode``).

    Raises:
        Unavailable: the record can't be read.
    """
    try:
        return decode(stored)
    except (struct.error, msgspec.DecodeError, ValueError, IndexError, TypeError) as error:
        raise Unavailable(f"The stored record of a profile can't be read: {error!r}.", _UPGRADE) from error


_UPGRADE = (
    "If a newer Playhead runs in this group, or ran in it, upgrade this worker: nothing is lost meanwhile. Otherwise write a "
    "tombstone for the profile to playhead.personalize.profiles-changelog while no worker runs: it begins anew."
)


def conclude(turn: ProfileUpdate, key: bytes, effects: Effects, now_ms: int) -> None:
    """Adds a profile's new record, and receipts of erasures, to the effects of its batch."""
    for record, event in turn.erased:
        receipt = Erasure(
            profile_id=event.profile_id,
            event_id=event.event_id,
            requested_at=event.occurred_at,
            erased_at=now_ms,
        )
        place = turn.source.partition
        effects.then.append(Outgoing(topics.ERASURES, key, _encoder.encode(receipt), partition=place))
        # Events that an older version has folded on other partitions are erased there.
        others = (other for other in range(turn.source.partitions) if other != place)
        effects.first.extend(moved(record, other) for other in others)
        if turn.profile is None and record.offset <= turn.offset:
            effects.then.append(Outgoing(topics.RANKINGS, key, None, partition=place))
            effects.erased.append((key, record.offset))
    if turn.changed:
        watermark = turn.source, turn.offset
        stored = erasure_marker(*watermark) if turn.profile is None else encode(turn.profile, *watermark)
        effects.state.append((key, stored))


def moved_counts(turn: ProfileUpdate, trials: Trials) -> Iterator[Moved]:
    """The change of usage counts of each exposure of a profile since it was last counted."""
    lives = turn.ended if turn.profile is None else [*turn.ended, (turn.counted, USAGE.of(turn.profile))]
    for old, used in lives:
        before = {exposure.experiment_id for exposure in old.exposures}
        for exposure in used.exposures:
            counted = old.counts if exposure.experiment_id in before else None
            if counted != used.counts and trials.counts(exposure.experiment_id):
                yield Moved(exposure, counted, used.counts)


def set_aside(
    key: bytes, arrivals: Sequence[Arrival], stored: bytes | None, source: Source, effects: Effects
) -> None:
    """Sets aside the events of a profile of another partition, and erases its record and ranking here, if an older version has made them."""
    for record, event in arrivals:
        if not is_moved(record):
            effects.misplaced.append(record)
        elif not isinstance(event, e.ProfileErased):
            effects.rejected.append((record, Rejected(*_ASTRAY)))
    if stored is None:
        return
    epoch, folded, _ = decode(stored)
    last = arrivals[-1].record.offset
    effects.state.append((key, erasure_marker(source, max(last, folded) if epoch == source.epoch else last)))
    effects.then.append(Outgoing(topics.RANKINGS, key, None, partition=source.partition))
    effects.erased.append((key, last))


_ASTRAY = (
    "The event was sent on once, and stands on a wrong partition all the same.",
    "Leave out the header playhead-moved: it is Playhead's own.",
)


def explained(wish: e.NotInterested, catalogue: Catalogue) -> e.NotInterested:
    """A wish with the name of the series, genre or person that it is about, from the current catalogue.

    So it also hides future titles, and stays valid when the title at which it was made is withdrawn.
    """
    entry = catalogue.entries.get(catalogue.titles.get(wish.title_id))
    if entry is None or (wish.name and wish.scope != "series"):
        return wish
    return replace(wish, name=about(entry, wish.scope))

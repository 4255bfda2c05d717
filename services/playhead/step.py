"""The core of a personalize worker: (records, events) to (records, examples, rankings), with no clock and no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from playhead.content.vocabulary import Vocabulary
from playhead.domain import events as e
from playhead.domain import topics
from playhead.domain.decoding import decode_event
from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent
from playhead.domain.figures import Clock, Figures, Laps
from playhead.domain.rankings import Cause, Erasure
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.lessons import Lesson, lessons_of, write_examples
from playhead.models.world import World
from playhead.ranking.answer import Stamp, answer
from playhead.ranking.health import look
from playhead.ranking.pipeline import Pipeline, rank
from playhead.ranking.request import Request
from playhead.retrieval.view import View, Views
from playhead.signals.history import HISTORY, hear
from playhead.signals.record import (
    COUNTED,
    Delivery,
    Profile,
    decode,
    encode,
    fold,
    grave,
    is_late,
    is_repeated,
)

Read = Callable[[Sequence[bytes]], list[bytes | None]]
"""Stored records of these keys, in their order, None where there is none."""
AT_ONCE = 256
"""Rankings that are made together at most. What is said of the candidates of a thousand is 40 MB, for which the system is
asked anew each time; of so many it fits into memory that is used again, and what is done once for all is a fiftieth.
"""
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is in use: the parts that rank, and after which events a profile is ranked anew."""

    pipeline: Pipeline
    moving: frozenset[type[e.Event]]


class Arrival(NamedTuple):
    """An event with the record it came in."""

    record: Incoming
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class Part:
    """A batch of one partition whose events are folded; what they teach and which rankings they ask for is still to be said."""

    source: Source
    now_ms: int
    effects: Effects
    lessons: list[Lesson] = field(default_factory=list)
    due: list[Request] = field(default_factory=list)


class Personalizer:
    """Folds batches of events into profiles and answers with rankings.

    Deterministic: the same records, events and followed records give the same effects, but for ``now_ms``,
    which only says when a ranking was computed, and for ``effects.figures.spent_s``, if there is a ``clock``.
    """

    def __init__(self, recipe: Recipe, world: World | None = None, clock: Clock | None = None) -> None:
        self.recipe = recipe
        self._clock = clock
        self.world = world or World()
        self._views = Views(self.world)
        self._sighted: dict[Source, dict[str, int]] = {}
        """Titles first heard of in the newest batch of each source, with the offset: it may yet be dropped."""

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the titles or models topic.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        self.world.follow(topic, key, value)

    def step(
        self, batch: Sequence[Incoming], read: Read, source: Source, now_ms: int, *, ranked: bool = True
    ) -> Effects:
        """All effects of one batch of one partition, in the order of its events; ``ranked``: rankings among them."""
        part = self.begin(batch, read, source, now_ms)
        self.finish([part], ranked=ranked)
        return part.effects

    def begin(self, batch: Sequence[Incoming], read: Read, source: Source, now_ms: int) -> Part:
        """Folds a batch; its effects are whole only when it is finished."""
        effects = Effects()
        laps = Laps(self._clock, effects.figures.spent_s)
        groups: dict[bytes, list[Arrival]] = {}
        for record in batch:
            try:
                event = decode_event(record.key, record.value)
            except Rejected as error:
                effects.rejected.append((record, error))
                continue
            groups.setdefault(record.key or b"", []).append(Arrival(record, event))
        laps.lap("decode")
        lessons: list[Lesson] = []
        due: list[Request] = []
        known = self._known(source, batch)
        records = read(list(groups))
        laps.lap("read")
        for (key, arrivals), stored in zip(groups.items(), records, strict=True):
            turn = Turn(self.recipe.moving, known, source, stored, effects.figures)
            for arrival in arrivals:
                turn.take(arrival, lessons)
            _conclude(turn, key, effects, due, now_ms)
        known.sighted.update((one.title_id, one.record.offset) for one in lessons if one.kind == "sighted")
        laps.lap("fold")
        return Part(source, now_ms, effects, lessons, due)

    def finish(self, parts: Sequence[Part], *, ranked: bool = True) -> None:
        """The rest of the effects of batches of several partitions, the same as if each were finished alone.

        What is common to them is done once; figures of it stand with the first.
        """
        figures = parts[0].effects.figures
        laps = Laps(self._clock, figures.spent_s)
        lessons = [(part.source, part.lessons) for part in parts]
        for part, examples in zip(parts, write_examples(lessons, self.world, self._views), strict=True):
            part.effects.first.extend(examples)
        laps.lap("teach")
        if ranked:
            self._answer(parts, figures, laps)

    def _known(self, source: Source, batch: Sequence[Incoming]) -> "Known":
        """A batch that comes again was dropped, maybe before anyone was told of the titles that were new in it."""
        before = self._sighted.get(source, {})
        again = {title: offset for title, offset in before.items() if offset >= batch[0].offset}
        self._sighted[source] = again
        return Known(self.world.catalogue.titles, again)

    def _answer(self, parts: Sequence[Part], figures: Figures, laps: Laps) -> None:
        by_market: dict[str, list[tuple[Part, Request]]] = {}
        for part in parts:
            for request in part.due:
                by_market.setdefault(request.identity.market, []).append((part, request))
        # Markets of a shard stand together: they are ranked at once.
        asked = sorted(
            ((self._views.of(market), mine) for market, mine in by_market.items()),
            key=lambda each: each[0].models.shard,
        )
        due = [(view, *each) for view, mine in asked for each in mine]
        for first in range(0, len(due), AT_ONCE):
            self._rank(due[first : first + AT_ONCE], figures, laps)

    def _rank(self, asked: Sequence[tuple[View, Part, Request]], figures: Figures, laps: Laps) -> None:
        result = rank(self.recipe.pipeline, [(view, [request]) for view, _, request in asked])
        laps.lap("rank")
        stamps = [stamp_of(request, part.source.partition, part.now_ms) for _, part, request in asked]
        answers = answer(result, stamps)
        for (_, part, request), told in zip(asked, answers, strict=True):
            key, place, then = request.profile_id.encode(), part.source.partition, part.effects.then
            then.append(Outgoing(topics.RANKINGS, key, told.ranking, partition=place))
            then.append(Outgoing(topics.DECISIONS, key, told.decision, partition=place))
        laps.lap("encode")
        look(self.recipe.pipeline, result, answers, figures)
        laps.lap("look")


@dataclass(frozen=True, slots=True)
class Known:
    """Titles that need not be announced: those that were heard of, but for those ``sighted`` in a batch in hand."""

    titles: Vocabulary
    sighted: dict[str, int]

    def unheard(self, title_ids: list[str]) -> list[str]:
        """Those of some titles that are not among them."""
        sighted = self.sighted
        if not sighted:
            return self.titles.missing(title_ids)
        return [one for one in title_ids if one in sighted or one not in self.titles]


class Turn:
    """One profile's turn in a batch: its record, and what its events have made of it so far."""

    def __init__(
        self,
        moving: frozenset[type[e.Event]],
        titles: Known,
        source: Source,
        stored: bytes | None,
        figures: Figures,
    ) -> None:
        self._moving = moving
        self._titles = titles
        self._figures = figures
        self.source = source
        self.offset = -1
        self.changed = False
        self.due = False
        self.erased: list[Arrival] = []
        self.profile: Any = None
        if stored is not None:
            epoch, offset, self.profile = decode(stored)
            self.offset = offset if epoch == source.epoch else -1

    def take(self, arrival: Arrival, lessons: list[Lesson]) -> None:
        """Folds one event, unless it was folded before; what can be learned from it is added to ``lessons``."""
        record, event = arrival
        if isinstance(event, e.ProfileErased):
            self._figures.erased_ms.append(record.timestamp_ms)
            self.erased.append(arrival)  # said again on a replay: the receipt may have been lost
        if record.offset <= self.offset:
            self._figures.replayed += 1
            self.due = self.due or self.profile is not None
            return
        self.offset = record.offset
        self.changed = True
        if isinstance(event, e.ProfileErased):
            self.profile, self.due = None, False
            self._figures.folded += 1
            return
        if self.profile is None:
            self.profile = Profile()
        delivery: Delivery = self.profile.delivery_v1
        if is_repeated(delivery, event.event_id):
            self._figures.duplicates += 1
            return
        if is_late(delivery, event) or not hear(HISTORY.of(self.profile), event).news:
            if not isinstance(event, COUNTED):
                lessons.extend(lessons_of(self.profile, record, event, self._titles))  # its title may be new
            self._again(event)
            return
        self._figures.folded += 1
        self._figures.late += event.occurred_at < delivery.cause_ms
        lessons.extend(lessons_of(self.profile, record, event, self._titles))
        fold(self.profile, event)
        delivery.version += 1
        delivery.cause_id, delivery.cause_offset = event.event_id, record.offset
        delivery.cause_ms = event.occurred_at
        if isinstance(event, e.PageViewed):
            delivery.surface = event.surface
        self.due = self.due or type(event) in self._moving

    def _again(self, event: AnyEvent) -> None:
        """An event that was folded before, or can't be told from one: it may say what was covered, and teaches nothing."""
        before = HISTORY.of(self.profile)
        if isinstance(event, e.PlaybackEvent):
            fold(self.profile, event)
        if HISTORY.of(self.profile) is before:
            self._figures.duplicates += 1
        else:
            self._figures.folded += 1
            self.profile.delivery_v1.version += 1
        self.due = self.due or type(event) in self._moving


def _conclude(turn: Turn, key: bytes, effects: Effects, due: list[Request], now_ms: int) -> None:
    for record, event in turn.erased:
        receipt = Erasure(
            profile_id=event.profile_id,
            event_id=event.event_id,
            requested_at=event.occurred_at,
            erased_at=now_ms,
        )
        place = turn.source.partition
        effects.then.append(Outgoing(topics.ERASURES, key, _encoder.encode(receipt), partition=place))
        if turn.profile is None and record.offset <= turn.offset:
            effects.then.append(Outgoing(topics.RANKINGS, key, None, partition=place))
            effects.erased.append((key, record.offset))
    if turn.changed:
        told = turn.source, turn.offset
        stored = grave(*told) if turn.profile is None else encode(turn.profile, *told)
        effects.state.append((key, stored))
    if turn.due and turn.profile is not None:
        due.append(request_of(key, turn.profile))


def request_of(key: bytes, profile: Any) -> Request:
    """What is asked of ranking for a profile as it is."""
    delivery: Delivery = profile.delivery_v1
    return Request(key.decode(), profile, delivery.cause_ms, delivery.surface)


def stamp_of(request: Request, partition: int, now_ms: int) -> Stamp:
    """What delivery adds to the ranking that answers a request."""
    delivery: Delivery = request.profile.delivery_v1
    cause = Cause(
        event_id=delivery.cause_id,
        partition=partition,
        offset=delivery.cause_offset,
        occurred_at=delivery.cause_ms,
    )
    return Stamp(delivery.version, cause, now_ms)

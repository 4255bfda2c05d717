"""The core of a personalize worker: (records, events) to (records, examples, rankings), with no clock and no I/O."""

import dataclasses
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from playhead.arrays.hashing import partition_of
from playhead.catalogue.catalogue import Catalogue, about
from playhead.catalogue.facts import UNKNOWN, facts_of
from playhead.domain import events as e
from playhead.domain import topics
from playhead.domain.decoding import event_in, on_time
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.events import AnyEvent
from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.fields import KIDS, SINCE_MS
from playhead.domain.forwarding import is_moved, moved, origin_of
from playhead.domain.rankings import Cause, Erasure
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.stats import Clock, StageTimer, Stats
from playhead.experiments import arm_sums
from playhead.experiments.arm_sums import Moved
from playhead.features.request import Request, request_of
from playhead.learn.examples import PendingExample, discoveries, pending_examples, write_examples
from playhead.learn.series_binges import of_series
from playhead.models.choice_features import PLACES
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshot, MarketSnapshotCache
from playhead.models.river.declared import River
from playhead.page.kinds import Page
from playhead.page.records import Stamp, encode_rankings
from playhead.page.sample_quality import sample_quality
from playhead.personalize.trials import Treatment, Trials
from playhead.ranking.pipeline import Pipeline, rank
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
from playhead.signals.usage import USAGE, Usage, count, expose

ReadRecords = Callable[[Sequence[bytes]], list[bytes | None]]
"""Stored records of these keys, in their order, None where there is none."""
AT_ONCE = 256
"""Rankings that are made together at most. What is computed of the candidates of a thousand is 40 MB, for which the system is
asked anew each time; of so many it fits into memory that is used again, and what is done once for all is a fiftieth.
"""
WATCHING = (e.PlaybackEvent, e.TitleClicked)
"""Events of whose titles the catalogue is asked."""
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is in use: parts that rank, the layout of pages, events after which a profile is ranked anew, River models beside the heads."""

    pipeline: Pipeline
    page: Page
    moving: frozenset[type[e.Event]]
    river: tuple[River, ...] = ()

    def without(self, part: str) -> "Recipe":
        """The recipe without a part of the ranking: features (a name in ``PLACES``) are 0, in serving and in learning; or a River model."""
        if part not in PLACES:
            return dataclasses.replace(self, river=tuple(one for one in self.river if one.called != part))
        weights = self.pipeline.weights._replace(without=(part,))
        return dataclasses.replace(self, pipeline=dataclasses.replace(self.pipeline, weights=weights))


class Arrival(NamedTuple):
    """An event with the record it came in."""

    record: Incoming
    event: AnyEvent


class Due(NamedTuple):
    """A ranking that is due, and how it is made."""

    request: Request
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """A batch of one partition whose events are folded; what they teach and which rankings they ask for is still to be made."""

    source: Source
    now_ms: int
    effects: Effects
    pending: list[PendingExample] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)


class Personalizer:
    """Folds batches of events into profiles and answers with rankings.

    Deterministic: the same records, events and followed records give the same effects, but for ``now_ms``,
    which only says when a ranking was computed, and for ``effects.figures.spent_s``, if there is a ``clock``.
    """

    def __init__(
        self, recipe: Recipe, world: FollowerState | None = None, clock: Clock | None = None
    ) -> None:
        self.recipe = recipe
        self._clock = clock
        self.world = world or FollowerState()
        self.trials = Trials(recipe)
        self.since_ms = SINCE_MS
        """No event is older; recorded logs may be."""
        self._views = MarketSnapshotCache(self.world)
        self._sighted: dict[Source, dict[str, int]] = {}
        """Titles first named in the newest batch of each source, with the offset: it may yet be dropped."""

    def spread(self, shards: int) -> None:
        """Hears over how many shards markets are spread, before the first batch."""
        self.world.spread = shards

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the titles, tags, models or experiments topic.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        if topic == topics.EXPERIMENTS:
            self.trials.follow(key, value)
        else:
            self.world.follow(topic, key, value)

    def step(
        self,
        batch: Sequence[Incoming],
        read: ReadRecords,
        source: Source,
        now_ms: int,
        *,
        ranked: bool = True,
    ) -> Effects:
        """All effects of one batch of one partition, in the order of its events; ``ranked``: rankings among them."""
        part = self.begin(batch, read, source, now_ms)
        self.finish([part], ranked=ranked)
        return part.effects

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:
        """Folds a batch; its effects are whole only when it is finished."""
        effects = Effects()
        laps = StageTimer(self._clock, effects.figures.spent_s)
        groups: dict[bytes, list[Arrival]] = {}
        for record in batch:
            try:
                decoded = event_in(record, self.since_ms)
            except Rejected as error:
                effects.rejected.append((record, error))
                continue
            event = on_time(decoded, record.timestamp_ms)
            effects.figures.ahead += event is not decoded
            if isinstance(event, e.NotInterested):
                event = explained(event, self.world.catalogue)
            groups.setdefault(record.key or b"", []).append(Arrival(record, event))
        laps.lap("decode")
        pending: list[PendingExample] = []
        due: list[Due] = []
        known = self._known(source, batch)
        moved: list[Moved] = []
        trials = self.trials if self.trials.known else None
        records = read([*groups, arm_sums.KEY] if trials else [*groups])
        counted = arm_sums.decode(records.pop() if trials else None, source.epoch)
        laps.lap("read")
        for (key, arrivals), stored in zip(groups.items(), records, strict=True):
            if source.partitions and partition_of(key, source.partitions) != source.partition:
                _set_aside(key, arrivals, stored, source, effects)
                continue
            turn = ProfileUpdate(
                self.recipe.moving, known, source, stored, effects.figures, trials, counted.offset
            )
            for arrival in arrivals:
                turn.take(arrival, pending)
            if turn.due and turn.profile is not None:
                due.append(self._due(key, turn))
            if trials and turn.offset > counted.offset:
                moved.extend(_moved(turn, trials))
            _conclude(turn, key, effects, now_ms)
        if moved:
            added = arm_sums.moved(counted.sums, moved, self.trials.known)
            _add_up(arm_sums.Counted(added, batch[-1].offset), source, effects)
        known.sighted.update((one.title_id, one.record.offset) for one in pending if one.kind == "sighted")
        laps.lap("fold")
        return FoldedBatch(source, now_ms, effects, pending, due)

    def _due(self, key: bytes, turn: "ProfileUpdate") -> Due:
        request = request_of(key, turn.profile, turn.broker_ms)
        who = request.identity
        treatment = self.trials.treatment(request.profile_id, request.surface, who.market)
        return Due(request._replace(arms=treatment.arms), treatment)

    def finish(self, parts: Sequence[FoldedBatch], *, ranked: bool = True) -> None:
        """The rest of the effects of batches of several partitions, the same as if each were finished alone.

        What is common to them is done once; figures of it stand with the first.
        """
        figures = parts[0].effects.figures
        laps = StageTimer(self._clock, figures.spent_s)
        pending = [(part.source, part.pending) for part in parts]
        for part, examples in zip(parts, write_examples(pending, self.world, self._views), strict=True):
            part.effects.first.extend(examples)
        laps.lap("teach")
        if ranked:
            self._answer(parts, figures, laps)

    def _known(self, source: Source, batch: Sequence[Incoming]) -> "UnannouncedTitles":
        """A batch that comes again was dropped, maybe before anyone learned of the titles that were new in it."""
        before = self._sighted.get(source, {})
        again = {title: offset for title, offset in before.items() if offset >= batch[0].offset}
        self._sighted[source] = again
        return UnannouncedTitles(self.world.catalogue, again)

    def _answer(self, parts: Sequence[FoldedBatch], figures: Stats, laps: StageTimer) -> None:
        by_audience: dict[tuple[str, bool], list[tuple[FoldedBatch, Due]]] = {}
        for part in parts:
            for one in part.due:
                who = one.request.identity
                by_audience.setdefault((who.market, who.kind == KIDS), []).append((part, one))
        # Markets of a shard stand together, children apart: they are ranked at once.
        asked = sorted(
            (
                (self._views.of(market, mine[0][1].request.identity.kind), mine)
                for (market, _), mine in by_audience.items()
            ),
            key=lambda each: (each[0].models.shard, each[0].audience != each[0].market),
        )
        alike: dict[tuple[Pipeline, int], list[tuple[MarketSnapshot, FoldedBatch, Due]]] = {}
        for view, mine in asked:
            for part, one in mine:
                # A page holds dicts, which have no hash; one that no arm changes is the recipe's own.
                how = one.treatment.pipeline, id(one.treatment.page)
                alike.setdefault(how, []).append((view, part, one))
        for due in alike.values():
            for first in range(0, len(due), AT_ONCE):
                self._rank(due[first : first + AT_ONCE], figures, laps)

    def _rank(
        self,
        asked: Sequence[tuple[MarketSnapshot, FoldedBatch, Due]],
        figures: Stats,
        laps: StageTimer,
    ) -> None:
        _, pipeline, _, page = asked[0][2].treatment  # those of all
        weights = [one.treatment.weights for _, _, one in asked]
        result = rank(pipeline, [(view, [one.request]) for view, _, one in asked], weights)
        laps.lap("rank")
        stamps = [stamp_of(one.request, part.source.partition, part.now_ms) for _, part, one in asked]
        answers = encode_rankings(result, stamps, page)
        for (_, part, one), answer in zip(asked, answers, strict=True):
            key, place, then = one.request.profile_id.encode(), part.source.partition, part.effects.then
            then.append(Outgoing(topics.RANKINGS, key, answer.ranking, partition=place))
            then.append(Outgoing(topics.DECISIONS, key, answer.decision, partition=place))
        laps.lap("encode")
        sample_quality(pipeline, result, answers, figures)
        laps.lap("look")


@dataclass(frozen=True, slots=True)
class UnannouncedTitles:
    """Titles that need not be announced: those that were named before, but for those ``sighted`` in a batch in hand."""

    catalogue: Catalogue
    sighted: dict[str, int]

    def unannounced(self, title_ids: list[str]) -> list[str]:
        """Those of some titles that are not among them."""
        sighted, titles = self.sighted, self.catalogue.titles
        if not sighted:
            return titles.missing(title_ids)
        return [one for one in title_ids if one in sighted or one not in titles]


class ProfileUpdate:
    """One profile's turn in a batch: its record, and what its events have made of it so far."""

    def __init__(
        self,
        moving: frozenset[type[e.Event]],
        titles: UnannouncedTitles,
        source: Source,
        stored: bytes | None,
        figures: Stats,
        trials: Trials | None = None,
        counted_to: int = -1,
    ) -> None:
        self._moving = moving
        self._trials = trials
        self._counted_to = counted_to
        self._titles = titles
        self._figures = figures
        self.source = source
        self.offset = -1
        self.broker_ms = 0
        """The newest broker timestamp of its records."""
        self.changed = False
        self.due = False
        self.erased: list[Arrival] = []
        self.profile: Any = None
        self.counted = Usage()
        """What the profile had done up to where the sums of arms count."""
        self.ended: list[tuple[Usage, Usage]] = []
        """The same of each life of the profile that an erasure has ended in this batch, and what it had done by then."""
        if stored is not None:
            epoch, offset, self.profile = _decoded(stored)
            if epoch == source.epoch:
                self.offset = offset
            elif self.profile is not None:
                self.profile.delivery_v1.moved.clear()  # offsets of another life of the topic, as its own is
            if self.profile is not None:
                self.counted = USAGE.of(self.profile)

    def take(self, arrival: Arrival, pending: list[PendingExample]) -> None:
        """Folds one event, unless it was folded before; what can be learned from it is added to ``pending``."""
        record, event = arrival
        self.broker_ms = max(self.broker_ms, record.timestamp_ms)
        if isinstance(event, e.ProfileErased):
            self._figures.erased_ms.append(record.timestamp_ms)
            self.erased.append(arrival)  # sent again on a replay: the receipt may have been lost
        if record.offset <= self.offset:
            self._figures.replayed += 1
            self.due = self.due or self.profile is not None
            return
        self.offset = record.offset
        self.changed = True
        origin = origin_of(record) if record.headers else None
        if origin and self.profile is not None and is_sent_again(self.profile.delivery_v1, origin):
            self._figures.duplicates += 1
            return
        if isinstance(event, e.ProfileErased):
            if self.profile is not None and record.offset > self._counted_to:
                self.ended.append((self.counted, USAGE.of(self.profile)))
            self.profile, self.due, self.counted = None, False, Usage()
            self._figures.folded += 1
            return
        if self.profile is None:
            self.profile = Profile()
        delivery: DeliveryState = self.profile.delivery_v1
        if origin:
            delivery.moved[origin.partition] = origin.offset
        if is_repeated(delivery, event.event_id):
            self._figures.duplicates += 1
            return
        if self._fold(record, event, pending):
            self.due = self.due or type(event) in self._moving

    def _fold(self, record: Incoming, event: AnyEvent, pending: list[PendingExample]) -> bool:
        """Folds an event; returns whether it changed anything: what did not moves no ranking either."""
        delivery: DeliveryState = self.profile.delivery_v1
        late = is_late(delivery, event)
        facts = facts_of(self._titles.catalogue, event.title_id) if isinstance(event, WATCHING) else UNKNOWN
        meaning = interpret(HISTORY.of(self.profile), event, facts, fresh=not late)
        if (late and isinstance(event, COUNTED)) or not meaning.news:
            if not isinstance(event, COUNTED):  # its title may be new
                pending.extend(discoveries(self.profile, record, event, self._titles))
            return self._again(record, event, meaning)
        self._figures.folded += 1
        self._figures.late += event.occurred_at < delivery.cause_ms
        if isinstance(event, e.MoodObserved):
            self._figures.moods[mood_of(event)] += 1
        settled = resolve(PENDING.of(self.profile), meaning.event, meaning.finished)
        history, before_ms = HISTORY.of(self.profile), delivery.cause_ms
        resolved = of_series(self._titles.catalogue, history, before_ms, meaning.event, settled)
        pending.extend(
            pending_examples(
                self.profile,
                record,
                event,
                resolved.outcomes,
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
        """Notes what was done, and the arms of the ranking that is due: event by event, however they are batched."""
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
        """Takes an event that was folded before, or can't be distinguished from one: it may say what was covered, and teaches nothing."""
        before = HISTORY.of(self.profile)
        if isinstance(event, e.PlaybackEvent):
            fold(self.profile, event, meaning)
        if HISTORY.of(self.profile) is before:
            self._figures.duplicates += 1
            return False
        self._figures.folded += 1
        self._caused_by(record, event)
        return True


def _decoded(stored: bytes) -> tuple[int, int, Any]:
    """What ``decode`` says of a stored record.

    Raises:
        Unavailable: it can't be read.
    """
    try:
        return decode(stored)
    except (struct.error, msgspec.DecodeError, ValueError, IndexError, TypeError) as error:
        raise Unavailable(f"The stored record of a profile can't be read: {error!r}.", _UPGRADE) from error


_UPGRADE = (
    "If a newer Playhead runs in this group, or ran in it, upgrade this worker: nothing is lost meanwhile. Otherwise write a "
    "tombstone for the profile to playhead.personalize.profiles-changelog while no worker runs: it begins anew."
)


def _conclude(turn: ProfileUpdate, key: bytes, effects: Effects, now_ms: int) -> None:
    for record, event in turn.erased:
        receipt = Erasure(
            profile_id=event.profile_id,
            event_id=event.event_id,
            requested_at=event.occurred_at,
            erased_at=now_ms,
        )
        place = turn.source.partition
        effects.then.append(Outgoing(topics.ERASURES, key, _encoder.encode(receipt), partition=place))
        # What an older version has folded elsewhere is erased there.
        others = (other for other in range(turn.source.partitions) if other != place)
        effects.first.extend(moved(record, other) for other in others)
        if turn.profile is None and record.offset <= turn.offset:
            effects.then.append(Outgoing(topics.RANKINGS, key, None, partition=place))
            effects.erased.append((key, record.offset))
    if turn.changed:
        watermark = turn.source, turn.offset
        stored = erasure_marker(*watermark) if turn.profile is None else encode(turn.profile, *watermark)
        effects.state.append((key, stored))


def _moved(turn: ProfileUpdate, trials: Trials) -> Iterator[Moved]:
    """What has come of a profile's exposures since it was counted last."""
    lives = turn.ended if turn.profile is None else [*turn.ended, (turn.counted, USAGE.of(turn.profile))]
    for old, used in lives:
        before = {one.experiment_id for one in old.exposures}
        for exposure in used.exposures:
            counted = old.counts if exposure.experiment_id in before else None
            if counted != used.counts and trials.counts(exposure.experiment_id):
                yield Moved(exposure, counted, used.counts)


def _add_up(counted: arm_sums.Counted, source: Source, effects: Effects) -> None:
    """Has the sums of a partition stored, before the records they come from, and published."""
    effects.state.insert(0, (arm_sums.KEY, arm_sums.encode(counted, source.epoch)))
    totals = ExperimentTotals(partition=source.partition, experiments=counted.sums)
    key = str(source.partition).encode()
    effects.then.append(Outgoing(topics.TOTALS, key, _encoder.encode(totals), partition=0))


def _set_aside(
    key: bytes, arrivals: Sequence[Arrival], stored: bytes | None, source: Source, effects: Effects
) -> None:
    """Events of a profile of another partition: nothing is folded, and what was folded here once is erased, ranking too."""
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
    """A wish with the name of the series, genre or person that it is about, as the catalogue has it now.

    So it holds for what comes, and when the title is withdrawn that it was expressed at.
    """
    entry = catalogue.entries.get(catalogue.titles.get(wish.title_id))
    if entry is None or (wish.name and wish.scope != "series"):
        return wish
    return replace(wish, name=about(entry, wish.scope))


def stamp_of(request: Request, partition: int, now_ms: int) -> Stamp:
    """What delivery adds to the ranking that answers a request."""
    delivery: DeliveryState = request.profile.delivery_v1
    cause = Cause(
        event_id=delivery.cause_id,
        partition=partition,
        offset=delivery.cause_offset,
        occurred_at=delivery.cause_ms,
    )
    return Stamp(delivery.version, cause, now_ms)

"""The core of a personalize worker: (records, events) to (records, examples, rankings), with no clock and no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from playhead.arrays.hashing import partition_of
from playhead.domain import events as e
from playhead.domain import topics
from playhead.domain.decoding import event_in, on_time
from playhead.domain.errors import Rejected
from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.fields import KIDS, SINCE_MS
from playhead.domain.rankings import Cause
from playhead.domain.records import Effects, Incoming, Outgoing, Source
from playhead.domain.stats import Clock, StageTimer, Stats
from playhead.experiments import arm_sums
from playhead.experiments.arm_sums import Moved
from playhead.features.request import Request, request_of
from playhead.learn.examples import PendingExample, write_examples
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshot, MarketSnapshotCache
from playhead.page.records import Stamp, encode_rankings
from playhead.page.sample_quality import sample_quality
from playhead.personalize.profile_update import (
    Arrival,
    ProfileUpdate,
    UnannouncedTitles,
    conclude,
    explained,
    moved_counts,
    set_aside,
)
from playhead.personalize.recipe import Recipe
from playhead.personalize.trials import Treatment, Trials
from playhead.ranking.pipeline import Pipeline, rank
from playhead.signals.record import (
    DeliveryState,
)

ReadRecords = Callable[[Sequence[bytes]], list[bytes | None]]
"""Reads the stored records of keys, in order, None for a key without one."""
AT_ONCE = 256
"""Most rankings that are computed together. The arrays of a thousand rankings take 40 MB, which the allocator returns to the system each
time; those of so many stay in reused memory, and the overhead of a batch is a fiftieth of the time.
"""
_encoder = msgspec.json.Encoder()


class Due(NamedTuple):
    """A ranking that is due: its request, and its treatment by experiments."""

    request: Request
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """A batch of one partition whose events are folded; its examples (``pending``) and rankings (``due``) are not computed yet."""

    source: Source
    now_ms: int
    effects: Effects
    pending: list[PendingExample] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)


class Personalizer:
    """Folds batches of events into profiles and answers with rankings.

    Deterministic: the same records, events and followed records give the same effects, but for ``now_ms``,
    which only says when a ranking was computed, and for ``effects.stats.spent_s``, if there is a ``clock``.
    """

    def __init__(
        self, recipe: Recipe, followed: FollowerState | None = None, clock: Clock | None = None
    ) -> None:
        self.recipe = recipe
        self._clock = clock
        self.followed = followed or FollowerState()
        self.trials = Trials(recipe)
        self.since_ms = SINCE_MS
        """Earliest time of a valid event; recorded logs may be older."""
        self._views = MarketSnapshotCache(self.followed)
        self._sighted: dict[Source, dict[str, int]] = {}
        """Titles first named in the newest batch of each source, with their offsets: the batch may still be repeated."""

    def spread(self, shards: int) -> None:
        """Sets the number of shards over which markets are spread, before the first batch."""
        self.followed.spread = shards

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Applies a record of the titles, tags, models or experiments topic.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        if topic == topics.EXPERIMENTS:
            self.trials.follow(key, value)
        else:
            self.followed.follow(topic, key, value)

    def step(
        self,
        batch: Sequence[Incoming],
        read: ReadRecords,
        source: Source,
        now_ms: int,
        *,
        ranked: bool = True,
    ) -> Effects:
        """All effects of one batch of one partition, in the order of its events; ``ranked``: whether rankings are computed."""
        part = self.begin(batch, read, source, now_ms)
        self.finish([part], ranked=ranked)
        return part.effects

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:
        """Folds a batch; its effects are complete only after ``finish``."""
        effects = Effects()
        timer = StageTimer(self._clock, effects.stats.spent_s)
        groups: dict[bytes, list[Arrival]] = {}
        for record in batch:
            try:
                decoded = event_in(record, self.since_ms)
            except Rejected as error:
                effects.rejected.append((record, error))
                continue
            event = on_time(decoded, record.timestamp_ms)
            effects.stats.ahead += event is not decoded
            if isinstance(event, e.NotInterested):
                event = explained(event, self.followed.catalogue)
            groups.setdefault(record.key or b"", []).append(Arrival(record, event))
        timer.lap("decode")
        pending: list[PendingExample] = []
        due: list[Due] = []
        known = self._known(source, batch)
        moved: list[Moved] = []
        trials = self.trials if self.trials.known else None
        records = read([*groups, arm_sums.KEY] if trials else [*groups])
        counted = arm_sums.decode(records.pop() if trials else None, source.epoch)
        timer.lap("read")
        for (key, arrivals), stored in zip(groups.items(), records, strict=True):
            if source.partitions and partition_of(key, source.partitions) != source.partition:
                set_aside(key, arrivals, stored, source, effects)
                continue
            turn = ProfileUpdate(self.recipe, known, source, stored, effects.stats, trials, counted.offset)
            for arrival in arrivals:
                turn.take(arrival, pending)
            if turn.due and turn.profile is not None:
                due.append(self._due(key, turn))
            if trials and turn.offset > counted.offset:
                moved.extend(moved_counts(turn, trials))
            conclude(turn, key, effects, now_ms)
        if moved:
            added = arm_sums.moved(counted.sums, moved, self.trials.known)
            _add_up(arm_sums.Counted(added, batch[-1].offset), source, effects)
        known.sighted.update(
            (example.title_id, example.record.offset) for example in pending if example.kind == "sighted"
        )
        timer.lap("fold")
        return FoldedBatch(source, now_ms, effects, pending, due)

    def _due(self, key: bytes, turn: ProfileUpdate) -> Due:
        request = request_of(key, turn.profile, turn.broker_ms)
        treatment = self.trials.treatment(request.profile_id, request.surface, request.identity.market)
        return Due(request._replace(arms=treatment.arms), treatment)

    def finish(self, parts: Sequence[FoldedBatch], *, ranked: bool = True) -> None:
        """Computes the remaining effects of batches of several partitions, equal to those of each finished alone.

        Common work is done once; its statistics are added to the first batch.
        """
        stats = parts[0].effects.stats
        timer = StageTimer(self._clock, stats.spent_s)
        pending = [(part.source, part.pending) for part in parts]
        for part, examples in zip(parts, write_examples(pending, self.followed, self._views), strict=True):
            part.effects.first.extend(examples)
        timer.lap("teach")
        if ranked:
            self._answer(parts, stats, timer)

    def _known(self, source: Source, batch: Sequence[Incoming]) -> UnannouncedTitles:
        """The announced titles; those first named in a batch that is repeated must be announced again, as their examples may be lost."""
        before = self._sighted.get(source, {})
        again = {title: offset for title, offset in before.items() if offset >= batch[0].offset}
        self._sighted[source] = again
        return UnannouncedTitles(self.followed.catalogue, again)

    def _answer(self, parts: Sequence[FoldedBatch], stats: Stats, timer: StageTimer) -> None:
        by_audience: dict[tuple[str, bool], list[tuple[FoldedBatch, Due]]] = {}
        for part in parts:
            for ranking in part.due:
                identity = ranking.request.identity
                audience = identity.market, identity.kind == KIDS
                by_audience.setdefault(audience, []).append((part, ranking))
        # Markets of a shard are adjacent, kids apart, as they are ranked together.
        asked = sorted(
            (
                (self._views.of(market, mine[0][1].request.identity.kind), mine)
                for (market, _), mine in by_audience.items()
            ),
            key=lambda group: (group[0].models.shard, group[0].audience != group[0].market),
        )
        alike: dict[tuple[Pipeline, int], list[tuple[MarketSnapshot, FoldedBatch, Due]]] = {}
        for view, mine in asked:
            for part, ranking in mine:
                # A page holds dicts, which have no hash; a page that no arm changes is the recipe's own object.
                how = ranking.treatment.pipeline, id(ranking.treatment.page)
                alike.setdefault(how, []).append((view, part, ranking))
        for due in alike.values():
            for first in range(0, len(due), AT_ONCE):
                self._rank(due[first : first + AT_ONCE], stats, timer)

    def _rank(
        self,
        asked: Sequence[tuple[MarketSnapshot, FoldedBatch, Due]],
        stats: Stats,
        timer: StageTimer,
    ) -> None:
        _, pipeline, _, page = asked[0][2].treatment  # equal for all of them
        weights = [due.treatment.weights for _, _, due in asked]
        result = rank(pipeline, [(view, [due.request]) for view, _, due in asked], weights)
        timer.lap("rank")
        stamps = [stamp_of(due.request, part.source.partition, part.now_ms) for _, part, due in asked]
        answers = encode_rankings(result, stamps, page)
        for (_, part, due), answer in zip(asked, answers, strict=True):
            key, place, then = due.request.profile_id.encode(), part.source.partition, part.effects.then
            then.append(Outgoing(topics.RANKINGS, key, answer.ranking, partition=place))
            then.append(Outgoing(topics.DECISIONS, key, answer.decision, partition=place))
        timer.lap("encode")
        sample_quality(pipeline, result, answers, stats)
        timer.lap("look")


def _add_up(counted: arm_sums.Counted, source: Source, effects: Effects) -> None:
    """Adds the sums of a partition to the effects: stored before the records that they come from, and published."""
    effects.state.insert(0, (arm_sums.KEY, arm_sums.encode(counted, source.epoch)))
    totals = ExperimentTotals(partition=source.partition, experiments=counted.sums)
    key = str(source.partition).encode()
    effects.then.append(Outgoing(topics.TOTALS, key, _encoder.encode(totals), partition=0))


def stamp_of(request: Request, partition: int, now_ms: int) -> Stamp:
    """The stamp of the ranking for a request."""
    delivery: DeliveryState = request.profile.delivery_v1
    cause = Cause(
        event_id=delivery.cause_id,
        partition=partition,
        offset=delivery.cause_offset,
        occurred_at=delivery.cause_ms,
    )
    return Stamp(delivery.version, cause, now_ms)

"""A recorded log through the very core that serves, without Kafka: the ranking that each event caused.

Examples are learned right after the event that made them, so the models are always as new as they can be.
Partitions and offsets are those that producing the log to empty topics gives.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from playhead.domain.decoding import decode_event, on_time
from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent
from playhead.domain.examples import Example
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Effects, Incoming, Source
from playhead.domain.topics import (
    EVENTS,
    EXAMPLE_PARTITIONS,
    EXPERIMENTS,
    PROFILE_PARTITIONS,
    RANKINGS,
    RULES,
    TAGS,
    TITLES,
)
from playhead.personalize.core import ReadRecords
from playhead.personalize.in_process import in_process
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.log_clock import LogClock
from playhead.replay.recorded import Recording
from playhead.replay.tagging import ReplayTagger
from playhead.signals.record import Profile, decode, is_repeated

EPOCH = 0
Listener = Callable[[Any, AnyEvent], None]
"""Called for each event that counts, with its profile as it was before the event."""
_examples = msgspec.json.Decoder(Example)


@dataclass
class ReplayTotals:
    """What went through a replay."""

    events: int = 0
    rankings: int = 0
    examples: int = 0
    titles: int = 0
    rejected: list[tuple[int, Rejected]] = field(default_factory=list)
    """Lines that could not be used, by number, with the reason."""


class Replay:
    """The core with its state in memory: one record in, its effects out."""

    def __init__(self, recipe: Recipe = RECIPE) -> None:
        self.personalizer, self.learners = in_process(EXAMPLE_PARTITIONS, recipe)
        self.listener: Listener | None = None
        self.stored: dict[bytes, bytes] = {}
        self.tally = ReplayTotals()
        self._clock = LogClock()
        self._tagger = ReplayTagger()
        self._offsets = [0] * PROFILE_PARTITIONS
        self._partitions: dict[bytes, int] = {}
        self._shards: dict[bytes, int] = {}

    def put_title(self, line: bytes) -> None:
        """Takes over a line of a catalogue.

        Raises:
            Rejected: it is no title.
        """
        key = _key(line).title_id.encode()
        self.personalizer.follow(TITLES, key, line)
        self._tagger.put(key, line)
        self.tally.titles += 1

    def withdraw_title(self, title_id: str) -> None:
        """Takes a title out of the catalogue."""
        self.personalizer.follow(TITLES, title_id.encode(), None)

    def put_rule(self, line: bytes) -> None:
        """Takes over a rule.

        Raises:
            Rejected: it is no rule; nothing has changed.
        """
        self.personalizer.follow(RULES, _key(line).rule_id.encode(), line)

    def put_experiment(self, line: bytes) -> None:
        """Takes over a line of experiments: from now on it runs, or does not.

        Raises:
            Rejected: it is no experiment, or can't run beside the others; nothing has changed.
        """
        self.personalizer.follow(EXPERIMENTS, _key(line).experiment_id.encode(), line)

    def take(self, line: bytes, number: int = 0, *, ranked: bool = True) -> Effects:
        """Folds one event, learns what it teaches, and returns its effects; ``ranked``: with a ranking, if the event moves it.

        ``computed_at`` of a ranking is the time in the log by then (``LogClock``): nothing here depends on a clock.
        """
        self.tally.events += 1
        named = _key(line)
        record = self._record(
            line, named.profile_id, self._clock.read(named.profile_id, int(named.occurred_at))
        )
        self.personalizer.since_ms = self._clock.since_ms
        self._offsets[record.partition] += 1
        if self.listener is not None:
            self._notify(self.listener, record)
        effects = self._step(record, self._read, ranked=ranked)
        if effects.erased:
            # Workers send an erasure on to all other partitions, where it takes an offset.
            others = (place for place in range(PROFILE_PARTITIONS) if place != record.partition)
            for place in others:
                self._offsets[place] += 1
        for profile, stored in effects.state:
            if stored is None:
                self.stored.pop(profile, None)
            else:
                self.stored[profile] = stored
        for outgoing in effects.first:
            self._learn(outgoing.key or b"", outgoing.value or b"")
        self.tally.rejected.extend((number, error) for _, error in effects.rejected)
        return effects

    def imagine(self, line: bytes, stored: bytes | None, *, ranked: bool = True) -> Effects:
        """The effects that an event would have on another stored record of its profile; nothing is kept. ``ranked``: with a ranking."""
        named = _key(line)
        record = self._record(line, named.profile_id, int(named.occurred_at))
        return self._step(record, lambda keys: [stored, *[None] * (len(keys) - 1)], ranked=ranked)

    def rankings(self, number: int, line: bytes) -> Iterator[bytes]:
        """The rankings that the event in a line caused."""
        for outgoing in self.take(line, number).then:
            if outgoing.topic == RANKINGS and outgoing.value is not None:
                self.tally.rankings += 1
                yield outgoing.value

    def _notify(self, listener: Listener, record: Incoming) -> None:
        key = record.key or b""
        try:
            event = decode_event(key, record.value, self._clock.since_ms)
        except Rejected:
            return  # counted by the core
        event = on_time(event, record.timestamp_ms)
        stored = self.stored.get(key)
        known = None if stored is None else decode(stored)[2]  # None, too, for a profile that was erased
        profile = Profile() if known is None else known
        if not is_repeated(profile.delivery_v1, event.event_id):
            listener(profile, event)

    def _record(self, line: bytes, profile_id: str, broker_ms: int) -> Incoming:
        key = profile_id.encode()
        partition = self._partition(key)
        return Incoming(EVENTS, partition, self._offsets[partition], broker_ms, key, line)

    def _step(self, record: Incoming, read: ReadRecords, *, ranked: bool = True) -> Effects:
        for key, value in self._tagger.records():
            self.personalizer.follow(TAGS, key, value)
        source = Source(EPOCH, record.partition)
        return self.personalizer.step([record], read, source, record.timestamp_ms, ranked=ranked)

    def _learn(self, market: bytes, value: bytes) -> None:
        shard = self._shards.get(market)
        if shard is None:
            shard = self._shards[market] = partition_of(market, EXAMPLE_PARTITIONS)
        self.learners[shard].learn_one(_examples.decode(value))
        self.personalizer.followed.shards[shard].learned_to += 1
        self.tally.examples += 1

    def _read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.stored.get(key) for key in keys]

    def _partition(self, key: bytes) -> int:
        partition = self._partitions.get(key)
        if partition is None:
            partition = self._partitions[key] = partition_of(key, PROFILE_PARTITIONS)
        return partition


def replay(
    events: Path,
    titles: Path | None,
    out: BinaryIO | None,
    progress: Callable[[int, int], None] | None = None,
    core: Replay | None = None,
    after: Callable[[], None] = lambda: None,
    rules: Path | None = None,
    experiments: Path | None = None,
) -> ReplayTotals:
    """Writes the ranking that each event of a log caused, a JSON line each, in the order of the events.

    Args:
        events: JSON lines of events, plain or gzipped, in order of time.
        titles: The catalogue, taken over before the first event.
        out: Where the rankings go, if anywhere.
        progress: Called now and then with the bytes of the log that are done, and with all of them.
        core: What to replay with; a new one by default, which ranks only where somebody reads it.
        after: Called after each event.
        rules: JSON lines of rules, in force from the first event on.
        experiments: Experiments, a JSON line each, taken over before the first event.

    Raises:
        Rejected: an experiment can't run.
    """
    core = core or Replay(ranking_for(out))
    if titles is not None:
        with Recording(titles) as catalogue:
            for line in catalogue.lines("titles", validate=False):
                core.put_title(line.value)
    if rules is not None:
        for rule in filter(None, rules.read_bytes().splitlines()):
            core.put_rule(rule)
    if experiments is not None:
        with Recording(experiments) as lines:
            for _, value in lines.raw():
                core.put_experiment(value)
    with Recording(events) as log:
        for number, value in log.raw():
            rankings = core.rankings(number, value)
            if out is None:
                deque(rankings, maxlen=0)
            else:
                out.writelines(ranking + b"\n" for ranking in rankings)
            after()
            if progress and not core.tally.events % 500:
                progress(log.read_bytes, log.size_bytes)
    return core.tally


def ranking_for(out: BinaryIO | None) -> Recipe:
    """The recipe where rankings are written; without, none are made, which changes nothing else."""
    return RECIPE if out is not None else replace(RECIPE, moving=frozenset())


class _Key(msgspec.Struct):
    profile_id: str = ""
    title_id: str = ""
    rule_id: str = ""
    experiment_id: str = ""
    occurred_at: float = 0.0


_keys = msgspec.json.Decoder(_Key)


def _key(line: bytes) -> _Key:
    try:
        return _keys.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Key()  # the core says what is wrong with the line

"""Compares state, learning and output after a run with what must have come of the events topic.

The core's own oracle (``tests/broker/oracle.py``) folds the events again and compares bytes. Beside it an account
counts distinct event ids with plain JSON: two ways to be wrong must agree. All that the account takes from the core is which
events change nothing, as their play was told already or as they are older than the ring of ids.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from tests.broker.oracle import Oracle, by_origin, learned, newest, published
from tests.broker.world import World

from playhead.domain.errors import Unreadable
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming
from playhead.domain.topics import (
    DEAD_LETTERS,
    EVENTS,
    EXAMPLES,
    MODELS,
    PROFILES_CHANGELOG,
    RANKINGS,
)
from playhead.recipe import MOVING
from playhead.runtime.dead_letters import parse
from playhead.signals.record import decode

MOVES = frozenset(str(kind.__struct_config__.tag) for kind in MOVING)
"""Types of events that are always answered with a ranking."""
Where = tuple[int, int, int]
"""Epoch, partition, offset."""


class Told(NamedTuple):
    """A ranking as the account needs it."""

    version: int
    at_ms: int
    cause: tuple[int, int]


class Due(NamedTuple):
    """A moving event: the least version of its ranking, and when the event was on the broker."""

    version: int
    at_ms: int
    partition: int


@dataclass
class Account:
    """Counts events with nothing of the core: distinct ids, and after which of them a ranking is due."""

    partitions: int
    versions: Counter[bytes] = field(default_factory=Counter)
    """Events of each profile, each id once."""
    at: dict[tuple[bytes, int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    """Version of a profile after the event at (partition, offset), one for each life of the topic."""
    due: dict[bytes, list[Due]] = field(default_factory=lambda: defaultdict(list))
    ids: set[tuple[bytes, str]] = field(default_factory=set)
    """All of them, on whatever partition."""
    _seen: set[tuple[bytes, str]] = field(default_factory=set)

    @property
    def never_moved(self) -> set[tuple[bytes, str]]:
        """Events that stand on a wrong partition only."""
        return self.ids - self._seen

    def count(
        self, records: Iterable[Incoming], rejected: set[tuple[int, int]], silent: set[tuple[int, int]]
    ) -> None:
        """Events in the order of their partitions, without those that can't be used."""
        for record in records:
            place = record.partition, record.offset
            if place in rejected:
                continue
            key, event = record.key or b"", json.loads(record.value or b"")
            self.ids.add((key, event["event_id"]))
            if partition_of(key, self.partitions) != record.partition:
                continue  # sent on: it counts where it was sent to
            if (key, event["event_id"]) in self._seen:
                continue
            self._seen.add((key, event["event_id"]))
            if place in silent:
                continue
            self.versions[key] += 1
            self.at[key, record.partition, record.offset].add(self.versions[key])
            if event["type"] in MOVES:
                self.due[key].append(Due(self.versions[key], record.timestamp_ms, record.partition))


@dataclass(frozen=True)
class Figures:
    """The figures of a run; all but ``sent``, ``applied``, ``dead_lettered`` and times must be 0.

    ``output_duplicated`` too may be more: rankings and examples that were told again, which readers know by
    their version and their origin.
    """

    sent: int
    applied: int
    lost: int
    state_duplicated: int
    state_wrong: int
    examples_duplicated: int
    models_wrong: int
    rankings_wrong: int
    output_duplicated: int
    dead_lettered: int
    largest_staleness_s: float
    staleness_by_partition_s: tuple[float, ...]
    staleness_since_by_partition_s: tuple[float, ...]
    """Of events from the first fault on alone: the first second of a load finds cold workers."""
    seconds_to_recover: float
    why: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing is lost, doubled or wrong."""
        return not any(
            (
                self.lost,
                self.state_duplicated,
                self.state_wrong,
                self.examples_duplicated,
                self.models_wrong,
                self.rankings_wrong,
            )
        )


@dataclass(frozen=True)
class Life:
    """The events of one life of the topic."""

    epoch: int
    records: Sequence[Incoming]


def judge(
    world: World,
    oracle: Oracle,
    lives: Sequence[Life],
    acknowledged: dict[tuple[int, int], bytes | None],
    marks: Sequence[int],
    seeded: dict[bytes, bytes],
    since_ms: int,
) -> Figures:
    """Compare all that there is with all that must be, after the workers have come to rest.

    Args:
        world: Where they worked.
        oracle: Has followed titles only, folded nothing yet.
        lives: All events, by life of the topic, the present one last.
        acknowledged: What the broker said that it had stored, by partition and offset of the present life.
        marks: When recovery began to count, in ms.
        seeded: Records that are on the changelog without events.
        since_ms: When the system served, and staleness began to count.
    """
    oracle.stored |= seeded
    account, why = Account(world.layout.partitions), Why()
    for life in lives:
        oracle.fold(life.records, life.epoch)
        rejected = {(part, offset) for epoch, part, offset in oracle.rejected if epoch == life.epoch}
        oracle.find_silent(life.records, life.epoch, seeded)
        silent = {(part, offset) for epoch, part, offset in oracle.silent if epoch == life.epoch}
        account.count(life.records, rejected, silent)
    present = {(each.partition, each.offset): each.value for each in lives[-1].records}
    gone = [place for place, value in acknowledged.items() if present.get(place) != value]
    why.some("acknowledged events are not on the topic", gone)

    stray = account.never_moved
    why.some("misplaced events were never sent on", stray)

    state = _state(world, oracle, account, why, seeded)
    taught = _examples(world, oracle, why)
    rankings = _sent(world)
    wrong = [key for key, due in account.due.items() if not _is_right(account, key, rankings[key], due)]
    why.some("rankings are not of all events", wrong)
    letters = _letters(world, oracle, why)
    stale = _staleness(account, rankings, since_ms)
    again = sum(
        len(rankings_sent) - len({ranking.version for ranking in rankings_sent})
        for rankings_sent in rankings.values()
    )
    return Figures(
        sent=sum(len(life.records) for life in lives),
        applied=state["applied"],
        lost=len(gone) + len(stray) + state["lost"] + taught["lost"] + letters["lost"],
        state_duplicated=state["duplicated"],
        state_wrong=state["wrong"],
        examples_duplicated=taught["duplicated"],
        models_wrong=taught["wrong"],
        rankings_wrong=len(wrong),
        output_duplicated=again + taught["again"],
        dead_lettered=letters["found"],
        largest_staleness_s=max(stale),
        staleness_by_partition_s=stale,
        staleness_since_by_partition_s=_staleness(account, rankings, min(marks, default=since_ms)),
        seconds_to_recover=_recovery(account, rankings, marks),
        why=tuple(why.lines),
    )


class Why:
    """What was found wrong, for whoever must look into it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def some(self, what: str, items: Iterable[object]) -> None:
        """Notes how many there are, with the first few."""
        items = list(items)
        if items:
            self.lines.append(f"{len(items)} {what}: {items[:3]}")


def _state(
    world: World, oracle: Oracle, account: Account, why: Why, seeded: dict[bytes, bytes]
) -> Counter[str]:
    stored = newest(world, PROFILES_CHANGELOG)
    counts: Counter[str] = Counter()
    strange = []
    for key in account.versions.keys() | stored.keys() - seeded.keys():
        value, wanted = stored.get(key), account.versions[key]
        version = 0 if value is None else decode(value)[2].delivery_v1.version
        counts["applied"] += version
        counts["lost"] += max(0, wanted - version)
        counts["duplicated"] += max(0, version - wanted)
        if value != oracle.stored.get(key):
            counts["wrong"] += 1
            strange.append((key, version, wanted, *_different(value, oracle.stored.get(key))))
    why.some("records are not what folding gives", strange)
    return counts


def _different(stored: bytes | None, wanted: bytes | None) -> list[str]:
    """Signals in which two records differ."""
    if stored is None or wanted is None:
        return ["missing"]
    ours, theirs = decode(stored), decode(wanted)
    names = [
        name
        for name in ours[2].__struct_fields__
        if msgspec.msgpack.encode(getattr(ours[2], name)) != msgspec.msgpack.encode(getattr(theirs[2], name))
    ]
    return names + (["watermark"] if ours[:2] != theirs[:2] else [])


def _examples(world: World, oracle: Oracle, why: Why) -> Counter[str]:
    rankings_sent: dict[Any, Any] = {}
    counts: Counter[str] = Counter()
    for record in world.read(EXAMPLES):
        [(origin, example)] = by_origin(record.value).items()
        counts["again"] += origin in rankings_sent
        rankings_sent[origin] = example.kind
    # Whether a title was heard of before depends on when its news arrived: such an example may come or not.
    wanted = {origin for origin, example in oracle.examples.items() if example.kind != "sighted"}
    sent = {origin for origin, kind in rankings_sent.items() if kind != "sighted"}
    why.some("examples were never told", wanted - sent)
    why.some("examples are of no event", sent - wanted)
    counts["lost"] += len(wanted - sent)
    counts["duplicated"] += len(sent - wanted)
    ours, theirs = (
        published([(record.key or b"", record.value) for record in world.read(MODELS)]),
        learned(world),
    )
    for shard in ours.versions.keys() | theirs.versions.keys():
        got, due = Counter(ours.versions.get(shard, {})), Counter(theirs.versions.get(shard, {}))
        counts["lost"] += (due - got).total()
        counts["duplicated"] += (got - due).total()
        if got != due:
            why.some(f"counts of shard {shard} differ", [(dict(got), dict(due))])
    unlike = [part for part, statements in theirs.parts.items() if ours.parts.get(part) != statements]
    why.some("rows of the models differ", unlike)
    counts["wrong"] += len(unlike)
    return counts


def _letters(world: World, oracle: Oracle, why: Why) -> Counter[str]:
    wanted = {where[1:]: record for where, record in oracle.rejected.items()}
    places: set[tuple[int, int]] = set()
    for record in world.read(DEAD_LETTERS):
        letter = parse(record)
        original = letter.record
        if original.topic == EVENTS:
            where = (original.partition, original.offset)
            due = wanted.get(where)
            # Bytes that are too many for a worker may be few enough for the reader that judges.
            had = letter.error != Unreadable.__name__
            if due is not None and (not had or (due.key, due.value) == (original.key, original.value)):
                places.add(where)
            else:
                why.some("dead letters are of no rejected event", [where])
    why.some("rejected events have no dead letter", wanted.keys() - places)
    return Counter(found=len(places), lost=len(wanted.keys() - places))


def _sent(world: World) -> dict[bytes, list[Told]]:
    rankings_sent: dict[bytes, list[Told]] = defaultdict(list)
    for record in world.read(RANKINGS):
        if record.value:
            ranking = json.loads(record.value)
            cause = (ranking["caused_by"]["partition"], ranking["caused_by"]["offset"])
            rankings_sent[record.key or b""].append(Told(ranking["version"], record.timestamp_ms, cause))
    return rankings_sent


def _is_right(account: Account, key: bytes, rankings_sent: list[Told], due: list[Due]) -> bool:
    """Whether the ranking of the highest version holds the last event that moves lists, and says so truly."""
    if not rankings_sent:
        return False
    best = max(rankings_sent)
    return best.version >= due[-1].version and best.version in account.at.get((key, *best.cause), ())


def _staleness(account: Account, rankings: dict[bytes, list[Told]], since_ms: int) -> tuple[float, ...]:
    """Longest time from an event on the broker to the first ranking that holds it, by partition."""
    longest = [0] * account.partitions
    for due, _, late_ms in _delays(account, rankings):
        if due.at_ms >= since_ms:
            longest[due.partition] = max(longest[due.partition], late_ms)
    return tuple(late_ms / 1000 for late_ms in longest)


def _recovery(account: Account, rankings: dict[bytes, list[Told]], marks: Sequence[int]) -> float:
    """Longest time from a mark to the first ranking, in each partition, of an event that came after it."""
    slowest = 0
    for mark in marks:
        first: dict[int, int] = {}
        for due, told_ms, _ in _delays(account, rankings):
            if due.at_ms >= mark:
                first[due.partition] = min(told_ms, first.get(due.partition, told_ms))
        slowest = max([slowest, *(told_ms - mark for told_ms in first.values())])
    return slowest / 1000


def _delays(account: Account, rankings: dict[bytes, list[Told]]) -> Iterable[tuple[Due, int, int]]:
    """Each moving event, when it was first answered, and how many ms that took."""
    for key, dues in account.due.items():
        answers = sorted(rankings[key], key=lambda rankings_sent: -rankings_sent.version)
        earliest, at = 0, 0
        for due in reversed(dues):
            while at < len(answers) and answers[at].version >= due.version:
                earliest = min(earliest or answers[at].at_ms, answers[at].at_ms)
                at += 1
            if earliest:
                yield due, earliest, max(0, earliest - due.at_ms)

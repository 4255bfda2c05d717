"""Records that are wrong, repeated, late, or all of one profile."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random
from typing import Any

from tests.broker.faults.points import Point
from tests.broker.faults.run import Run
from tests.broker.faults.story import Act, event

from playhead.domain.partitioning import crc32_partition_of
from playhead.domain.topics import DEAD_LETTERS

DAY_MS = 86_400_000
Change = Callable[[Act, int, Random], list[Act]]


def _under(run: Run, change: Change, seconds: float = 8.0) -> None:
    """Send through a change for a while; it sees every act, its number and a die."""

    def changed(acts: Iterator[Act]) -> Iterator[Act]:
        for number, act in enumerate(acts):
            yield from change(act, number, run.rng)

    run.send_through(changed)
    run.begin()
    run.mark()
    run.pass_time(2.0 if run.options.quick else seconds)
    run.answering()


BAD = 20
"""One of so many records can't be used."""


def bad(run: Run) -> None:
    """Poison, oversized, empty and binary records, keys that don't fit, unknown types; each has its dead letter."""

    _under(run, _bad_too)


def _bad_too(act: Act, number: int, rng: Random) -> list[Act]:
    return [act, _bad(act, rng)] if number % BAD == 0 else [act]


def _bad(act: Act, rng: Random) -> Act:
    key = act.key or b""
    kind = rng.choice(("poison", "oversized", "empty", "binary", "no key", "other key", "type", "infinite"))
    if kind == "oversized" and rng.random() < 0.1:
        return event("page_viewed", key, "x", 1, session_id="x" * 1_000_001)
    return {
        "poison": Act(key, b'{"event_id": "'),
        "oversized": event("page_viewed", key, "x" * 65, 1),
        "empty": Act(key, rng.choice((b"", None))),
        "binary": Act(key, rng.randbytes(200)),
        "no key": Act(None, act.value),
        "other key": Act(b"somebody else", act.value),
        "type": event("page_eaten", key, "x", 1),
        "infinite": Act(
            key, b'{"event_id": "x", "type": "page_viewed", "occurred_at": 1e999, "profile_id": 1}'
        ),
    }[kind]


def misplaced(run: Run) -> None:
    """Half of the profiles come from a producer with librdkafka's own partitioner; workers die as they send events on."""
    _under(run, partial(_by_librdkafka, run.world.layout.partitions), 2.0)
    for step in ("send",) if run.options.quick else ("send", "flush", "changelog", "commit"):
        assert run.worker.die_at(Point(step, "after", 1))
        run.mark()
        run.answering()


def _by_librdkafka(partitions: int, act: Act, _: int, __: Random) -> list[Act]:
    if act.key is None or act.key[-1] % 2:
        return [act]
    return [act._replace(partition=crc32_partition_of(act.key, partitions))]


def schemas(run: Run) -> None:
    """Fields that a newer producer knows, and only those that the oldest knew."""

    _under(run, _of_other_schemas)


def _of_other_schemas(act: Act, number: int, _: Random) -> list[Act]:
    known = _known(act)
    if known is None:
        return [act]
    if number % 3 == 0:
        known |= {"schema_version": 7, "hologram": {"depth": [1, 2, {"x": None}]}, "neu": "ä" * 50}
    elif number % 3 == 1:
        for optional in ("session_id", "language", "device", "utc_offset_min"):
            known.pop(optional, None)
    return [Act(act.key, json.dumps(known).encode())]


def retried(run: Run) -> None:
    """A producer that sends every third event again, up to three times: the same id at new offsets."""
    _under(run, _retries())


def _retries() -> Change:
    waiting: list[Act] = []

    def change(act: Act, number: int, rng: Random) -> list[Act]:
        if number % 3 == 0:
            waiting.extend([act] * rng.randrange(1, 4))
        rng.shuffle(waiting)
        again, waiting[:] = waiting[:1], waiting[1:][-40:]
        return [act, *again]

    return change


def late(run: Run) -> None:
    """Out of order by up to 50 events, and minutes to days old."""
    _under(run, _late())


def _late() -> Change:
    held: list[Act] = []

    def change(act: Act, _: int, rng: Random) -> list[Act]:
        delay_ms = rng.choice((0, 0, 0, 60_000, 3_600_000, DAY_MS, 6 * DAY_MS))
        held.append(_at(act, -delay_ms))
        return [held.pop(rng.randrange(len(held)))] if len(held) > 50 else []

    return change


def clocks(run: Run) -> None:
    """Devices whose clocks are minutes to years ahead or behind."""
    ages_ms = (0, 0, 300_000, -300_000, DAY_MS, -DAY_MS, 3650 * DAY_MS, -3650 * DAY_MS)

    def change(act: Act, _: int, rng: Random) -> list[Act]:
        return [_at(act, rng.choice(ages_ms))]

    _under(run, change)


def _at(act: Act, later_ms: int) -> Act:
    known = _known(act)
    if known is None:
        return act
    return Act(act.key, json.dumps(known | {"occurred_at": known["occurred_at"] + later_ms}).encode())


def all_at_once(run: Run) -> None:
    """Bad, repeated, late and misdated records of new and old schemas, while workers are killed and stores lost."""
    changes = (_bad_too, _of_other_schemas, _retries(), _late(), _as_many_of_one())

    def change(act: Act, number: int, rng: Random) -> list[Act]:
        acts = [act]
        for each in changes:
            acts = [after for before in acts for after in each(before, number, rng)]
        return acts

    _under(run, change, 2.0)
    for step, moment in [("produce", "within"), ("confirm", "before"), ("note", "before")]:
        # The first batch after a start holds what came meanwhile: more of the hot profile than an id ring remembers.
        assert run.worker.die_at(Point(step, moment, 1))
    run.mark()
    run.answering()
    [learner] = run.crew.of("learn")
    assert learner.die_at(Point("publish", "within", 1))
    with run.crew.nobody_starts():
        run.mark()
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
    run.answering()


def _known(act: Act) -> dict[str, Any] | None:
    """The event in a record, None where there is none."""
    try:
        decoded = json.loads(act.value or b"")
    except ValueError:
        return None
    return decoded if isinstance(decoded, dict) and isinstance(decoded.get("occurred_at"), int) else None


def hot(run: Run) -> None:
    """Every second event is of one profile; workers are killed with a batch full of it stored and not committed."""

    _under(run, _as_many_of_one(), 3.0)
    for _ in range(1 if run.options.quick else 3):
        run.worker.kill()
        # What came meanwhile is one batch a partition, and the hot profile's is the largest and done last: it holds
        # more of the profile than an id ring remembers.
        assert run.worker.die_at(Point("note", "before", run.world.layout.partitions))
        run.mark()
        run.pass_time(1.0)
        run.answering()


def _as_many_of_one() -> Change:
    """An event of one profile for each of another; their ids are their own, so that none of them is a retry."""
    ids = count()

    def change(act: Act, _: int, __: Random) -> list[Act]:
        known = _known(act)
        if known is None:
            return [act]
        own = {"profile_id": "hot", "event_id": f"hot-{next(ids)}"}
        return [act, Act(b"hot", json.dumps(known | own).encode())]

    return change


def unwritable_letters(run: Run) -> None:
    """The dead-letter topic refuses a record: its partition stops, others go on; then it takes it, and so do we."""
    run.begin()
    run.set_config(DEAD_LETTERS, "max.message.bytes", "100")
    run.pass_time(1.0)
    bad = run.one_event(Act(run.profiles[0], b"poison " * 100))
    run.pass_time(4.0 if run.options.quick else 10.0)
    done = run.committed()
    assert done[bad.partition] <= bad.offset, "the partition went on without its dead letter"
    others = [part for part in done if part != bad.partition]
    run.wait(lambda: all(run.committed()[part] > done[part] for part in others), "other partitions go on")
    assert run.crew.found("dead letter"), "nobody said why the partition stands still"
    run.set_config(DEAD_LETTERS, "max.message.bytes", "2097152")
    run.mark()
    run.answering()

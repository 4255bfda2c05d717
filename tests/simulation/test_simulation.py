"""Schedules of faults by the thousand, each from its seed; and that they find what they are there to find.

To look at one: ``simulate(seed)``, then its ``trace`` and its broker's topics.
"""

import inspect
import json
import textwrap
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from tests.effort import THOROUGH
from tests.simulation import learn
from tests.simulation.fakes import Broker, Disk, Member
from tests.simulation.personalize import Worker
from tests.simulation.schedule import QUIET, Simulation, check
from tests.timeline import happened

from playhead.domain.examples import Example
from playhead.domain.records import Outgoing
from playhead.domain.topics import EVENTS, PROFILES_CHANGELOG
from playhead.learn.learner import Learner
from playhead.personalize import core, profile_update
from playhead.runtime import personalize, recovery
from playhead.runtime.changelog import Changelog
from playhead.signals import record
from playhead.signals.record import decode

SCHEDULES = 100_000 if THOROUGH else 5_000
SLICES = 10
ENOUGH = 4_000
"""Schedules in which a missing protection must show; most show within ten, the rarest (the watermark: the ring of ids covers for it) once in a thousand."""
Patch = Callable[[pytest.MonkeyPatch], None]


def until_it_fails(first: int) -> None:
    """Schedules from the one that is known to fail; after a change of anything it may be another."""
    for number in range(ENOUGH):
        simulate((first + number) % ENOUGH)


def simulate(seed: int) -> Simulation:
    simulation = Simulation(seed)
    try:
        simulation.run()
        check(simulation)
    except Exception as error:
        error.add_note(f"schedule {seed}: {', '.join(simulation.trace) or 'without a fault'}")
        raise
    return simulation


@pytest.mark.parametrize("part", range(SLICES))
def test_no_schedule_loses_or_repeats_anything(part: int) -> None:
    faults = 0
    for seed in range(part, SCHEDULES, SLICES):
        faults += len(simulate(seed).trace)
    assert faults > SCHEDULES / SLICES  # it was not peaceful


def test_a_schedule_follows_from_its_seed() -> None:
    first, second = simulate(7), simulate(7)
    assert first.trace == second.trace
    assert first.broker.read(PROFILES_CHANGELOG) == second.broker.read(PROFILES_CHANGELOG)


def changed(owner: Any, name: str, old: str, new: str) -> Patch:
    """Has a function say something else in one place."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        function = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(function))
        assert old in source, "the function has changed: break it in another place"
        names: dict[str, Any] = {}
        code = compile(source.replace(old, new), inspect.getfile(function), "exec")
        exec(code, function.__globals__, names)
        monkeypatch.setattr(owner, name, names[name])

    return patch


def without_watermark(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = decode
    monkeypatch.setattr(profile_update, "decode", lambda stored: (whole(stored)[0], -1, whole(stored)[2]))
    # The ring recognises all that comes again in so short a story, unless it is short as well.
    monkeypatch.setattr(record, "RING", 0)
    monkeypatch.setattr(record, "BLOCK", 1)


def without_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_update, "is_repeated", lambda *_: False)


def without_dedupe(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Learner.is_new

    def is_new(self: Learner, example: Example) -> bool:
        self._watermarks.clear()
        return whole(self, example)

    monkeypatch.setattr(Learner, "is_new", is_new)


WORK = personalize.Personalization
PROTECTIONS: dict[str, Patch] = {
    "watermark": without_watermark,
    "id ring": without_ring,
    "learner's dedupe": without_dedupe,
    "watermarks of what is learned are published": changed(
        learn.Account, "manifest", "offset, watermarks", "offset, {}"
    ),
    "a publication says up to where it goes": changed(learn.Account, "manifest", "offset,", "10**6,"),
    "a former learner is shut out": changed(learn.LearnWorker, "publish", "if mine else []", ""),
    "examples before state": changed(WORK, "_process", "await first.delivered()", "pass"),
    "changelog before store and commit": changed(
        Changelog, "append", "await ticket.delivered()\n    written", "return self._end\n    written"
    ),
    "store after changelog": changed(
        WORK,
        "_process",
        "end = await self._changelog",
        "store.write(effects.state, Position(0, 0)); end = await self._changelog",
    ),
    "membership is confirmed": changed(WORK, "_confirm", "await", "None and await"),
    "of two records the one with more counts": changed(recovery, "counts", "return", "return True or"),
    "an erasure leaves a marker": lambda patch: patch.setattr(
        profile_update, "erasure_marker", lambda *_: None
    ),
    "a title of a dropped batch is announced again": changed(
        core.Personalizer, "_known", "if offset >= batch[0].offset", "if False"
    ),
    "offsets without a record are passed over": changed(WORK, "pass_over", "self._note", "abs"),
    "an event that was sent on twice is known": lambda patch: patch.setattr(
        profile_update, "is_sent_again", lambda *_: False
    ),
    "misplaced events are sent on": lambda patch: patch.setattr(personalize, "settle", lambda *_: None),
    "an erasure reaches the other partitions": changed(
        core, "conclude", "range(turn.source.partitions)", "()"
    ),
    "what stands on a wrong partition is not folded there": changed(
        core.Personalizer, "begin", "!= source.partition", "< 0"
    ),
    "erasure markers are forgotten": changed(WORK, "_process", "self._markers +=", "_ ="),
    "a marker keeps its erasure from being committed": changed(
        WORK, "_held", "for marker in self._markers", "for marker in ()"
    ),
}

FAILS_AT = {
    "watermark": 1570,
    "a former learner is shut out": 712,
    "examples before state": 9,
    "changelog before store and commit": 30,
    "store after changelog": 1113,
    "of two records the one with more counts": 573,
    "an erasure leaves a marker": 1127,
    "a title of a dropped batch is announced again": 288,
    "offsets without a record are passed over": 24,
    "an event that was sent on twice is known": 521,
    "an erasure reaches the other partitions": 11,
    "a marker keeps its erasure from being committed": 479,
}
"""Where the search begins, so that it is not made again in each check: the first schedule that failed when it was last
made, which takes two minutes. A hint that no longer fails costs time, and nothing else."""


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_a_missing_protection_shows(protection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PROTECTIONS[protection](monkeypatch)
    if protection == "of two records the one with more counts":
        monkeypatch.setattr("tests.simulation.fakes.counts", recovery.counts)
    with pytest.raises(AssertionError):
        until_it_fails(FAILS_AT.get(protection, 0))


def settle(worker: Worker) -> None:
    """All that a worker has in hand is done, and committed."""
    partition_worker = worker.partition_workers[1]
    while worker.outbox.flights or partition_worker.running is not None:
        worker.outbox.deliver(9)
        worker.go_on(partition_worker)
    worker.commit()


def test_an_erasure_marker_is_kept_until_its_partition_is_read_as_far() -> None:
    #  a: erased, watches, watches (a retry), erased ──▶ marker        b: erased ──▶ not yet ── the rest ──▶ gone
    broker = Broker()
    for n, (kind, event_id) in enumerate(
        [("profile_erased", "e0"), *[("page_viewed", "e1")] * 2, ("profile_erased", "e3")]
    ):
        wire = happened(kind, at_s=n, profile="ada", event_id=event_id)
        broker.append(Outgoing(EVENTS, b"ada", json.dumps(wire).encode(), (), 1))
    a, b = (Worker(name, broker, QUIET, {1: Disk()}, Random(0)) for name in "ab")
    for worker, counts in ((a, (4,)), (b, (2, 2))):
        broker.owner[1] = Member(worker.instance)
        worker.open(1)
        partition_worker = worker.partition_workers[1]
        for count in counts:
            worker.begin(partition_worker, count)
            settle(worker)
            if worker is b:
                worker.tick(partition_worker)
                settle(worker)
                assert (b"ada" in b.disks[1].records) == (partition_worker.next < 4)
        assert broker.committed[1] == (0 if worker is a else 4)
    b.disks[1].crash()
    assert not b.disks[1].records  # gone for good: the changelog forgets its tombstone in a day


def test_a_former_owners_last_record_is_noticed_and_not_taken_for_ones_own() -> None:
    #  b: e0 e1 e2 ──sent─────────────────▶ arrives
    #  a:             opens ── e0 ──▶              writes ──▶ sees a gap, is asked who it is, reads it
    broker = Broker()
    for n in range(4):
        wire = happened("page_viewed", at_s=n, profile="ada", event_id=f"e{n}")
        broker.append(Outgoing(EVENTS, b"ada", json.dumps(wire).encode(), (), 1))
    a, b = (Worker(name, broker, QUIET, {1: Disk()}, Random(0)) for name in "ab")
    for worker, count in ((b, 3), (a, 1)):
        broker.owner[1] = Member(worker.instance)
        worker.open(1)
        worker.begin(worker.partition_workers[1], count)
    b.outbox.deliver(9)
    b.go_on(b.partition_workers[1])
    b.outbox.deliver(9)
    settle(a)
    anew = Disk()
    anew.recover(broker.read(PROFILES_CHANGELOG, 1))
    # What the store claims of the changelog is in it, or will be: the rest of the events is still to be read.
    assert a.disks[1].position().offset == broker.end(PROFILES_CHANGELOG, 1)
    assert decode(a.disks[1].records[b"ada"])[1] == 0
    assert decode(anew.records[b"ada"])[1] == 2
    assert broker.committed[1] == 1

import json
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from tests.broker.oracle import newest
from tests.broker.transactions import opened

from playhead.domain.topics import DEAD_LETTERS, EVENTS, EXAMPLES, PROFILES_CHANGELOG, RANKINGS
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config
from playhead.runtime.dead_letters import list_dead_letters, replay_dead_letters

World = Any
Wait = Callable[..., float]
PROFILES = 200


def events(count: int, begin: int = 0) -> list[tuple[bytes, bytes]]:
    return [
        (f"p{number % PROFILES}".encode(), b"event %d" % number) for number in range(begin, begin + count)
    ]


def counts(world: World) -> dict[bytes, int]:
    """The newest count of each profile, as a consumer of rankings sees it."""
    newest: dict[bytes, int] = {}
    highest: Counter[bytes] = Counter()
    for record in world.read(RANKINGS):
        newest[record.key] = json.loads(record.value)["count"]
        highest[record.key] = max(highest[record.key], newest[record.key])
    # After a kill rankings may go back for a moment: they leave before the state does. Never in the end.
    assert newest == highest
    return newest


def examples(world: World) -> set[tuple[int, int]]:
    return {
        (example["partition"], example["offset"])
        for example in (json.loads(each.value) for each in world.read(EXAMPLES))
    }


def sent(world: World) -> set[tuple[int, int]]:
    return {(record.partition, record.offset) for record in world.read(EVENTS) if record.value != b"poison"}


def test_events_become_rankings_and_offsets_are_committed(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(2000))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 2000, "all is committed")
    assert counts(world) == Counter(key for key, _ in events(2000))
    assert examples(world) == sent(world)
    assert {r.partition for r in world.read(PROFILES_CHANGELOG)} == set(
        world.committed("playhead-personalize", EVENTS)
    )
    assert world.stop(worker) < 5


def test_poison_goes_to_dead_letters_and_comes_back_mended(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, [*events(100), (b"p1", b"poison"), *events(100, 100)])
    world.start("personalize")
    wait_until(lambda: world.done() == 201, "all is committed")
    assert sum(counts(world).values()) == 200
    [letter] = list_dead_letters(world.settings)
    assert (letter.record.topic, letter.record.key, letter.record.value) == (EVENTS, b"p1", b"poison")
    assert (letter.error, letter.message, letter.repair, letter.attempts) == (
        "Rejected",
        "Poison.",
        "Produce none.",
        1,
    )

    assert replay_dead_letters(world.settings, lambda each: each.record.key == b"p1") == 1
    wait_until(lambda: len(world.read(DEAD_LETTERS)) == 2, "it is rejected again")
    assert sorted(each.attempts for each in list_dead_letters(world.settings)) == [1, 2]


def test_a_refused_dead_letter_stops_its_partition_and_no_other(world: World, wait_until: Wait) -> None:
    # letters too large ─▶ poison ─▶ its partition stands, others go on ─▶ letters taken ─▶ all committed
    world.produce(EVENTS, events(PROFILES))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == PROFILES, "all is committed")
    world.set_config(DEAD_LETTERS, "max.message.bytes", "100")
    [bad] = world.produce(EVENTS, [(b"p1", b"poison")])
    world.produce(EVENTS, events(2 * PROFILES))
    total = 3 * PROFILES + 1

    def others_are_done() -> bool:
        sent = Counter(record.partition for record in world.read(EVENTS))
        done = world.committed("playhead-personalize", EVENTS)
        return all(done.get(part, 0) == count for part, count in sent.items() if part != bad.partition)

    wait_until(others_are_done, "the other partitions are done")
    assert world.committed("playhead-personalize", EVENTS)[bad.partition] <= bad.offset
    world.set_config(DEAD_LETTERS, "max.message.bytes", "2097152")
    wait_until(lambda: world.done() == total, "all is committed")
    assert worker.poll() is None
    assert [letter.record.value for letter in list_dead_letters(world.settings)] == [b"poison"]
    assert counts(world) == Counter(key for key, _ in [*events(PROFILES), *events(2 * PROFILES)])


def test_an_aborted_record_in_the_changelog_is_nobodys_state(world: World, wait_until: Wait) -> None:
    # counted ─▶ a foreign transaction in the changelog: its partition waits ─▶ aborted: all counted ─▶ disk lost: the same
    world.produce(EVENTS, events(PROFILES))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == PROFILES, "all is committed")
    foreign = opened(world.settings, PROFILES_CHANGELOG, [(b"p1", b"x" * 100)])
    world.produce(EVENTS, events(PROFILES))
    wait_until(lambda: world.done() > PROFILES, "other partitions go on")
    foreign.abort_transaction()
    wait_until(lambda: world.done() == 2 * PROFILES, "all is committed")
    world.kill(worker)
    shutil.rmtree(world.settings.data_dir)
    world.start("personalize")
    world.produce(EVENTS, events(PROFILES))
    wait_until(lambda: world.done() == 3 * PROFILES, "all is committed")
    assert set(counts(world).values()) == {3}


def test_who_is_stopped_leaves_the_group_and_who_is_killed_keeps_the_place(
    world: World, wait_until: Wait
) -> None:
    workers = [world.start("personalize", name) for name in ("first", "second", "third")]
    wait_until(lambda: world.members() == 3 and world.settled(), "all three have joined")
    world.kill(workers[0])
    world.stop(workers[1])
    assert world.members() == 2


def test_a_topic_made_anew_under_a_running_worker_is_begun_anew(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(400))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 400, "all is committed")
    admin = AdminClient(client_config(world.settings))
    admin.delete_topics([EVENTS])[EVENTS].result(10)
    wait_until(lambda: EVENTS not in admin.list_topics(timeout=10).topics, "it is deleted")
    create_topics(world.settings)
    world.produce(EVENTS, events(100))
    # It ends by itself, for its supervisor to start it again.
    assert worker.wait(30) == 1
    world.start("personalize")
    wait_until(lambda: world.done() == 100, "all of the new topic is committed")
    assert counts(world) == Counter(key for key, _ in [*events(400), *events(100)])


def test_kill_in_the_middle_of_load_loses_and_doubles_nothing(world: World, wait_until: Wait) -> None:
    # start ──▶ kill -9 after a part ──▶ start ──▶ kill -9 ──▶ start ──▶ all committed
    total = 30_000
    world.produce(EVENTS, events(total))
    for part in (total // 10, total // 2):
        worker = world.start("personalize")
        wait_until(lambda part=part: world.done() > part, "a part is committed")
        world.kill(worker)
    world.start("personalize")
    wait_until(lambda: world.done() == total, "all is committed")
    assert counts(world) == Counter(key for key, _ in events(total))
    assert examples(world) == sent(world)


def test_a_killed_worker_serves_again_at_once(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(100))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 100, "all is committed")
    world.kill(worker)
    world.produce(EVENTS, events(100, 100))
    world.start("personalize")
    took_s = wait_until(lambda: sum(counts(world).values()) == 200, "rankings of what came meanwhile")
    print(f"serves {took_s:.1f} s after kill -9 and start")  # noqa: T201 - a figure to see
    assert took_s < 10


def test_a_lost_disk_is_rebuilt_from_the_changelog(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(2000))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 2000, "all is committed")
    world.stop(worker)
    shutil.rmtree(world.settings.data_dir)
    world.produce(EVENTS, events(1000, 2000))
    world.start("personalize")
    wait_until(lambda: world.done() == 3000, "all is committed")
    assert counts(world) == Counter(key for key, _ in events(3000))


def make_anew(world: World, topic: str, wait_until: Wait) -> None:
    admin = AdminClient(client_config(world.settings))
    admin.delete_topics([topic])[topic].result(10)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics, "it is deleted")
    create_topics(world.settings)


def test_a_changelog_made_anew_is_written_from_the_store_and_without_one_from_the_events(
    world: World, wait_until: Wait
) -> None:
    # 300 events ─▶ changelog made anew: worker ends ─▶ start: all of it from the store
    #            ─▶ made anew, disk lost ─▶ start: all events are read again
    world.produce(EVENTS, events(300))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 300, "all is committed")
    first = newest(world, PROFILES_CHANGELOG)
    make_anew(world, PROFILES_CHANGELOG, wait_until)
    assert worker.wait(30) == 1  # by itself, for its supervisor to start it again
    worker = world.start("personalize")
    wait_until(lambda: newest(world, PROFILES_CHANGELOG) == first, "it is written anew")
    world.kill(worker)

    make_anew(world, PROFILES_CHANGELOG, wait_until)
    shutil.rmtree(world.settings.data_dir)
    world.produce(EVENTS, events(100, 300))
    world.start("personalize")
    wait_until(lambda: sum(counts(world).values()) == 400, "all is told")
    assert counts(world) == Counter(key for key, _ in events(400))
    assert newest(world, PROFILES_CHANGELOG).keys() == first.keys()


def test_who_comes_after_retention_goes_on_with_what_is_left_and_says_so(
    world: World, wait_until: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    # 200 read ─▶ nobody there: 200 more, of which retention takes all but 10 a partition, and garbage on the changelog ─▶ start
    world.produce(EVENTS, events(200))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 200, "all is committed")
    world.stop(worker)
    places = world.produce(EVENTS, events(200, 200))
    ends = {partition: offset + 1 for partition, offset in sorted(places)}
    gone = [TopicPartition(EVENTS, partition, end - 10) for partition, end in ends.items()]
    admin = AdminClient(client_config(world.settings))  # by a name: without the client nobody answers
    for answer in admin.delete_records(gone).values():
        answer.result(10)
    world.produce(PROFILES_CHANGELOG, [(b"p0", b'{"what": "is this"}')])
    world.start("personalize")
    wait_until(lambda: world.done() == 400, "what is left is committed")
    assert sum(counts(world).values()) == 200 + 10 * len(ends)
    assert capfd.readouterr().err.count("records expired before they were read") == len(ends)


def test_a_broken_store_is_moved_aside_and_rebuilt(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(400))
    worker = world.start("personalize")
    wait_until(lambda: world.done() == 400, "all is committed")
    world.stop(worker)
    for current in world.settings.data_dir.rglob("profiles-*/CURRENT"):
        current.write_bytes(b"nonsense")
    world.produce(EVENTS, events(400, 400))
    world.start("personalize")
    wait_until(lambda: world.done() == 800, "all is committed")
    assert counts(world) == Counter(key for key, _ in events(800))
    assert len(list(world.settings.data_dir.rglob("profiles-*.broken-*"))) == 4


def test_offsets_are_never_ahead_of_rankings(world: World, wait_until: Wait) -> None:
    world.produce(EVENTS, events(20_000))
    worker = world.start("personalize")
    wait_until(lambda: world.done() > 1000, "a part is committed")
    world.kill(worker)
    ranked: Counter[int] = Counter()
    for record in world.read(RANKINGS):
        ranking = json.loads(record.value)
        ranked[ranking["partition"]] = max(ranked[ranking["partition"]], ranking["watermark"] + 1)
    committed = world.committed("playhead-personalize", EVENTS)
    assert all(offset <= ranked[partition] for partition, offset in committed.items())


def test_a_second_worker_takes_its_share_and_gives_it_back(world: World, wait_until: Wait) -> None:
    # first: 4 partitions ──▶ second joins: 2 and 2 ──▶ second killed: first takes all after the session
    world.produce(EVENTS, events(2000))
    world.start("personalize", "first")
    wait_until(lambda: world.done() == 2000, "all is committed")
    second = world.start("personalize", "second")
    world.produce(EVENTS, events(2000, 2000))
    wait_until(lambda: world.done() == 4000, "all is committed")
    world.kill(second)
    world.produce(EVENTS, events(2000, 4000))
    wait_until(lambda: world.done() == 6000, "all is committed")
    assert counts(world) == Counter(key for key, _ in events(6000))
    assert examples(world) == sent(world)


def test_a_worker_that_slept_past_its_session_does_no_harm(world: World, wait_until: Wait) -> None:
    # first: works ──▶ SIGSTOP ─────────────────────────▶ SIGCONT: may not write, exits or rejoins
    # second:              └─▶ takes over after the session ──▶ all committed
    world.produce(EVENTS, events(10_000))
    first = world.start("personalize", "first")
    wait_until(lambda: world.done() > 500, "a part is committed")
    first.send_signal(signal.SIGSTOP)
    world.start("personalize", "second")
    world.produce(EVENTS, events(2000, 10_000))
    wait_until(lambda: world.done() == 12_000, "all is committed by the second")
    first.send_signal(signal.SIGCONT)
    world.produce(EVENTS, events(2000, 12_000))
    wait_until(lambda: world.done() == 14_000, "all is committed")
    time.sleep(3)
    assert counts(world) == Counter(key for key, _ in events(14_000))
    assert examples(world) == sent(world)


def test_a_bug_ends_the_worker_and_no_batch_is_skipped(world: World) -> None:
    world.produce(EVENTS, [(b"p1", b"event"), (b"p1", b"bug")])
    for _ in range(2):
        assert world.start("personalize").wait(20) == 1
    assert world.done() <= 1


def test_without_a_broker_the_worker_says_so_and_ends(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.settings = replace(world.settings, bootstrap="127.0.0.1:1")
    assert world.start("personalize").wait(30) == 1
    assert "Start the broker" in capfd.readouterr().err

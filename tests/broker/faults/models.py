"""What passes between the roles: models that are compacted away, rankings that nobody reads, stale records."""

import shutil
import signal
import threading
from zlib import crc32

from confluent_kafka import Consumer
from tests.broker.faults.run import Run

from playhead.domain.topics import MODELS, PROFILES_CHANGELOG, RANKINGS
from playhead.runtime.connection import reader_config
from playhead.runtime.model_repair import find, remove

SOME = 8
"""Records of the models: a version or two of each shard."""
FOREIGN = 3
"""Keys that no learner writes."""
COMPACTED_S = 30
PROFILES = 20
"""So many at least have an older record last."""


def compacted(run: Run) -> None:
    """The models topic is compacted while a worker sleeps, so that its position is gone when it wakes up."""
    run.begin()
    run.pass_time(2.0)
    for name, value in (
        ("segment.ms", "200"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("segment.bytes", "1048576"),
    ):
        run.set_config(MODELS, name, value)
    run.wait(lambda: len(run.world.read(MODELS)) > SOME, "the models are published")
    before = {record.offset for record in run.world.read(MODELS)}
    run.worker.signal(signal.SIGSTOP)
    run.pass_time(4.0)
    for _ in range(COMPACTED_S):  # the broker takes its time
        away = before - {record.offset for record in run.world.read(MODELS)}
        if away:
            break
        run.pass_time(1.0)
    run.worker.signal(signal.SIGCONT)
    run.notes["records compacted away"] = len(away)
    assert away, "nothing was compacted"
    run.mark()
    run.pass_time(1.0)
    run.answering()
    run.worker.kill()
    run.mark()
    run.answering()


def foreign(run: Run) -> None:
    """Foreign records, torn bundles and manifests that nobody can read are last on the models topic when workers start."""
    run.begin()
    run.wait(lambda: len(run.world.read(MODELS)) > SOME, "the models are published")
    learner = run.crew.of("learn")[0]
    with run.crew.nobody_starts():
        learner.kill()
        run.worker.kill()
        newest = {record.key: record.value for record in run.world.read(MODELS) if record.value}
        torn = [(key, value[: len(value) // 2]) for key, value in newest.items()]
        written = [*torn, (b"user-7", b"{}"), (b"bundle/77/1", b"?"), (b"\xff", b"")]
        run.world.produce(MODELS, written)
    run.notes["unreadable records"] = len(written)
    run.mark()
    run.pass_time(2.0)
    run.answering()
    run.wait(lambda: len(find(run.world.settings)) == FOREIGN, "learners have overwritten what is theirs")
    run.notes["foreign records removed"] = remove(run.world.settings, find(run.world.settings))
    assert find(run.world.settings) == []


def unread(run: Run) -> None:
    """A consumer of rankings takes one record a second, and another never comes back."""
    over = threading.Event()
    slow = Consumer(
        reader_config(run.world.settings) | {"group.id": "slow", "queued.max.messages.kbytes": 64}
    )
    slow.subscribe([RANKINGS])

    def read() -> None:
        while not over.wait(1.0):
            slow.poll(0.1)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    run.begin()
    run.mark()
    run.pass_time(2.0 if run.options.quick else 10.0)
    run.answering()
    over.set()
    reader.join()
    slow.close()


def stale(run: Run) -> None:
    """A stopped owner's older record stands behind its successor's in the changelog, and the store is lost.

    Half of the profiles do nothing more that would write them anew.
    """
    run.begin()
    while len(early := _early(run)) < PROFILES:
        run.pass_time(1.0)
    run.load.finish()
    run.serving()
    with run.crew.nobody_starts():
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
        run.world.produce(PROFILES_CHANGELOG, list(early.items()))
    run.notes["profiles of which an older record came last"] = len(early)
    run.load = run.more_load(of=lambda act: crc32(act.key or b"") % 2 == 0)
    run.load.start()
    run.mark()
    run.pass_time(2.0)
    run.answering()


def _early(run: Run) -> dict[bytes | None, bytes | None]:
    """The first records of profiles that have a newer one."""
    written = run.world.read(PROFILES_CHANGELOG)
    last = {record.key: record.value for record in written}
    first = {record.key: record.value for record in reversed(written)}
    return {key: value for key, value in first.items() if value != last[key]}

"""What passes between the roles: models that are compacted away, rankings that nobody reads, stale records."""

import shutil
import signal
import threading

from confluent_kafka import Consumer
from tests.broker.faults.run import Run

from playhead.domain.topics import MODELS, PROFILES_CHANGELOG, RANKINGS
from playhead.runtime.connection import reader_config


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
    before = {record.offset for record in run.world.read(MODELS)}
    run.worker.signal(signal.SIGSTOP)
    run.pass_time(4.0)
    run.worker.signal(signal.SIGCONT)
    away = before - {record.offset for record in run.world.read(MODELS)}
    run.notes["records compacted away"] = len(away)
    assert away, "nothing was compacted"
    run.mark()
    run.pass_time(1.0)
    run.answering()
    run.worker.kill()
    run.mark()
    run.answering()


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
    """A stopped owner's older record stands behind its successor's in the changelog, and the store is lost."""
    run.begin()
    run.pass_time(2.0)
    early = {record.key: record for record in reversed(run.world.read(PROFILES_CHANGELOG))}
    run.pass_time(1.0)
    run.load.finish()
    run.serving()
    with run.crew.nobody_starts():
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
        for record in early.values():
            run.world.produce(PROFILES_CHANGELOG, [(record.key, record.value)])
    run.load = run.more_load()
    run.load.start()
    run.mark()
    run.pass_time(2.0)
    run.answering()

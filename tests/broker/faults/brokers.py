"""Kafka itself goes away and comes back, or loses what was on it."""

import shutil

from confluent_kafka.admin import AdminClient
from tests.broker.faults.run import Run
from tests.broker.world import wait_until

from playhead.domain.topics import EVENTS, PROFILES_CHANGELOG
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config

LOOKED_S = 6.0
"""Workers look every five seconds whether their topics are those that they were."""


def restarted(run: Run) -> None:
    """Stopped and started again."""
    run.begin()
    run.pass_time(2.0)
    run.broker.restart()
    run.mark()
    run.pass_time(1.0)
    run.answering()


def killed(run: Run) -> None:
    """kill -9 of the broker."""
    run.begin()
    for _ in range(1 if run.options.quick else 3):
        run.pass_time(run.rng.uniform(1.0, 3.0))
        run.broker.kill()
        run.pass_time(run.rng.uniform(0.0, 2.0))
        run.broker.restart()
        run.mark()
        run.pass_time(1.0)
        run.answering()


def events_made_anew(run: Run) -> None:
    """The events topic is deleted and created again under running workers: offsets begin at 0 in a new epoch."""
    run.begin()
    run.pass_time(3.0)
    run.new_life()
    _delete(run, EVENTS)
    run.pass_time(1.0)
    create_topics(run.world.settings)
    run.mark()
    run.load.start()
    run.pass_time(3.0)
    run.answering()


def changelog_made_anew(run: Run) -> None:
    """The changelog is deleted and created again under load, at once and after a while; at last with the disk of a worker."""
    run.begin()
    for away_s in (0.0,) if run.options.quick else (0.0, 8.0):
        run.pass_time(3.0)
        run.mark()
        _delete(run, PROFILES_CHANGELOG)
        run.pass_time(away_s)
        create_topics(run.world.settings)
        run.pass_time(LOOKED_S)
        run.answering()
    with run.crew.nobody_starts():
        run.mark()
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
        _delete(run, PROFILES_CHANGELOG)
        create_topics(run.world.settings)
    run.pass_time(2.0)
    run.answering()


def _delete(run: Run, topic: str) -> None:
    admin = AdminClient(client_config(run.world.settings))
    admin.delete_topics([topic])[topic].result(10)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics, "it is deleted")

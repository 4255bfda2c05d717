"""Kafka itself goes away and comes back, or loses what was on it."""

from confluent_kafka.admin import AdminClient
from tests.broker.faults.run import Run
from tests.broker.world import wait_until

from playhead.domain.topics import EVENTS
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config


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
    admin = AdminClient(client_config(run.world.settings))
    admin.delete_topics([EVENTS])[EVENTS].result(10)
    wait_until(lambda: EVENTS not in admin.list_topics(timeout=10).topics, "it is deleted")
    run.pass_time(1.0)
    create_topics(run.world.settings)
    run.mark()
    run.load.start()
    run.pass_time(3.0)
    run.answering()

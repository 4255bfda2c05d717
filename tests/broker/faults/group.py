"""Workers that come, go, and sleep while others work."""

import signal

from tests.broker.faults.run import Run

from playhead.runtime.connection import SESSION_TIMEOUT_S


def suspended(run: Run) -> None:
    """SIGSTOP for longer than the session: another takes over; then SIGCONT, and it may do no harm."""
    run.begin(personalize=2)
    run.pass_time(1.0)
    sleeper = run.worker
    sleeper.signal(signal.SIGSTOP)
    run.mark()
    run.pass_time(SESSION_TIMEOUT_S + 3.0 + run.rng.uniform(0.0, 1.0))
    sleeper.signal(signal.SIGCONT)
    run.mark()
    run.pass_time(3.0)
    run.answering()


def suspended_before_writing(run: Run) -> None:
    """Asleep past its session between asking the group and writing; awake, it writes behind its successor.

    Then the successor is gone, and the sleeper has its partitions and its own old store again.
    """
    run.begin(personalize=2)
    run.pass_time(1.0)
    sleeper, successor = run.crew.of("personalize")
    sleeper.sleep_at("changelog")
    run.mark()
    run.pass_time(SESSION_TIMEOUT_S + 3.0)
    run.answering()
    sleeper.signal(signal.SIGCONT)
    run.pass_time(3.0)
    run.crew.dismiss(successor)
    run.mark()
    run.pass_time(SESSION_TIMEOUT_S + 2.0)
    run.answering()


def joined(run: Run) -> None:
    """A second worker joins."""
    run.begin()
    run.pass_time(2.0)
    run.mark()
    run.crew.hire("personalize", 1)
    run.pass_time(8.0)
    run.answering()


def left(run: Run) -> None:
    """One of two workers leaves on SIGTERM and does not come back."""
    run.begin(personalize=2)
    run.pass_time(2.0)
    run.mark()
    run.crew.dismiss(run.crew.of("personalize")[1], gently=True)
    run.pass_time(6.0)
    run.answering()


def gone(run: Run) -> None:
    """One of two workers is killed and does not come back."""
    run.begin(personalize=2)
    run.pass_time(2.0)
    run.mark()
    run.crew.dismiss(run.crew.of("personalize")[1])
    run.pass_time(SESSION_TIMEOUT_S + 4.0)
    run.answering()


def storm(run: Run) -> None:
    """Workers join, leave and are killed faster than the group comes to rest."""
    run.begin(personalize=2)
    for number in range(2, 3 if run.options.quick else 6):
        run.crew.hire("personalize", number)
        run.pass_time(run.rng.uniform(0.5, 3.0))
        run.crew.dismiss(run.rng.choice(run.crew.of("personalize")), gently=run.rng.random() < 0.5)
        run.pass_time(run.rng.uniform(0.2, 2.0))
    run.mark()
    run.answering()

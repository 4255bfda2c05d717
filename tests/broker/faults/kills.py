"""Workers that end, wherever they are in their work."""

import signal

from tests.broker.faults.points import LEARN_STEPS, MOMENTS, STEPS, Point
from tests.broker.faults.run import Run

from playhead.process.supervisor import SPARE_AFTER_S

POINTS = 24
MOST_PASSAGES = 12


def killed_at_points(run: Run) -> None:
    """kill -9 of the personalize worker before, within and after the steps of a batch, at random passages."""
    run.begin()
    points = [(step, moment) for step in STEPS for moment in MOMENTS]
    run.rng.shuffle(points)
    _die_at(run, "personalize", points[: 3 if run.options.quick else POINTS])


def killed_between_examples_and_state(run: Run) -> None:
    """kill -9 where examples are told, the state is written, and neither is committed."""
    run.begin()
    points = [("confirm", "before"), ("write", "after"), ("changelog", "before"), ("note", "before")]
    _die_at(run, "personalize", points * (1 if run.options.quick else 3))


def learner_killed_at_points(run: Run) -> None:
    """kill -9 of the learn worker before, within and after learning, publishing and committing."""
    run.begin()
    points = [(step, moment) for step in LEARN_STEPS for moment in MOMENTS]
    run.rng.shuffle(points)
    _die_at(run, "learn", points[: 2 if run.options.quick else len(points)])


def learner_killed_while_publishing(run: Run) -> None:
    """kill -9 of the learn worker within the transaction of a version."""
    run.begin()
    _die_at(run, "learn", [("publish", "within")] * (3 if run.options.quick else 8))


def _die_at(run: Run, role: str, points: list[tuple[str, str]]) -> None:
    hits = 0
    for step, moment in points:
        [member] = run.crew.of(role)
        passages = run.rng.randrange(1, MOST_PASSAGES)
        if member.die_at(Point(step, moment, passages if step != "publish" else 1 + passages % 3)):
            hits += 1
            run.mark()
        run.answering()
    run.notes["kills"] = hits
    assert hits == len(points), f"only {hits} of {len(points)} points were passed"


def terminated(run: Run) -> None:
    """SIGTERM: what is in hand is finished and committed, and another takes over."""
    run.begin()
    for _ in range(1 if run.options.quick else 4):
        run.pass_time(run.rng.uniform(0.5, 1.5))
        run.mark()
        run.worker.signal(signal.SIGTERM)
        run.pass_time(1.0)
        run.answering()


def killed(run: Run) -> None:
    """kill -9 at random times; the supervisor lets its spare go on."""
    run.begin()
    for _ in range(1 if run.options.quick else 4):
        run.pass_time(SPARE_AFTER_S + run.rng.uniform(3.0, 6.0))
        run.mark()
        run.worker.kill()
        run.pass_time(2.0)
        run.answering()


def stuck(run: Run) -> None:
    """The process hangs: the supervisor sees that its pulse has stopped, and starts another."""
    run.begin(watched=True)
    run.pass_time(1.0)
    process = run.worker.child.process
    run.mark()
    run.worker.signal(signal.SIGSTOP)
    run.wait(lambda: process.poll() is not None, "the stuck worker is ended")
    run.answering()


def clocks_jump(run: Run) -> None:
    """Wall clocks of all workers jump an hour ahead, two back, and right again; at each, a worker is killed too."""
    run.begin(watched=True)
    for wrong_s in (3600, -3600, 0):
        run.pass_time(SPARE_AFTER_S)
        run.mark()
        for member in run.crew.members:
            (member.folder / "clock").write_text(str(wrong_s))
        run.pass_time(2.0)
        run.answering()
        run.worker.kill()
        run.pass_time(2.0)
        run.answering()


def learner_dead(run: Run) -> None:
    """No learn worker for a while: rankings go on with the last model, and nothing is left unlearned."""
    run.begin()
    run.pass_time(2.0)
    run.crew.dismiss(run.crew.of("learn")[0])
    run.mark()
    run.pass_time(3.0 if run.options.quick else 60.0)
    run.answering()
    run.crew.hire("learn")
    run.pass_time(2.0)

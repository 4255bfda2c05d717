"""Records that no client library can parse, on every topic, from a producer of somebody's own or from a broken disk."""

from collections.abc import Iterator
from itertools import count

from tests.batches import Raw
from tests.broker.faults.run import Run
from tests.broker.faults.story import Act, visit
from tests.broker.formats import DAMAGES, FLAWED, HARMLESS, LOST, UNHARMED, Batch
from tests.broker.raw import log_folder, overwrite, produce

from playhead.domain.partitioning import partition_of
from playhead.domain.topics import (
    DEAD_LETTERS,
    EVENTS,
    EXAMPLES,
    MODELS,
    PROFILES_CHANGELOG,
    RANKINGS,
    TITLES,
    partitions,
)

FIRST = 1_000_000
"""Of visits: the run itself has others."""
ELSEWHERE = (TITLES, MODELS, EXAMPLES, PROFILES_CHANGELOG, RANKINGS, DEAD_LETTERS)


def unreadable(run: Run) -> None:
    """Each part of the record format broken in turn, among the events of an audience and on every other topic."""
    run.begin()
    run.mark()
    acts = _acts(run)
    for make in _shuffled(run, HARMLESS | FLAWED | LOST):
        act = next(acts)
        _write(run, EVENTS, act, make)
        run.pass_time(0.1)
    for topic in ELSEWHERE:
        for make in (FLAWED | LOST).values():
            _write(run, topic, Act(run.profiles[0], b"not ours"), make)
    run.answering()
    _start_again(run)


def damaged(run: Run) -> None:
    """A broken disk changes stored batches: bits, formats, codecs and lengths."""
    run.begin()
    run.mark()
    folder = log_folder(run.broker.bootstrap)
    acts = _acts(run)
    with run.crew.nobody_starts():
        # Nobody may have read them before.
        run.worker.kill()
        for damage in (DAMAGES | UNHARMED).values():
            place = run.one_event(next(acts))
            overwrite(folder, EVENTS, *place, damage.at, damage.new, summed=damage.summed)
    run.answering()
    _start_again(run)


def _acts(run: Run) -> Iterator[Act]:
    """Events that the audience knows nothing of."""
    return (visit(run.profiles[number % len(run.profiles)], FIRST + number) for number in count())


def _shuffled(run: Run, kinds: dict[str, Batch]) -> list[Batch]:
    makes = list(kinds.values())
    run.rng.shuffle(makes)
    return makes


def _write(run: Run, topic: str, act: Act, make: Batch) -> None:
    partition = partition_of(act.key or b"", partitions(run.world.layout)[topic])
    produce(run.broker.bootstrap, topic, partition, make(Raw(act.key, act.value), run.rng))


def _start_again(run: Run) -> None:
    """Whoever starts meets all of it once more."""
    run.mark()
    run.worker.kill()
    for learner in run.crew.of("learn"):
        learner.kill()
    run.answering()

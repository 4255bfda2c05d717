"""One fault on a world of its own: from empty topics to the figures."""

from pathlib import Path

from tests.broker.faults.judge import Figures
from tests.broker.faults.registry import FAULTS
from tests.broker.faults.run import Broker, Options, Run
from tests.broker.world import delete_topics, wait_until

from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.settings import Settings


def attack(name: str, broker: Broker, folder: Path, options: Options) -> tuple[Figures, dict[str, float]]:
    """Do it, and judge what is left; with the figures of this fault alone.

    Raises:
        AssertionError: the system did not come to rest.
    """
    settings = Settings(bootstrap=broker.bootstrap, data_dir=folder)
    delete_topics(settings)
    create_topics(settings, options.partitions, options.shards)
    wait_until(lambda: not compare_topics(settings), "topics are made")
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(broker, settings, folder, options)
    try:
        FAULTS[name](run)
        return run.settle(), run.notes
    finally:
        run.close()

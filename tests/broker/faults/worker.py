"""A worker of the real core with what only tests want: places to die at, and protections that can be left out."""

import os
import sys
import time
from pathlib import Path

from tests.broker.faults.points import LEARN_STEPS, STEPS, Traps
from tests.broker.faults.protections import PROTECTIONS

from playhead.learn.choices import Learners
from playhead.models.snapshots import log_index
from playhead.personalize.core import Personalizer
from playhead.process.parent import watch_parent
from playhead.recipe import RECIPE
from playhead.runtime.learn import run_learn
from playhead.runtime.personalize import run_personalize
from playhead.runtime.settings import from_environment
from playhead.runtime.warmup import warm_up

SPARE = 100
TRAP, WITHOUT, CLOCK = "PLAYHEAD_TEST_TRAP", "PLAYHEAD_TEST_WITHOUT", "PLAYHEAD_TEST_CLOCK"


def shift_clock(file: Path) -> None:
    """Have this process's wall clock, as Python tells it, go wrong by so many seconds as the file says, as soon as it does."""
    true_ns = time.time_ns

    def wrong_ns() -> int:
        return true_ns() + (int(file.read_text() or 0) * 1_000_000_000 if file.exists() else 0)

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9


def main(role: str) -> int:
    """What ``playhead worker ROLE`` does."""
    watch_parent(int(os.environ["PLAYHEAD_PARENT"]))
    if name := os.environ.get(WITHOUT):
        PROTECTIONS[name]()
    shift_clock(Path(os.environ[CLOCK]))
    # Records of the models make way within a run of a minute, not of an hour.
    log_index.SPARE = SPARE
    warm_up()
    Traps(Path(os.environ[TRAP])).lay(STEPS if role == "personalize" else LEARN_STEPS)
    if os.environ.get("PLAYHEAD_STANDBY"):
        bootstrap = sys.stdin.readline().strip()
        if not bootstrap:
            return 1
    settings = from_environment()
    if role == "personalize":
        return run_personalize(settings, Personalizer(RECIPE))
    return run_learn(settings, Learners(RECIPE.pipeline, RECIPE.river))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
